package eventsource

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

const (
	maxPayload = 6 << 20 // Lambda's limit on a synchronous event
	readLimit  = 1000    // DynamoDB's limit on one read
)

// worker reads one shard from its checkpoint to its end.
type worker struct {
	source   *EventSource
	stream   string
	shard    string
	start    types.ShardIteratorType
	lastRead string    // the sequence number of the last record read
	pending  []record  // read and not dropped by the filter, not yet processed
	since    time.Time // when the first of pending was read
}

func (s *EventSource) newWorker(stream, shard string, start types.ShardIteratorType) *worker {
	return &worker{source: s, stream: stream, shard: shard, start: start, lastRead: s.marks.get(shard).SequenceNumber}
}

// run returns nil when the shard is finished or ctx ends, and errStreamGone when there is nothing left to read.
func (w *worker) run(ctx context.Context) error {
	fault := &faultLog{log: w.source.log, what: "shard " + w.shard}
	var iterator *string
	for ctx.Err() == nil {
		wanted := w.source.wanted()
		page, err := w.read(ctx, iterator)
		if isMissing(err) {
			return fmt.Errorf("%w: %w", errStreamGone, err)
		}
		if err != nil {
			// An iterator does not outlive a restart of the engine: the next one is made from the last record read.
			iterator = nil
			if ctx.Err() == nil {
				fault.report(err)
				sleep(ctx, 4*pollInterval)
			}
			continue
		}
		fault.clear()
		if err := w.take(page.Records); err != nil {
			return err
		}
		iterator = page.NextShardIterator
		if err := w.flush(ctx, iterator == nil); err != nil || iterator == nil {
			return err
		}
		if len(page.Records) == 0 {
			w.idle(ctx, wanted)
		}
	}
	return nil
}

func (w *worker) read(ctx context.Context, iterator *string) (*dynamodbstreams.GetRecordsOutput, error) {
	if iterator == nil {
		var err error
		if iterator, err = w.iterator(ctx); err != nil {
			return nil, fmt.Errorf("position in the shard: %w", err)
		}
	}
	page, err := w.source.streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: iterator, Limit: aws.Int32(readLimit)})
	if err != nil {
		return nil, fmt.Errorf("read the shard: %w", err)
	}
	return page, nil
}

func (w *worker) iterator(ctx context.Context) (*string, error) {
	input := &dynamodbstreams.GetShardIteratorInput{StreamArn: &w.stream, ShardId: &w.shard, ShardIteratorType: w.start}
	if w.lastRead != "" {
		input.ShardIteratorType, input.SequenceNumber = types.ShardIteratorTypeAfterSequenceNumber, &w.lastRead
	}
	output, err := w.source.streams.GetShardIterator(ctx, input)
	if trimmed := (*types.TrimmedDataAccessException)(nil); errors.As(err, &trimmed) {
		input.ShardIteratorType, input.SequenceNumber = types.ShardIteratorTypeTrimHorizon, nil
		output, err = w.source.streams.GetShardIterator(ctx, input)
	}
	if err != nil {
		return nil, err
	}
	return output.ShardIterator, nil
}

// take keeps the records that pass the filter.
func (w *worker) take(records []types.Record) error {
	for _, from := range records {
		record, err := newRecord(from, w.stream)
		if err != nil {
			return err
		}
		w.lastRead = record.sequence
		passes, err := w.source.filter.Passes(record.payload)
		if err != nil {
			return fmt.Errorf("record %s: %w", record.sequence, err)
		}
		if !passes {
			continue
		}
		if len(w.pending) == 0 {
			w.since = time.Now()
		}
		w.pending = append(w.pending, record)
	}
	return nil
}

// flush processes the batches that are due, and all of them at the end of the shard.
func (w *worker) flush(ctx context.Context, last bool) error {
	for len(w.pending) > 0 {
		size, full := w.nextBatch()
		if !full && !last && time.Since(w.since) < w.source.settings.Window {
			return nil
		}
		if err := w.process(ctx, w.pending[:size]); err != nil {
			return ignoreEnd(ctx, err)
		}
		w.pending = w.pending[size:]
		w.since = time.Now()
	}
	// What the filter dropped is finished too.
	mark := shardMark{SequenceNumber: w.lastRead, Finished: last}
	if mark != w.source.marks.get(w.shard) && mark != (shardMark{}) {
		return w.source.marks.set(w.stream, w.shard, mark)
	}
	return nil
}

// nextBatch returns how many records the next batch takes, and whether it has no room for more.
func (w *worker) nextBatch() (size int, full bool) {
	limit := w.source.settings.BatchSize * w.source.settings.ParallelizationFactor
	bytes := 0
	for size, record := range w.pending {
		bytes += len(record.payload) + 1
		if size == limit || size > 0 && bytes > maxPayload {
			return size, true
		}
	}
	return len(w.pending), len(w.pending) == limit
}

// idle notes that all records written before the read were processed, and waits.
func (w *worker) idle(ctx context.Context, wanted int) {
	if len(w.pending) == 0 {
		w.source.noteDrained(w.shard, wanted)
		sleep(ctx, pollInterval)
		return
	}
	sleep(ctx, min(pollInterval, w.source.settings.Window-time.Since(w.since)))
}

func (s *EventSource) wanted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requested
}

func (s *EventSource) noteDrained(shard string, wanted int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drained[shard] = wanted
}

func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
