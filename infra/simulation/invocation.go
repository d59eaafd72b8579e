package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/lambdaenv/upkeep"
	"github.com/rolecall/rolecall/pkg/sync"
)

// deliver invokes the handler with a batch, and returns how many of its records,
// from the first, are done.
func (s *simulation) deliver(d dice, depth int, batch []record) (done int) {
	s.tally.add(Delivered)
	s.mail.batches = append(s.mail.batches, batch)
	op := s.begin(delivery, depth, tenantsOf(batch)...)
	op.records = batch
	sent := batch
	if !s.calm && d.chance(0.03) {
		s.tally.add(Poisoned)
		sent = slices.Insert(slices.Clone(batch), d.IntN(len(batch)+1), s.poison(d))
	}
	handle := s.handler
	if !op.storm && !op.hounded && d.chance(0.02) {
		s.tally.add(Patient)
		handle = s.patient
	}
	s.trace.note(depth, "%d delivers %s", op.number, list(sent))
	failed, err := s.invoke(op, handle, sent)
	op.cancel()
	s.trace.note(depth, "%d has delivered, crashed %t, failed %t, %d items, %d writes", op.number, op.dead, err != nil, len(failed), op.commits)
	switch {
	case s.stopped():
	case (err != nil || len(failed) > 0) && !op.disturbed.Load():
		s.fail(Answers, "operation %d: %d items failed, %v", op.number, len(failed), err)
	case op.dead || err != nil:
	default:
		return firstFailed(batch, failed)
	}
	return 0
}

func (s *simulation) invoke(op *operation, handle handler, batch []record) (failed []string, err error) {
	event := upkeep.StreamEvent{}
	for _, r := range batch {
		event.Records = append(event.Records, r.payload)
	}
	response, err := handle(op.ctx, event)
	for _, failure := range response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed, err
}

// firstFailed returns how many records come before the first that failed. As
// with Lambda, an answer that makes no sense fails the whole batch.
func firstFailed(batch []record, failed []string) int {
	first := len(batch)
	for _, sequence := range failed {
		i := slices.IndexFunc(batch, func(r record) bool { return r.sequence == sequence })
		if i < 0 {
			return 0
		}
		first = min(first, i)
	}
	return first
}

// poison returns a record that can never be applied.
func (s *simulation) poison(d dice) record {
	n := s.operations
	return record{sequence: fmt.Sprint("poison-", n), payload: json.RawMessage(pick(d, []string{
		`{"eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"TENANT#nobody"},"sk":{"S":"ROLE#X"}},"SequenceNumber":"poison-` + fmt.Sprint(n) + `"}}`,
		`{"eventName":"INSERT","dynamodb":{"Keys":{"pk":{"S":"TENANT#nobody"},"sk":{"S":"ROLE#poison X"}},"SequenceNumber":"poison-` + fmt.Sprint(n) + `"}}`,
		`"poison"`,
	}))}
}

// queue takes what the handler parks, and sometimes does not.
type queue struct{ simulation *simulation }

// Park implements sync.Queue.
func (q *queue) Park(ctx context.Context, p sync.Parked) error {
	op, _ := ctx.Value(operationKey{}).(*operation)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if !strings.Contains(string(p.Record), "poison") {
		q.simulation.fail(Answers, "operation %d parks %+v", op.number, p)
	}
	if !q.simulation.calm && op.dice.chance(0.3) {
		op.disturbed.Store(true)
		return errors.New("the queue is down")
	}
	return nil
}

func list(batch []record) string {
	names := make([]string, len(batch))
	for i, r := range batch {
		names[i] = r.tenant.String() + "/" + r.item + "/" + r.sequence
	}
	return strings.Join(names, " ")
}
