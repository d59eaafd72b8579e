package eventsource

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	firstBackoff = 100 * time.Millisecond
	lastBackoff  = 10 * time.Second
)

// part is a batch, or what bisecting or a partial failure left of it.
type part struct {
	records []record
	retries int              // attempts that count against MaximumRetryAttempts
	blocked int              // attempts in a row in which the function could not be invoked
	invokes int              // invocations so far, those before a split included
	answer  *ResponseContext // to the last invocation
}

// process delivers a batch. With a parallelization factor it delivers that many at once, all changes of one item in the same.
func (w *worker) process(ctx context.Context, records []record) error {
	factor := w.source.settings.ParallelizationFactor
	if factor == 1 {
		return w.deliver(ctx, records, w.commit)
	}
	groups := make([][]record, factor)
	for _, record := range records {
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(record.item))
		group := hash.Sum32() % uint32(factor)
		groups[group] = append(groups[group], record)
	}
	parallel, ctx := errgroup.WithContext(ctx)
	later := func(record) error { return nil } // the checkpoint moves when all groups are done
	for _, group := range groups {
		parallel.Go(func() error { return w.deliverAll(ctx, group, later) })
	}
	if err := parallel.Wait(); err != nil {
		return err
	}
	return w.commit(records[len(records)-1])
}

// deliverAll delivers records in batches of at most the batch size, one after the other.
func (w *worker) deliverAll(ctx context.Context, records []record, commit func(record) error) error {
	for len(records) > 0 {
		size := min(len(records), w.source.settings.BatchSize)
		if err := w.deliver(ctx, records[:size], commit); err != nil {
			return err
		}
		records = records[size:]
	}
	return nil
}

// deliver returns when each record is processed or parked. commit moves the checkpoint behind a record.
func (w *worker) deliver(ctx context.Context, records []record, commit func(record) error) error {
	parts := []part{{records: records}}
	for len(parts) > 0 {
		left, err := w.attempt(ctx, parts[0], commit)
		if err != nil {
			return err
		}
		parts = append(left, parts[1:]...)
	}
	return nil
}

// attempt invokes the function on a part once and returns what is left of it.
func (w *worker) attempt(ctx context.Context, p part, commit func(record) error) (left []part, err error) {
	if p, err = w.parkExpired(ctx, p, commit); err != nil || len(p.records) == 0 {
		return nil, err
	}
	response, functionError, err := w.source.invoke(ctx, event(p.records))
	if err != nil {
		// Lambda retries what it cannot invoke until the records are too old, at no cost in attempts.
		p.blocked++
		if p.blocked == 1 {
			w.source.log("function %s cannot be invoked on its stream, trying again: %v", w.source.settings.FunctionName, err)
		}
		return []part{p}, w.backOff(ctx, p.blocked)
	}
	p.blocked = 0
	p.invokes++
	p.answer = &ResponseContext{StatusCode: 200, ExecutedVersion: "$LATEST", FunctionError: functionError}
	done := w.succeeded(response, functionError, p.records)
	if done > 0 {
		if err := commit(p.records[done-1]); err != nil {
			return nil, err
		}
	}
	if done == len(p.records) {
		return nil, nil
	}
	return w.afterFailure(ctx, p, done, commit)
}

// succeeded returns how many records, from the first, the function has finished.
func (w *worker) succeeded(response []byte, functionError string, records []record) int {
	switch {
	case functionError != "":
		return 0
	case w.source.settings.ReportBatchItemFailures:
		return firstFailure(response, records)
	}
	return len(records)
}

// afterFailure splits a part, retries it or parks it. A split costs no retry attempt, as it makes progress by itself.
func (w *worker) afterFailure(ctx context.Context, p part, done int, commit func(record) error) (left []part, err error) {
	failed := p
	failed.records = p.records[done:]
	if w.source.settings.Bisect && len(p.records) > 1 {
		if done > 0 {
			return []part{failed}, nil
		}
		first, second, middle := p, p, len(p.records)/2
		first.records, second.records = p.records[:middle], p.records[middle:]
		return []part{first, second}, nil
	}
	if limit := w.source.settings.MaximumRetryAttempts; limit >= 0 && failed.retries >= limit {
		if err := w.park(ctx, failed, RetryAttemptsExhausted); err != nil {
			return nil, err
		}
		return nil, commit(failed.records[len(failed.records)-1])
	}
	failed.retries++
	return []part{failed}, w.backOff(ctx, failed.retries)
}

// parkExpired parks the records that are too old, which are the first ones, and returns the part without them.
func (w *worker) parkExpired(ctx context.Context, p part, commit func(record) error) (part, error) {
	limit := w.source.settings.MaximumRecordAge
	old := 0
	for limit > 0 && old < len(p.records) && time.Since(p.records[old].created) > limit {
		old++
	}
	if old == 0 {
		return p, nil
	}
	expired := p
	expired.records, p.records = p.records[:old], p.records[old:]
	if err := w.park(ctx, expired, RecordAgeExceeded); err != nil {
		return p, err
	}
	return p, commit(expired.records[old-1])
}

// park sends a part's message to the on-failure queue, and does not give up: once the checkpoint has moved, only the message
// says which records were not applied.
func (w *worker) park(ctx context.Context, p part, condition string) error {
	message := w.message(p, condition)
	w.source.log("function %s gave up on %d records of its stream, sequence numbers %s to %s: %s", w.source.settings.FunctionName,
		len(p.records), message.BatchInfo.StartSequenceNumber, message.BatchInfo.EndSequenceNumber, condition)
	if w.source.parked == nil {
		return nil
	}
	body, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("park batch: %w", err)
	}
	for attempt := 1; ; attempt++ {
		_, err := w.source.parked.Send(string(body))
		if err == nil {
			return nil
		}
		if attempt == 1 {
			w.source.log("a failed batch cannot be parked, trying again: %v", err)
		}
		if err := w.backOff(ctx, attempt); err != nil {
			return err
		}
	}
}

func (w *worker) message(p part, condition string) ParkedMessage {
	first, last := p.records[0], p.records[len(p.records)-1]
	message := ParkedMessage{
		ResponseContext: p.answer,
		Version:         "1.0",
		Timestamp:       time.Now().UTC().Format("2006-01-02T15:04:05.000Z"),
		BatchInfo: BatchInfo{
			ShardID:                         w.shard,
			StartSequenceNumber:             first.sequence,
			EndSequenceNumber:               last.sequence,
			ApproximateArrivalOfFirstRecord: first.created.UTC().Format(time.RFC3339),
			ApproximateArrivalOfLastRecord:  last.created.UTC().Format(time.RFC3339),
			BatchSize:                       len(p.records),
			StreamARN:                       inRegion(w.stream),
		},
	}
	message.RequestContext.RequestID = requestID()
	message.RequestContext.FunctionARN = "arn:aws:lambda:" + region + ":000000000000:function:" + w.source.settings.FunctionName
	message.RequestContext.Condition = condition
	message.RequestContext.ApproximateInvokeCount = p.invokes
	return message
}

func (w *worker) commit(r record) error {
	return w.source.marks.set(w.stream, w.shard, shardMark{SequenceNumber: r.sequence})
}

// backOff waits before the next attempt, and returns an error when ctx ends.
func (w *worker) backOff(ctx context.Context, attempt int) error {
	sleep(ctx, min(lastBackoff, firstBackoff<<min(attempt-1, 10)))
	return ctx.Err()
}

func requestID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
