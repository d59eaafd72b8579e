package simulation

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// focus is what an operation is about, so that others can get in its way.
type focus struct {
	tenant tenant.ID
	roles  []string
	set    string
}

func actor() audit.Actor { return audit.Actor{Principal: "administrator", Address: "192.0.2.1"} }

// changeRole lets a client create, change or delete a role.
func (s *simulation) changeRole(d dice, depth int, f focus) {
	m := s.model.tenants[f.tenant]
	id := pick(d, m.ids)
	switch {
	case len(f.roles) > 0 && d.chance(0.7):
		id = pick(d, f.roles)
	case d.chance(0.05):
		id = pick(d, slices.Sorted(maps.Keys(m.roles)))
	}
	r, exists := m.roles[id]
	if !exists {
		s.createRole(d, depth, f.tenant, id)
		return
	}
	switch d.weighted(40, 25, 10, 15) {
	case 0:
		if m.eager && r.UpdatePermissionSet && d.chance(0.9) {
			return
		}
		s.updateRole(depth, f.tenant, id, func(r *role.Role) { r.UpdatePermissionSet = !m.roles[id].UpdatePermissionSet })
	case 1:
		if r.BuiltIn {
			return
		}
		s.deleteRole(depth, f.tenant, id)
		if d.chance(0.25) {
			s.createRole(d, depth, f.tenant, id)
		}
	case 2:
		name := fmt.Sprintf("Role %s, renamed by %d", id, s.operations)
		s.updateRole(depth, f.tenant, id, func(r *role.Role) { r.Name = name })
	default:
		grants := s.someSets(d, m)
		if f.set != "" && d.chance(0.5) {
			grants = []string{f.set}
		}
		s.updateRole(depth, f.tenant, id, func(r *role.Role) { r.PermissionSets = grants })
	}
}

// recreateRole lets a client delete a role, rather one in focus, and create
// another under its id.
func (s *simulation) recreateRole(d dice, depth int, f focus) {
	m := s.model.tenants[f.tenant]
	live := slices.DeleteFunc(slices.Clone(f.roles), func(id string) bool { return m.roles[id].life == 0 || m.roles[id].BuiltIn })
	if len(live) == 0 {
		s.changeRole(d, depth, f)
		return
	}
	id := pick(d, live)
	s.deleteRole(depth, f.tenant, id)
	if m.roles[id].life == 0 {
		s.createRole(d, depth, f.tenant, id)
	}
}

func (s *simulation) createRole(d dice, depth int, t tenant.ID, id string) {
	m := s.model.tenants[t]
	r := role.Role{ID: id, Name: "Role " + id, UpdatePermissionSet: m.eager || d.chance(0.7)}
	if d.chance(0.2) {
		r.PermissionSets = s.someSets(d, m)
	}
	op := s.begin(roleChange, depth, t)
	op.effect = func(commit int) {
		s.changes++
		s.tally.add(RoleCreated)
		if _, before := m.roleReason[id]; before {
			s.tally.add(RoleRecreated)
		}
		r.Meta = s.stored(t, id).Meta
		m.create(r, commit)
		s.checkGrants(m, r)
	}
	s.request(op, fmt.Sprintf("creates role %s, updatePermissionSet %t", id, r.UpdatePermissionSet), func(ctx context.Context) error {
		_, err := s.store.CreateRole(ctx, t, actor(), r)
		return err
	})
}

func (s *simulation) updateRole(depth int, t tenant.ID, id string, change func(*role.Role)) {
	m := s.model.tenants[t]
	var sent role.Role
	op := s.begin(roleChange, depth, t)
	op.focus = []string{id}
	op.effect = func(commit int) {
		s.changes++
		s.countUpdate(m.roles[id].Role, sent)
		m.update(sent, commit)
		s.checkGrants(m, sent)
	}
	wanted := m.roles[id].Role
	change(&wanted)
	s.request(op, fmt.Sprintf("updates role %s to %t %s %v", id, wanted.UpdatePermissionSet, wanted.Name, wanted.PermissionSets), func(ctx context.Context) error {
		_, err := s.store.UpdateRole(ctx, t, actor(), id, func(r role.Role) (role.Role, resource.Proof, error) {
			change(&r)
			sent = r
			return r, resource.Proof{}, nil
		})
		return err
	})
}

func (s *simulation) countUpdate(old, sent role.Role) {
	switch {
	case !old.UpdatePermissionSet && sent.UpdatePermissionSet:
		s.tally.add(SwitchedOn)
	case old.UpdatePermissionSet && !sent.UpdatePermissionSet:
		s.tally.add(SwitchedOff)
	case old.Name != sent.Name:
		s.tally.add(RoleRenamed)
	default:
		s.tally.add(GrantsChanged)
	}
}

func (s *simulation) deleteRole(depth int, t tenant.ID, id string) {
	m := s.model.tenants[t]
	op := s.begin(roleChange, depth, t)
	op.focus = []string{id}
	op.effect = func(commit int) {
		s.changes++
		s.tally.add(RoleDeleted)
		m.delete(id, commit)
	}
	s.request(op, "deletes role "+id, func(ctx context.Context) error {
		return s.store.DeleteRole(ctx, t, actor(), id, func(role.Role) (resource.Proof, error) { return resource.Proof{}, nil })
	})
}

// stored returns a role as it was just written.
func (s *simulation) stored(t tenant.ID, id string) role.Role {
	r, err := s.clean.Role(s.ctx, t, id)
	if err != nil || r.Version != 1 {
		s.fail(Durable, "%s has no new role %s: %+v, %v", t, id, r, err)
	}
	return r
}

func (s *simulation) checkGrants(m *tenantModel, r role.Role) {
	for _, set := range r.PermissionSets {
		if m.sets[set] == nil {
			s.fail(InUse, "role %s grants %s, which does not exist", r.ID, set)
		}
	}
}

// someSets returns sets that a role may grant, seldom one that clients may want
// to delete.
func (s *simulation) someSets(d dice, m *tenantModel) []string {
	return slices.DeleteFunc(some(d, slices.Sorted(maps.Keys(m.sets)), 0.3), func(id string) bool {
		return slices.Contains(ownSets(), id) && !d.chance(0.05)
	})
}
