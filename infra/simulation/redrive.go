package simulation

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// replayOld delivers once more a batch that was delivered, or parked, any time
// before.
func (s *simulation) replayOld(d dice, depth int) {
	if len(s.mail.batches) == 0 {
		return
	}
	s.tally.add(Replayed)
	s.deliver(d, depth, pick(d, s.mail.batches))
}

// redriveOne reconciles a tenant whose records were parked. If there is none, the
// schedule may reconcile any.
func (s *simulation) redriveOne(d dice, depth int) {
	parked := slices.SortedFunc(maps.Keys(s.mail.parked), func(a, b tenant.ID) int { return cmp.Compare(a.String(), b.String()) })
	switch {
	case len(parked) > 0:
		s.tally.add(Redriven)
		s.redrive(depth, pick(d, parked))
	case !s.calm && d.chance(0.5):
		s.tally.add(Scheduled)
		s.redrive(depth, s.someTenant(d))
	}
}

// redrive reconciles a tenant. What fails goes on later, from where it came to,
// unless more was parked meanwhile.
func (s *simulation) redrive(depth int, t tenant.ID) {
	behind := s.mail.parked[t]
	delete(s.mail.parked, t)
	op := s.begin(reconciliation, depth, t)
	s.trace.note(depth, "%d %s is reconciled", op.number, t)
	done, err := sync.Reconciler{Store: s.store}.Tenant(op.ctx, t, behind, func() bool { return true })
	op.cancel()
	s.note(op, err)
	if s.stopped() || !op.dead && err == nil {
		return
	}
	s.tally.add(RedriveFailed)
	if _, again := s.mail.parked[t]; !again {
		s.mail.parked[t] = done.Last
	}
	if !op.disturbed.Load() {
		s.fail(Answers, "operation %d failed: %v", op.number, err)
	}
}
