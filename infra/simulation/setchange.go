package simulation

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ownSets are the sets that clients create; takers are the permissions that
// roles join, and one that they do not.
func ownSets() []string { return []string{"FS_A", "FS_B", "FS_C", "FS_RLASG2"} }

func takers() []permission.Code {
	return []permission.Code{permission.AssignRole, permission.ReadRole, permission.ChangeRole}
}

// changeSet lets a client create, replace, patch or delete a set.
func (s *simulation) changeSet(d dice, depth int, f focus) {
	m := s.model.tenants[f.tenant]
	id := f.set
	if id == "" || d.chance(0.3) {
		id = pick(d, append(ownSets(), m.configured, m.configured, "FS_RLASG"))
	}
	if m.sets[id] == nil {
		s.createSet(d, depth, f, id)
		return
	}
	switch d.weighted(45, 40, 15) {
	case 0:
		s.putSet(d, depth, f, id)
	case 1:
		s.patchSet(d, depth, f, id)
	default:
		s.deleteSet(depth, f.tenant, id)
		if d.chance(0.3) && m.sets[id] == nil {
			s.createSet(d, depth, f, id)
		}
	}
}

// recreateSet lets a client delete a set that has never changed, and create it
// again: the new one has the version that the old one had.
func (s *simulation) recreateSet(d dice, depth int, f focus) {
	for _, id := range ownSets() {
		if v := s.versions[setName{f.tenant, id}]; v == nil || v.Version > 1 || id == s.model.tenants[f.tenant].configured {
			continue
		}
		s.deleteSet(depth, f.tenant, id)
		if s.model.tenants[f.tenant].sets[id] == nil {
			s.createSet(d, depth, f, id)
			s.tally.add(SetRecreated)
			return
		}
	}
}

func (s *simulation) createSet(d dice, depth int, f focus, id string) {
	t, m := f.tenant, s.model.tenants[f.tenant]
	set := permission.Set{ID: id, Name: "Set " + id}
	many := m.large && d.chance(0.8)
	for _, code := range takers() {
		switch d.weighted(70, 15, 15) {
		case 0:
			roles := s.someRoles(d, m, f, 0.3)
			if many {
				roles = s.someRoles(d, m, f, 1)
			}
			set.Items = append(set.Items, permission.Item{Permission: code, Limited: true, Roles: roles})
		case 1:
			set.Items = append(set.Items, permission.Item{Permission: code})
		}
	}
	op := s.begin(setChange, depth, t)
	op.set, op.large = id, many
	op.effect = func(commit int) {
		s.tally.add(SetCreated)
		m.createSet(set, op.sight, commit)
	}
	s.request(op, "creates set "+describe(set), func(ctx context.Context) error {
		_, err := s.store.CreatePermissionSet(ctx, t, actor(), set)
		return err
	})
}

// putSet replaces a set by what a client once read, with changes.
func (s *simulation) putSet(d dice, depth int, f focus, id string) {
	sent := s.versions[setName{f.tenant, id}].Set
	sent.Items = slices.Clone(sent.Items)
	m := s.model.tenants[f.tenant]
	many := m.large && d.chance(0.5)
	if d.chance(0.2) {
		sent.Name = fmt.Sprintf("Set %s, replaced by %d", id, s.operations)
	}
	limits := d.chance(0.15)
	if limits {
		sent.Items = changedLimits(d, sent.Items)
	}
	for i := range sent.Items {
		item := &sent.Items[i]
		switch {
		case !item.Limited:
			item.Roles = nil
		case many:
			item.Roles = s.otherRoles(d, m, item.Roles)
		case d.chance(0.7):
			item.Roles = s.changedRoles(d, m, f, item.Roles)
		}
	}
	op := s.begin(setChange, depth, f.tenant)
	op.large, op.contested = many, op.contested || limits
	s.writeSet(op, id, SetPut, "replaces by "+describe(sent), func(permission.Set) permission.Set { return sent })
}

// patchSet adds roles to an item, or takes some out, whatever the others are.
func (s *simulation) patchSet(d dice, depth int, f focus, id string) {
	m := s.model.tenants[f.tenant]
	code := pick(d, takers())
	roles := s.someRoles(d, m, f, 0.1)
	remove := d.chance(0.5)
	s.writeSet(s.begin(setChange, depth, f.tenant), id, SetPatched, fmt.Sprintf("patches %s, item %s, removing %t, %v", id, code, remove, roles), func(set permission.Set) permission.Set {
		set.Items = slices.Clone(set.Items)
		for i := range set.Items {
			item := &set.Items[i]
			if item.Permission != code || !item.Limited {
				continue
			}
			kept := slices.DeleteFunc(slices.Clone(item.Roles), func(role string) bool { return slices.Contains(roles, role) })
			if !remove {
				kept = slices.Sorted(slices.Values(append(kept, roles...)))
			}
			item.Roles = kept
		}
		return set
	})
}

func (s *simulation) writeSet(op *operation, id string, event Event, what string, change func(permission.Set) permission.Set) {
	t := op.tenants[0]
	m := s.model.tenants[t]
	var old, sent permission.Set
	op.set = id
	op.effect = func(commit int) {
		s.tally.add(event)
		if err := m.replaceSet(old, sent, op.sight, commit); err != nil {
			s.fail(Said, "operation %d: %v", op.number, err)
		}
	}
	s.request(op, what, func(ctx context.Context) error {
		_, err := s.store.UpdatePermissionSet(ctx, t, actor(), id, func(set permission.Set) (permission.Set, resource.Proof, error) {
			clear(op.sight)
			old, sent = set, change(set)
			return sent, resource.Proof{}, nil
		})
		return err
	})
}

func (s *simulation) deleteSet(depth int, t tenant.ID, id string) {
	m := s.model.tenants[t]
	op := s.begin(setChange, depth, t)
	op.set, op.contested = id, true
	op.effect = func(int) {
		s.tally.add(SetDeleted)
		delete(m.sets, id)
		s.checkUnused(m, id)
	}
	s.request(op, "deletes set "+id, func(ctx context.Context) error {
		return s.store.DeletePermissionSet(ctx, t, actor(), id, func(permission.Set) error { return nil })
	})
}

func (s *simulation) checkUnused(m *tenantModel, set string) {
	if set == m.configured {
		s.fail(InUse, "set %s was deleted while it was configured", set)
	}
	for _, r := range m.roles {
		s.checkGrants(m, r.Role)
	}
}

// changedLimits limits an item that is not, or the other way round, or takes an
// item out, or puts one in.
func changedLimits(d dice, items []permission.Item) []permission.Item {
	code := pick(d, takers())
	i := slices.IndexFunc(items, func(item permission.Item) bool { return item.Permission == code })
	switch {
	case i < 0:
		return append(items, permission.Item{Permission: code, Limited: d.chance(0.8)})
	case d.chance(0.3):
		return slices.Delete(items, i, i+1)
	default:
		items[i].Limited = !items[i].Limited
		return items
	}
}

// changedRoles takes some of the roles out, and puts others in.
func (s *simulation) changedRoles(d dice, m *tenantModel, f focus, roles []string) []string {
	kept := slices.Concat(some(d, roles, 0.8), s.someRoles(d, m, f, 0.1))
	slices.Sort(kept)
	return slices.Compact(kept)
}

// otherRoles returns few roles in place of many, and many in place of few.
func (s *simulation) otherRoles(d dice, m *tenantModel, roles []string) []string {
	if len(roles) > 60 {
		return some(d, roles, 0.05)
	}
	return slices.Sorted(maps.Keys(m.roles))
}

// someRoles returns, sorted, some of the roles that exist, rather those in focus,
// and seldom one that does not.
func (s *simulation) someRoles(d dice, m *tenantModel, f focus, chance float64) []string {
	roles := some(d, slices.Sorted(maps.Keys(m.roles)), chance)
	for _, id := range some(d, f.roles, 3/float64(3+len(f.roles))) {
		if m.roles[id].life != 0 {
			roles = append(roles, id)
		}
	}
	if d.chance(0.02) {
		roles = append(roles, pick(d, m.ids))
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

func describe(set permission.Set) string {
	text := set.ID
	for _, item := range set.Items {
		text += " " + string(item.Permission)
		switch {
		case item.Limited && len(item.Roles) > 30:
			text += fmt.Sprintf(" %d roles", len(item.Roles))
		case item.Limited:
			text += fmt.Sprint(item.Roles)
		}
	}
	return text
}
