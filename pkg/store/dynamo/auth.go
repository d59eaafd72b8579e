package dynamo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Standing implements auth.GrantStore at 1 read unit for the tenant and 1 for
// the principal, or for each 4 KB of a user.
func (s *Store) Standing(ctx context.Context, t tenant.ID, principal string) (auth.Standing, error) {
	keys := []key{tenantKey(t, configKey)}
	if principal != "" {
		keys = append(keys, holderKey(t, principal))
	}
	found, err := s.batchGet(ctx, keys, true)
	if err != nil {
		return auth.Standing{}, err
	}
	standing := auth.Standing{Active: found[keys[0]] != nil && stateOf(found[keys[0]]) == tenant.Active}
	if principal == "" {
		return standing, nil
	}
	it := found[keys[1]]
	if _, isUser := auth.UserOf(principal); isUser && !it.boolean("active") {
		standing.Inactive = true
		return standing, nil
	}
	for _, r := range heldRoles(it) {
		standing.Roles = append(standing.Roles, auth.Held{Role: r.ID, Created: r.Created})
	}
	return standing, nil
}

// UserIsActive implements auth.TokenStore at 1 read unit for each 4 KB.
func (s *Store) UserIsActive(ctx context.Context, t tenant.ID, id string) (bool, error) {
	it, err := s.get(ctx, userKey(t, id), true)
	if err != nil {
		return false, fmt.Errorf("read user: %w", err)
	}
	return it.boolean("active"), nil
}

// holderKey is that of the item with the roles that a principal holds.
func holderKey(t tenant.ID, principal string) key {
	if id, isUser := auth.UserOf(principal); isUser {
		return userKey(t, id)
	}
	return principalKey(t, principal)
}

// GrantedSets implements auth.GrantStore at 1 read unit for each role and 0.5
// for each set.
func (s *Store) GrantedSets(ctx context.Context, t tenant.ID, roles []auth.Held) ([]auth.Granted, error) {
	ids := make([]string, len(roles))
	for i, held := range roles {
		ids[i] = held.Role
	}
	found, err := s.rolesByID(ctx, t, slices.Compact(sorted(ids)))
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(found, func(id string, r *role.Role) bool {
		return !slices.ContainsFunc(roles, func(held auth.Held) bool {
			return held.Role == id && (held.Created.IsZero() || held.Created.Equal(r.Created))
		})
	})
	by := map[string][]role.Role{}
	var sets []string
	for _, id := range slices.Sorted(maps.Keys(found)) {
		for _, set := range found[id].PermissionSets {
			by[set] = append(by[set], *found[id])
			sets = append(sets, set)
		}
	}
	headers, err := s.setHeaders(ctx, t, sets)
	if err != nil {
		return nil, err
	}
	granted := make([]auth.Granted, len(headers))
	for i, header := range headers {
		granted[i] = auth.Granted{Set: header.Set, By: by[header.ID]}
	}
	return granted, nil
}

// SetNames implements auth.GrantStore at 0.5 read units.
func (s *Store) SetNames(ctx context.Context, t tenant.ID, set permission.Set, code permission.Code, id string) (bool, error) {
	b, err := s.bucketFor(ctx, t, set.ID, id, false)
	if err != nil {
		return false, fmt.Errorf("read roles of permission set: %w", err)
	}
	return slices.Contains(b.roles[id].codes, code), nil
}

// RolesNamed implements auth.GrantStore. It reads the set's own bytes.
func (s *Store) RolesNamed(ctx context.Context, t tenant.ID, set permission.Set, code permission.Code) ([]string, error) {
	whole, err := s.PermissionSet(ctx, t, set.ID)
	if errors.Is(err, resource.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	item, _ := whole.Item(code)
	return item.Roles, nil
}
