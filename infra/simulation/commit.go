package simulation

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// committed takes note of what a transaction of an operation wrote: nothing, if
// the engine had seen it before.
func (s *simulation) committed(op *operation) {
	written, err := s.stream.next(s.ctx)
	s.giveUp(err)
	if len(written) == 0 {
		return
	}
	op.commits++
	s.commits++
	t := s.owner(op, written)
	s.unsettled[t] = true
	if op.effect != nil {
		op.effect(s.commits)
	}
	for _, from := range written {
		r, err := newRecord(from, s.stream.arn)
		s.giveUp(err)
		passes, err := s.filter.Passes(r.payload)
		s.giveUp(err)
		if !passes {
			continue
		}
		s.mail.waiting = append(s.mail.waiting, r)
		if rechecks(from) {
			s.countRecheck(op)
		}
	}
	if op.kind.bySync() {
		s.tally.add(SyncWrote)
	}
	for _, set := range setsIn(written) {
		s.observe(op, t, set)
	}
}

// owner returns the one tenant in which a transaction wrote, which must be one
// of those that its operation is about.
func (s *simulation) owner(op *operation, written []types.Record) tenant.ID {
	var owner tenant.ID
	for _, r := range written {
		t := tenantOf(r)
		if t.IsZero() && op.kind == onboarding {
			continue
		}
		if owner.IsZero() {
			owner = t
		}
		if t.IsZero() || t != owner || !slices.Contains(op.tenants, t) {
			s.fail(Apart, "operation %d, of %v, wrote %s of %q", op.number, op.tenants, textOf(r.Dynamodb.Keys["sk"]), t)
		}
	}
	return owner
}

func (s *simulation) countRecheck(op *operation) {
	s.tally.add(RecheckStreamed)
	if op.kind == setChange && op.large {
		if _, existed := s.versions[setName{op.tenants[0], op.set}]; existed {
			s.tally.add(LargePut)
		} else {
			s.tally.add(LargeCreated)
		}
	}
}

// setsIn returns, sorted, the sets of which a transaction wrote items.
func setsIn(written []types.Record) []string {
	var sets []string
	for _, r := range written {
		kind, name, _ := strings.Cut(textOf(r.Dynamodb.Keys["sk"]), "#")
		if kind == "PSET" || kind == "PSETROLES" {
			set, _, _ := strings.Cut(name, "#")
			sets = append(sets, set)
		}
	}
	slices.Sort(sets)
	return slices.Compact(sets)
}
