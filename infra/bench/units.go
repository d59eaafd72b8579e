package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// batchRoles is how many roles one tenant's part of a large batch has.
const batchRoles = 90

// cost is what the stream's function consumes for one batch, at most, and how many
// versions of the set it makes.
type cost struct {
	set      int // roles in the configured set before
	batch    string
	records  int
	units    capacity.Units
	versions int64
}

// syncCosts measures batches of one role change and of many, on sets of the given
// sizes.
func syncCosts(ctx context.Context, client *dynamodb.Client, table string, sizes []int, samples int) ([]cost, error) {
	client, meter := capacity.Metered(client)
	store := dynamo.New(client, table, time.Now)
	var costs []cost
	for _, size := range sizes {
		m := costMeasure{store: store, meter: meter, size: size, random: rand.New(rand.NewPCG(7, 11))}
		measured, err := m.run(ctx, samples)
		if err != nil {
			return nil, fmt.Errorf("set of %d roles: %w", size, err)
		}
		costs = append(costs, measured...)
	}
	return costs, nil
}

type costMeasure struct {
	store  *dynamo.Store
	meter  *capacity.Meter
	tenant tenant.ID
	size   int
	random *rand.Rand
	made   int // ids
	costs  []cost
}

func (m *costMeasure) run(ctx context.Context, samples int) ([]cost, error) {
	if err := m.makeTenant(ctx); err != nil {
		return nil, err
	}
	for range samples {
		id := m.newID()
		for _, step := range []struct {
			batch  string
			change func(context.Context, string) error
		}{{"a role is created", m.create}, {"the same again", nothing}, {"a role is switched off", m.setTo(false)}, {"a role is switched on", m.setTo(true)}, {"a role is deleted", m.delete}} {
			if err := step.change(ctx, id); err != nil {
				return nil, err
			}
			if err := m.apply(ctx, step.batch, id); err != nil {
				return nil, err
			}
		}
	}
	var ids []string
	for range batchRoles {
		id := m.newID()
		if err := m.create(ctx, id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	if err := m.apply(ctx, "many roles are created", ids...); err != nil {
		return nil, err
	}
	return m.costs, m.apply(ctx, "the same again, in full", ids...)
}

// makeTenant makes a tenant whose configured set names as many roles as it has to.
func (m *costMeasure) makeTenant(ctx context.Context) (err error) {
	if m.tenant, err = tenant.ParseID(fmt.Sprintf("set-of-%d", m.size)); err != nil {
		return err
	}
	ids := make([]string, m.size)
	for i := range ids {
		ids[i] = fmt.Sprintf("OLD%08d", i)
	}
	secret, token := auth.NewToken(m.tenant, "administrator", time.Now(), time.Hour)
	return m.store.CreateTenant(ctx, onboard.NewTenant{
		ID: m.tenant, Administrator: auth.Principal{ID: token.Principal}, Token: token, TokenHash: auth.HashToken(secret), ConfiguredPermissionSet: "FS_RLASG",
		PermissionSets: []permission.Set{{ID: "FS_RLASG", Name: "Roles Assignment", Items: []permission.Item{
			{Permission: permission.AssignRole, Limited: true, Roles: ids}, {Permission: permission.ReadRole, Limited: true, Roles: ids},
		}}},
	})
}

// newID lies anywhere among the roles of the set.
func (m *costMeasure) newID() string {
	m.made++
	return fmt.Sprintf("OLD%08d-%d", m.random.IntN(m.size), m.made)
}

func (m *costMeasure) create(ctx context.Context, id string) error {
	_, err := m.store.CreateRole(ctx, m.tenant, audit.Actor{}, role.Role{ID: id, Name: id, UpdatePermissionSet: true})
	return err
}

func (m *costMeasure) setTo(on bool) func(context.Context, string) error {
	return func(ctx context.Context, id string) error {
		_, err := m.store.UpdateRole(ctx, m.tenant, audit.Actor{}, id, func(r role.Role) (role.Role, resource.Proof, error) {
			r.UpdatePermissionSet = on
			return r, resource.Proof{}, nil
		})
		return err
	}
}

func (m *costMeasure) delete(ctx context.Context, id string) error {
	return m.store.DeleteRole(ctx, m.tenant, audit.Actor{}, id, func(role.Role) (resource.Proof, error) { return resource.Proof{}, nil })
}

func nothing(context.Context, string) error { return nil }

// apply brings the set in line, and keeps the dearest of each kind of batch.
func (m *costMeasure) apply(ctx context.Context, batch string, ids ...string) error {
	hints := make([]sync.Hint, len(ids))
	for i, id := range ids {
		hints[i] = sync.Hint{Tenant: m.tenant, Role: id}
	}
	m.meter.Take()
	applied := sync.Apply(ctx, m.store, hints, sync.Pace{})[m.tenant]
	units := m.meter.Take()
	if applied.Err != nil {
		return applied.Err
	}
	now := cost{m.size, batch, len(ids), units, int64(len(applied.Changes))}
	for i := range m.costs {
		if c := &m.costs[i]; c.batch == batch {
			c.units.Read, c.units.Write = max(c.units.Read, units.Read), max(c.units.Write, units.Write)
			c.units.Calls, c.versions = max(c.units.Calls, units.Calls), max(c.versions, now.versions)
			return nil
		}
	}
	m.costs = append(m.costs, now)
	return nil
}

// printCosts prints the dearest batch of each kind.
func printCosts(costs []cost) {
	rows := [][]string{{"stream function, units at most", "set of", "records", "read", "write", "calls", "versions"}}
	for _, c := range costs {
		rows = append(rows, []string{
			c.batch, fmt.Sprint(c.set), fmt.Sprint(c.records), fmt.Sprintf("%.1f", c.units.Read), fmt.Sprintf("%.1f", c.units.Write),
			fmt.Sprint(c.units.Calls), fmt.Sprint(c.versions),
		})
	}
	printTable(append(rows, []string{"limit for one change", "10000", "1", "12", "12"}))
}
