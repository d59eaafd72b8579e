package dynamo

import (
	"context"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// CreateTenant implements onboard.Store in one transaction.
func (s *Store) CreateTenant(ctx context.Context, n onboard.NewTenant) error {
	now := s.now()
	meta := resource.Meta{Version: 1, Created: now, LastModified: now}
	tx := s.newTransaction()
	configuration := encodeConfiguration(n.ID, tenant.Configuration{
		ConfiguredPermissionSet: n.ConfiguredPermissionSet, State: tenant.Active, Limits: tenant.DefaultLimits, Created: now,
	})
	configuration[cursorKeys] = encodeCursorKeys(n.CursorKeys)
	tx.put(configuration, absent, onboard.ErrTenantExists)
	tx.put(tenantEntryKey(n.ID).attributes(), condition{}, nil)
	roles := map[string]*role.Role{}
	for _, r := range n.Roles {
		r.Meta = meta
		roles[r.ID] = &r
		tx.put(encodeRole(n.ID, r), absent, resource.ErrIDTaken)
		tx.put(encodeRoleName(n.ID, r), absent, resource.ErrNameTaken)
	}
	for _, set := range n.PermissionSets {
		set.Meta = meta
		set.Configured = set.ID == n.ConfiguredPermissionSet
		buckets := bucketsFor(set, roles)
		tx.put(encodeSetHeader(n.ID, setHeader{Set: set, revision: firstRevision(set.Created), buckets: len(buckets), grants: grantsOf(set.ID, n.Roles)}), absent, resource.ErrIDTaken)
		for _, b := range buckets {
			tx.put(encodeBucket(n.ID, b), absent, resource.ErrIDTaken)
		}
	}
	var held []user.Role
	for _, id := range n.Administrator.Roles {
		held = append(held, user.Role{ID: id, Created: meta.Created})
	}
	tx.put(encodePrincipal(n.ID, n.Administrator.ID, held), absent, resource.ErrIDTaken)
	putToken(tx, n.Token, n.TokenHash)
	tx.record(n.ID, audit.Record{
		Actor: n.By, Operation: audit.Create, ResourceType: "Tenant", ResourceID: n.ID.String(),
		Attributes: []string{"id", ConfiguredSet, "roles", "permissionSets"}, Time: now,
	})
	return s.commit(ctx, tx)
}

// grantsOf counts the roles that grant a set.
func grantsOf(set string, roles []role.Role) (grants int64) {
	for i := range roles {
		if slices.Contains(roles[i].PermissionSets, set) {
			grants++
		}
	}
	return grants
}

func (s *Store) configurationItem(ctx context.Context, t tenant.ID) (item, error) {
	it, err := s.get(ctx, tenantKey(t, configKey), true)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	if it == nil {
		return nil, fmt.Errorf("%w: %s", tenant.ErrUnknown, t)
	}
	return it, nil
}
