package dynamo

import (
	"context"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Configure implements tenant.ConfigurationStore. The sets themselves say, too,
// which of them is configured, so that a write that rests on it fails.
func (s *Store) Configure(ctx context.Context, t tenant.ID, by audit.Actor, change func(tenant.Configuration) (tenant.Configuration, error)) (tenant.Configuration, error) {
	var result tenant.Configuration
	err := optimistically(ctx, func() error {
		old, err := s.configuration(ctx, t)
		if err != nil {
			return err
		}
		wanted, err := change(old)
		if err != nil {
			return err
		}
		result = old
		before, after := old.ConfiguredPermissionSet, wanted.ConfiguredPermissionSet
		if before == after {
			return nil
		}
		tx := s.newTransaction()
		tx.update(tenantKey(t, configKey), item{ConfiguredSet: text(after)}, nil, equal(ConfiguredSet, text(before)), errStale)
		tx.update(setKey(t, after), item{"configured": boolean(true)}, nil, present, resource.ErrNotFound)
		tx.update(setKey(t, before), item{"configured": boolean(false)}, nil, present, errStale)
		tx.put(encodeAudit(t, audit.Record{
			Actor: by, Operation: "update", ResourceType: "Configuration", ResourceID: t.String(),
			Attributes: []string{ConfiguredSet}, Time: s.now(),
		}), absent, errStale)
		result.ConfiguredPermissionSet = after
		return s.commit(ctx, tx)
	})
	if err != nil {
		return tenant.Configuration{}, err
	}
	return result, nil
}
