package dynamo

import (
	"context"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Standing implements auth.GrantStore at 1 read unit for the tenant and 1 for
// the principal.
func (s *Store) Standing(ctx context.Context, t tenant.ID, principal string) (auth.Standing, error) {
	keys := []key{tenantKey(t, configKey)}
	if principal != "" {
		keys = append(keys, principalKey(t, principal))
	}
	found, err := s.batchGet(ctx, keys, true)
	if err != nil {
		return auth.Standing{}, err
	}
	standing := auth.Standing{Active: found[keys[0]] != nil && stateOf(found[keys[0]]) == tenant.Active}
	if principal != "" {
		standing.Roles = sorted(found[keys[1]].texts("roles"))
	}
	return standing, nil
}

// GrantedSets implements auth.GrantStore at 1 read unit for each role and 0.5
// for each set.
func (s *Store) GrantedSets(ctx context.Context, t tenant.ID, roles []string) ([]auth.Granted, error) {
	found, err := s.rolesByID(ctx, t, roles)
	if err != nil {
		return nil, err
	}
	by := map[string][]string{}
	var ids []string
	for _, r := range found {
		for _, set := range r.PermissionSets {
			by[set] = append(by[set], r.ID)
			ids = append(ids, set)
		}
	}
	headers, err := s.setHeaders(ctx, t, ids)
	if err != nil {
		return nil, err
	}
	sets := make([]auth.Granted, len(headers))
	for i, header := range headers {
		sets[i] = auth.Granted{Set: header.Set, By: sorted(by[header.ID])}
	}
	return sets, nil
}

// SetNames implements auth.GrantStore at 0.5 read units.
func (s *Store) SetNames(ctx context.Context, t tenant.ID, set permission.Set, code permission.Code, role string) (bool, error) {
	b, err := s.bucketFor(ctx, t, set.ID, role, false)
	if err != nil {
		return false, fmt.Errorf("read roles of permission set: %w", err)
	}
	return slices.Contains(b.roles[role].codes, code), nil
}
