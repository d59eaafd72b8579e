package simulation

import (
	"fmt"

	"github.com/rolecall/rolecall/pkg/permission"
)

// maxDepth is how deep operations run inside others.
const maxDepth = 2

// interrupt runs another operation, or several, while one waits for a call.
func (s *simulation) interrupt(op *operation) {
	d, depth := op.dice, op.depth+1
	f := focus{tenant: pick(d, op.tenants), roles: op.focus, set: op.set}
	if len(s.model.tenants) == 0 {
		return
	}
	s.shaken = f.tenant
	if s.model.tenants[f.tenant] == nil || d.chance(0.1) { // it is being onboarded
		f = focus{tenant: s.someTenant(d)}
	}
	if op.kind.bySync() && d.chance(0.6) {
		f.set = s.model.tenants[f.tenant].configured
	}
	switch d.weighted(30, 15, 6, 15, 20, 8, 3, 3, 5, 10) {
	case 0:
		s.count(op, roleChange)
		s.changeRole(d, depth, f)
	case 1:
		s.count(op, setChange)
		s.changeSet(d, depth, f)
	case 2:
		s.count(op, configuring)
		s.configure(d, depth, f)
	case 3:
		s.count(op, delivery)
		s.deliverSome(d, depth, f)
	case 4: // a change, and the stream at once
		s.count(op, roleChange)
		s.changeRole(d, depth, f)
		s.count(op, delivery)
		s.deliverOf(d, depth, f.tenant)
	case 5:
		if op.kind == delivery {
			s.count(op, delivery)
			s.tally.add(SameBatchConcurrently)
			s.deliver(d, depth, op.records)
		}
	case 6:
		s.replayOld(d, depth)
	case 7:
		s.redriveOne(d, depth)
	case 8:
		s.count(op, setChange)
		s.recreateSet(d, depth, f)
	default: // another role under the same id, and the stream at once
		s.count(op, roleChange)
		s.recreateRole(d, depth, f)
		s.deliverOf(d, depth, f.tenant)
	}
}

// hound changes the set that an operation is about, so that it is too late again.
func (s *simulation) hound(op *operation) {
	t, set := op.tenants[0], op.set
	if set == "" {
		set = s.model.tenants[t].configured
	}
	op.disturbed.Store(true)
	s.tally.add(Hounded)
	name := fmt.Sprintf("Set %s, renamed by %d", set, s.operations)
	s.writeSet(s.begin(setChange, op.depth+1, t), set, SetPatched, "renames "+set, func(set permission.Set) permission.Set {
		set.Name = name
		return set
	})
}

// count notes that an operation of a kind gets in between.
func (s *simulation) count(outer *operation, inner kind) {
	if outer.kind == reconciliation {
		s.tally.add(InsideReconciliation)
	}
	switch {
	case outer.kind.bySync() && inner == setChange:
		s.tally.add(PutInsideSync)
	case outer.kind.bySync() && inner == roleChange:
		s.tally.add(RoleInsideSync)
	case outer.kind.bySync() && inner == configuring:
		s.tally.add(ConfigureInsideSync)
	case outer.kind.bySync() && inner == delivery:
		s.tally.add(DeliveryInsideSync)
	case outer.kind == setChange && inner == roleChange:
		s.tally.add(RoleInsidePut)
		if outer.large {
			s.tally.add(RoleInsideLargePut)
		}
	case outer.kind == setChange && inner == delivery:
		s.tally.add(DeliveryInsidePut)
	}
}
