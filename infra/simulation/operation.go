package simulation

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"

	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// kind says what an operation is.
type kind int

const (
	roleChange kind = iota
	setChange
	configuring
	onboarding
	delivery
	reconciliation
	reading
)

// bySync tells whether the operation writes on its own account rather than a
// client's.
func (k kind) bySync() bool { return k == delivery || k == reconciliation }

// operation is a client's request, an invocation of the handler, or a
// reconciliation, under way.
type operation struct {
	kind      kind
	number    int
	depth     int // inside how many others it runs
	dice      dice
	tenants   []tenant.ID // in which it may write
	set       string      // that a client changes
	large     bool        // a client names many roles in the set
	contested bool        // others want the same at the same time
	records   []record    // of a delivery
	effect    func(commit int)

	ctx       context.Context
	cancel    context.CancelFunc
	dead      bool
	disturbed atomic.Bool // by a fault, and so it may fail
	storm     bool        // every transaction of it runs into another
	hounded   bool        // others are faster, each time
	commits   int
	calls     int // that were made one after the other
	plan      plan
	sight     map[string]modelRole // the roles as a change of a set last read them
	focus     []string             // the roles it is about, or has read
}

type operationKey struct{}

func (s *simulation) begin(k kind, depth int, tenants ...tenant.ID) *operation {
	s.operations++
	op := &operation{kind: k, number: s.operations, depth: depth, dice: diceOf(s.options.Seed, s.operations), tenants: tenants, sight: map[string]modelRole{}}
	op.ctx, op.cancel = context.WithCancel(context.WithValue(s.ctx, operationKey{}, op))
	op.storm = !s.calm && op.dice.chance(stormChance)
	op.contested = op.dice.chance(contestedChance)
	op.hounded = !s.calm && depth < maxDepth && (k == setChange || k.bySync()) && op.dice.chance(houndChance)
	return op
}

// request runs a client's operation.
func (s *simulation) request(op *operation, what string, call func(context.Context) error) {
	s.trace.note(op.depth, "%d %s %s", op.number, op.tenants[0], what)
	err := call(op.ctx)
	op.cancel()
	s.note(op, err)
	switch {
	case s.stopped():
	case op.commits > 1 || op.commits > 0 && op.kind == reading:
		s.fail(Durable, "operation %d wrote %d times", op.number, op.commits)
	case err != nil && !op.disturbed.Load() && !refusal(err):
		s.fail(Answers, "operation %d failed: %v", op.number, err)
	case err != nil && op.commits > 0:
		s.tally.add(OutcomeUnknown)
		s.confirm(op.tenants[0])
	}
}

func (s *simulation) note(op *operation, err error) {
	outcome := "done"
	switch {
	case op.dead:
		outcome = "crashed"
	case refusal(err):
		outcome = err.Error()
	case err != nil:
		outcome = "failed"
	}
	s.trace.note(op.depth, "%d %s, %d writes", op.number, outcome, op.commits)
}

// refusal tells whether an error is an answer to a client.
func refusal(err error) bool {
	var value *resource.ValueError
	return errors.As(err, &value) || slices.ContainsFunc([]error{
		resource.ErrNotFound, resource.ErrIDTaken, resource.ErrNameTaken, permission.ErrInUse, onboard.ErrTenantExists,
	}, func(answer error) bool { return errors.Is(err, answer) })
}
