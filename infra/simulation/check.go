package simulation

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// drain delivers everything that is left, with nothing going wrong any more.
func (s *simulation) drain() {
	s.calm = true
	for (len(s.mail.waiting) > 0 || len(s.mail.parked) > 0) && !s.stopped() {
		s.redriveOne(s.dice, 0)
		s.deliverOrReturn(s.dice, 0, s.takeFirst(maxBatch, func(record) bool { return true }))
	}
}

// quiet delivers, with nothing going wrong, what is left of one tenant, so that
// what others did to an operation is seen before later changes mend it.
func (s *simulation) quiet(t tenant.ID) {
	s.calm = true
	defer func() { s.calm = false }()
	for s.waits(t) && !s.stopped() {
		if _, parked := s.mail.parked[t]; parked {
			s.redrive(0, t)
		}
		s.deliverOf(s.dice, 0, t)
	}
}

// waits tells whether anything of the stream is left to do for a tenant.
func (s *simulation) waits(t tenant.ID) bool {
	_, parked := s.mail.parked[t]
	return parked || slices.ContainsFunc(s.mail.waiting, func(r record) bool { return r.tenant == t })
}

// check compares what is stored with the model.
func (s *simulation) check() {
	for _, t := range s.onboarded() {
		s.confirm(t)
		s.checkSets(t)
	}
}

func (s *simulation) onboarded() []tenant.ID { return s.model.ids[:len(s.model.tenants)] }

// confirm compares a tenant's roles with the model.
func (s *simulation) confirm(t tenant.ID) {
	if s.stopped() {
		return
	}
	m := s.model.tenants[t]
	stored, _, err := s.clean.Roles(s.ctx, t, resource.Span{}, 1000)
	s.giveUp(err)
	if len(stored) != len(m.roles) {
		s.fail(Durable, "%s has %d roles, and was given %d", t, len(stored), len(m.roles))
	}
	for _, r := range stored {
		want := m.roles[r.ID]
		if want.life == 0 || want.Version != r.Version || !want.Created.Equal(r.Created) || want.Name != r.Name || want.UpdatePermissionSet != r.UpdatePermissionSet || !slices.Equal(slices.Sorted(slices.Values(want.PermissionSets)), r.PermissionSets) {
			s.fail(Durable, "%s has the role %+v, and was given %+v", t, r, want)
		}
	}
}

// checkSettled compares, with the model, the tenants of which no record waits.
func (s *simulation) checkSettled() {
	for _, t := range s.onboarded() {
		if !s.unsettled[t] || s.waits(t) || s.stopped() {
			continue
		}
		delete(s.unsettled, t)
		s.tally.add(Settled)
		s.confirm(t)
		for _, id := range slices.Sorted(maps.Keys(s.model.tenants[t].sets)) {
			s.checkRoles(t, s.versions[setName{t, id}].Set)
		}
	}
}

// checkSets compares a tenant's sets, as they are stored, with the model.
func (s *simulation) checkSets(t tenant.ID) {
	if s.stopped() {
		return
	}
	m := s.model.tenants[t]
	stored, _, err := s.clean.PermissionSets(s.ctx, t, resource.Span{}, 1000)
	s.giveUp(err)
	if len(stored) != len(m.sets) {
		s.fail(Durable, "%s has %d sets, and was given %d", t, len(stored), len(m.sets))
	}
	for _, set := range stored {
		want, seen := m.sets[set.ID], s.versions[setName{t, set.ID}]
		switch {
		case want == nil || !sameContent(bare(set), bare(want.Set)):
			s.fail(Durable, "%s has the set %+v, and was given %+v", t, set, want)
			return
		case set.Configured != (set.ID == m.configured):
			s.fail(Durable, "%s of %s is configured: %t", set.ID, t, set.Configured)
		case !sameContent(set, seen.Set) || set.Version != seen.Version || !set.LastModified.Equal(seen.LastModified):
			s.fail(OneChange, "%s of %s has changed in no transaction", set.ID, t)
		}
		s.checkRoles(t, set)
	}
}

// checkRoles compares the roles that a set names with those that it has to.
func (s *simulation) checkRoles(t tenant.ID, set permission.Set) {
	m := s.model.tenants[t]
	named := codesByRole(set.Items)
	ids := union(named, nil)
	for id := range m.roles {
		ids[id] = nil
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		want := m.wanted(set.ID, id)
		if slices.Equal(named[id], want) {
			continue
		}
		detail := fmt.Sprintf("%s of %s, configured %t, names %s under %v, and has to under %v", set.ID, t, set.Configured, id, named[id], want)
		switch r := m.roles[id]; {
		case r.life == 0:
			s.fail(Existing, "%s", detail)
		case slices.ContainsFunc(want, func(code permission.Code) bool {
			return !slices.Contains(named[id], code) && m.follows(set.ID, r, code)
		}):
			s.fail(Named, "%s", detail)
		case slices.ContainsFunc(want, func(code permission.Code) bool { return !slices.Contains(named[id], code) }):
			s.fail(Said, "%s", detail)
		default: // more than wanted: got there by the stream, or stays though a client took it out
			s.fail(Named, "%s", detail)
		}
	}
}

// replayAll delivers every record once more, in other batches, and reconciles
// every tenant: nothing is written.
func (s *simulation) replayAll() {
	var all []record
	seen := map[string]bool{}
	for _, batch := range s.mail.batches {
		for _, r := range batch {
			if !seen[r.sequence] {
				seen[r.sequence] = true
				all = append(all, r)
			}
		}
	}
	s.dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	commits := s.commits
	for batch := range slices.Chunk(all, maxBatch) {
		if s.stopped() {
			return
		}
		s.deliver(s.dice, 0, batch)
	}
	for _, t := range s.onboarded() {
		done, err := sync.Reconciler{Store: s.clean}.Tenant(s.ctx, t, "", func() bool { return true })
		s.giveUp(err)
		if len(done.Changes) > 0 {
			s.fail(OneChange, "after the stream was drained, the reconciler changed %+v of %s", done.Changes, t)
		}
	}
	if s.commits != commits {
		s.fail(OneChange, "replays of the whole stream wrote %d times", s.commits-commits)
	}
}
