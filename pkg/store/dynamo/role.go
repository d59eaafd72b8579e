package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Role implements role.Store at 0.5 read units, for a role of up to 4 KB. Only
// when the role is not there does it read again, consistently, because the
// role may have been created a moment ago.
func (s *Store) Role(ctx context.Context, t tenant.ID, id string) (role.Role, error) {
	r, err := s.readRole(ctx, t, id, false)
	if errors.Is(err, resource.ErrNotFound) {
		return s.readRole(ctx, t, id, true)
	}
	return r, err
}

func (s *Store) readRole(ctx context.Context, t tenant.ID, id string, consistent bool) (role.Role, error) {
	it, err := s.get(ctx, roleKey(t, id), consistent)
	if err != nil {
		return role.Role{}, fmt.Errorf("read role: %w", err)
	}
	if it == nil {
		return role.Role{}, resource.ErrNotFound
	}
	return decodeRole(it), nil
}

// Roles implements role.Store. It reads the page's own bytes.
func (s *Store) Roles(ctx context.Context, t tenant.ID, in resource.Span, limit int) ([]role.Role, bool, error) {
	if in.IsEmpty() {
		return nil, false, nil
	}
	items, more, err := s.page(ctx, spanOf(partition(t), rolePrefix, in), limit)
	if err != nil {
		return nil, false, fmt.Errorf("read roles: %w", err)
	}
	roles := make([]role.Role, len(items))
	for i, it := range items {
		roles[i] = decodeRole(it)
	}
	return roles, more, nil
}

// CountRoles implements role.Store. It reads the bytes of all roles.
func (s *Store) CountRoles(ctx context.Context, t tenant.ID) (int, error) {
	return s.count(ctx, prefixed(partition(t), rolePrefix))
}

// CreateRole implements role.Store.
func (s *Store) CreateRole(ctx context.Context, t tenant.ID, by audit.Actor, r role.Role) (role.Role, error) {
	now := s.now()
	r.PermissionSets = sorted(slices.Clone(r.PermissionSets))
	r.CreatedBy = by.Principal
	r.Meta = resource.Meta{Version: 1, Created: now, LastModified: now}
	tx := s.newTransaction()
	tx.put(encodeRole(t, r), absent, resource.ErrIDTaken)
	tx.put(encodeRoleName(t, r), absent, resource.ErrNameTaken)
	tx.record(t, audit.Record{
		Actor: by, Operation: audit.Create, ResourceType: "Role", ResourceID: r.ID,
		VersionAfter: 1, Attributes: attributesOf(r), Time: now,
	})
	tx.countGrants(t, nil, r.PermissionSets)
	if err := s.commit(ctx, tx); err != nil {
		return role.Role{}, err
	}
	return r, nil
}

// UpdateRole implements role.Store.
func (s *Store) UpdateRole(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(role.Role) (role.Role, resource.Proof, error)) (role.Role, error) {
	var result role.Role
	err := optimistically(ctx, func() error {
		old, err := s.readRole(ctx, t, id, true)
		if err != nil {
			return err
		}
		r, proof, err := change(old)
		if err != nil {
			return err
		}
		r.ID, r.BuiltIn, r.CreatedBy, r.Meta = old.ID, old.BuiltIn, old.CreatedBy, old.Meta
		r.PermissionSets = sorted(slices.Clone(r.PermissionSets))
		attributes := changedAttributes(old, r)
		if result = old; len(attributes) == 0 {
			return nil
		}
		r.Version++
		r.LastModified = s.now()
		tx := s.newTransaction()
		tx.put(encodeRole(t, r), unchangedRole(old), errStale)
		if before, after := roleNameKey(t, old.Name), roleNameKey(t, r.Name); before != after {
			tx.delete(before, equal("role", text(id)), errStale)
			tx.put(encodeRoleName(t, r), absent, resource.ErrNameTaken)
		}
		tx.countGrants(t, old.PermissionSets, r.PermissionSets)
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Update, ResourceType: "Role", ResourceID: id,
			VersionBefore: old.Version, VersionAfter: r.Version, Attributes: attributes, Time: r.LastModified,
		})
		tx.restOn(t, proof)
		result = r
		return s.commit(ctx, tx)
	})
	if err != nil {
		return role.Role{}, err
	}
	return result, nil
}

// DeleteRole implements role.Store.
func (s *Store) DeleteRole(ctx context.Context, t tenant.ID, by audit.Actor, id string, check func(role.Role) (resource.Proof, error)) error {
	return optimistically(ctx, func() error {
		r, err := s.readRole(ctx, t, id, true)
		if err != nil {
			return err
		}
		proof, err := check(r)
		if err != nil {
			return err
		}
		tx := s.newTransaction()
		tx.delete(roleKey(t, id), unchangedRole(r), errStale)
		tx.delete(roleNameKey(t, r.Name), equal("role", text(id)), errStale)
		tx.countGrants(t, r.PermissionSets, nil)
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Delete, ResourceType: "Role", ResourceID: id,
			VersionBefore: r.Version, Attributes: attributesOf(r), Time: s.now(),
		})
		tx.restOn(t, proof)
		return s.commit(ctx, tx)
	})
}

// unchangedRole is true of a role while it is as it was read. A role that was
// deleted and created again has the version that another one had.
func unchangedRole(r role.Role) condition {
	return condition{
		"#version = :version AND #created = :created", []string{"version", "created"},
		item{":version": number(r.Version), ":created": moment(r.Created)},
	}
}

// countGrants keeps count, in the headers of permission sets, of the roles that
// grant them, so that a set that is granted cannot be deleted meanwhile.
func (tx *transaction) countGrants(t tenant.ID, before, after []string) {
	checked := item{Recheck: text("")}
	for _, id := range without(after, before) {
		tx.update(setKey(t, id), checked, map[string]int64{"grants": 1}, present, &resource.ValueError{
			Attribute: "permissionSets.value", Problem: resource.Unsupported,
			Detail: fmt.Sprintf("There is no permission set %s.", id),
		})
	}
	for _, id := range without(before, after) {
		tx.update(setKey(t, id), checked, map[string]int64{"grants": -1}, present, errStale)
	}
}

// without returns the values that are not among others.
func without(values, others []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return slices.Contains(others, v) })
}

// attributesOf names the attributes that a role has.
func attributesOf(r role.Role) []string {
	return append(changedAttributes(role.Role{}, r), "id")
}

// changedAttributes names the attributes in which two roles differ, of those
// that can change.
func changedAttributes(a, b role.Role) []string {
	var names []string
	if a.ExternalID != b.ExternalID {
		names = append(names, "externalId")
	}
	if a.Name != b.Name {
		names = append(names, "name")
	}
	if a.Description != b.Description {
		names = append(names, "description")
	}
	if a.UpdatePermissionSet != b.UpdatePermissionSet {
		names = append(names, "updatePermissionSet")
	}
	if !slices.Equal(a.PermissionSets, b.PermissionSets) {
		names = append(names, "permissionSets")
	}
	return names
}

func encodeRole(t tenant.ID, r role.Role) item {
	it := roleKey(t, r.ID).attributes()
	it["name"] = text(r.Name)
	if r.ExternalID != "" {
		it["externalId"] = text(r.ExternalID)
	}
	if r.Description != "" {
		it["description"] = text(r.Description)
	}
	it["updatePermissionSet"] = boolean(r.UpdatePermissionSet)
	it.setTexts("permissionSets", r.PermissionSets)
	if r.BuiltIn {
		it["builtIn"] = boolean(true)
	}
	if r.CreatedBy != "" {
		it["createdBy"] = text(r.CreatedBy)
	}
	it.setMeta(r.Meta)
	return it
}

func decodeRole(it item) role.Role {
	return role.Role{
		ID:                  it.text(sortKey)[len(rolePrefix):],
		ExternalID:          it.text("externalId"),
		Name:                it.text("name"),
		Description:         it.text("description"),
		UpdatePermissionSet: it.boolean("updatePermissionSet"),
		PermissionSets:      sorted(it.texts("permissionSets")),
		BuiltIn:             it.boolean("builtIn"),
		CreatedBy:           it.text("createdBy"),
		Meta:                it.meta(),
	}
}

func encodeRoleName(t tenant.ID, r role.Role) item {
	it := roleNameKey(t, r.Name).attributes()
	it["role"] = text(r.ID)
	return it
}
