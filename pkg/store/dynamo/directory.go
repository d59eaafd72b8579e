package dynamo

import (
	"context"
	"fmt"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// Tenants implements tenant.Directory. It reads the page's own bytes.
func (s *Store) Tenants(ctx context.Context, behind string, limit int) ([]tenant.ID, bool, error) {
	const beforeAll, behindAll = "-", "~" // ids are made of a-z, 0-9 and hyphens, and do not begin with one
	from := beforeAll
	if behind != "" {
		from = behind + "\x00"
	}
	items, more, err := s.page(ctx, span{tenantsPartition, from, behindAll}, limit)
	if err != nil {
		return nil, false, fmt.Errorf("read tenants: %w", err)
	}
	tenants := make([]tenant.ID, 0, len(items))
	for _, it := range items {
		t, err := tenant.ParseID(it.text(sortKey))
		if err != nil {
			return nil, false, fmt.Errorf("read tenants: %w", err)
		}
		tenants = append(tenants, t)
	}
	return tenants, more, nil
}

// Configurations implements tenant.Directory at 2 read units each.
func (s *Store) Configurations(ctx context.Context, tenants []tenant.ID) (map[tenant.ID]tenant.Configuration, error) {
	var keys []key
	for _, t := range tenants {
		keys = append(keys, tenantKey(t, configKey), tenantKey(t, issuerKey))
	}
	found, err := s.batchGet(ctx, keys, true)
	if err != nil {
		return nil, fmt.Errorf("read configurations: %w", err)
	}
	configurations := make(map[tenant.ID]tenant.Configuration, len(tenants))
	for i, t := range tenants {
		it := found[keys[2*i]]
		if it == nil {
			continue
		}
		if configurations[t], err = decodeConfiguration(it, found[keys[2*i+1]]); err != nil {
			return nil, fmt.Errorf("tenant %s: %w", t, err)
		}
	}
	return configurations, nil
}
