package simulation

import (
	"context"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// onboardNext makes the next tenant; when that fails, it is tried again later.
func (s *simulation) onboardNext() {
	i := len(s.model.tenants)
	if i == len(s.model.ids) {
		return
	}
	t := s.model.ids[i]
	store := &onboardStore{Store: s.store}
	op := s.begin(onboarding, 0, t)
	op.effect = func(commit int) {
		s.tally.add(Onboarded)
		if s.changes > 0 {
			s.tally.add(OnboardedLate)
		}
		for i := range store.made.Roles {
			store.made.Roles[i].Meta = s.stored(t, store.made.Roles[i].ID).Meta
		}
		s.model.tenants[t] = newTenantModel(store.made, i, commit)
	}
	s.request(op, "is onboarded", func(ctx context.Context) error {
		_, _, err := onboard.Onboard(ctx, store, t, actor(), s.clock.now())
		return err
	})
}

// onboardStore remembers what a new tenant starts with.
type onboardStore struct {
	onboard.Store
	made onboard.NewTenant
}

func (o *onboardStore) CreateTenant(ctx context.Context, n onboard.NewTenant) error {
	o.made = n
	return o.Store.CreateTenant(ctx, n)
}

// configure lets an operator configure another set.
func (s *simulation) configure(d dice, depth int, f focus) {
	m := s.model.tenants[f.tenant]
	set := pick(d, append(slices.Sorted(maps.Keys(m.sets)), "FS_RLASG", "FS_RLASG"))
	if f.set != "" && d.chance(0.5) {
		set = f.set
	}
	op := s.begin(configuring, depth, f.tenant)
	op.set, op.contested = set, op.contested || d.chance(0.2)
	op.effect = func(commit int) {
		s.tally.add(Configured)
		m.configure(set, commit)
	}
	s.request(op, "configures "+set, func(ctx context.Context) error {
		_, err := s.store.Configure(ctx, f.tenant, actor(), func(c tenant.Configuration) (tenant.Configuration, error) {
			c.ConfiguredPermissionSet = set
			return c, nil
		})
		return err
	})
}

// rotate changes what of the configuration is of no concern to sets.
func (s *simulation) rotate(depth int, f focus) {
	op := s.begin(configuring, depth, f.tenant)
	op.effect = func(int) {
		s.tally.add(Rotated)
	}
	s.request(op, "rotates its cursor keys", func(ctx context.Context) error {
		_, err := s.store.RotateCursorKeys(ctx, f.tenant, actor(), tenant.NewCursorKey(s.clock.now()))
		return err
	})
}
