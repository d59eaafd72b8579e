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
