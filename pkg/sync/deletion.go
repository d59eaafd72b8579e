package sync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// Deletion says that a role may have been deleted.
type Deletion struct {
	Tenant tenant.ID
	Role   string // id
}

// Taken is what came of a Deletion.
type Taken struct {
	Users int   // from whom the role was taken
	Left  bool  // others may hold it still, because the time was up
	Err   error // it failed, and others may hold it still
}

// TakeDeleted takes roles that do not exist from all who hold them, and leaves
// another that got the id alone. It works on several tenants at once, and on
// the roles of each in turn, some holders at a time, so that a role with many
// keeps none with few waiting. What fails it tries again, with growing pauses.
// It stops while the context has some time left.
func TakeDeleted(ctx context.Context, store HolderStore, deletions []Deletion, pace Pace) map[Deletion]*Taken {
	ctx, cancel := pace.within(ctx)
	defer cancel()
	taken := map[Deletion]*Taken{}
	waiting := map[tenant.ID][]string{}
	for _, d := range deletions {
		if taken[d] == nil {
			taken[d] = &Taken{}
			waiting[d.Tenant] = append(waiting[d.Tenant], d.Role)
		}
	}
	eachTenant(slices.Collect(maps.Keys(waiting)), pace.Tenants, func(t tenant.ID) {
		(&taking{store: store, tenant: t, taken: taken, patience: pace.Patience}).run(ctx, waiting[t])
	})
	return taken
}

// taking takes the deleted roles of one tenant.
type taking struct {
	store    HolderStore
	tenant   tenant.ID
	taken    map[Deletion]*Taken // each entry is touched by one goroutine
	patience time.Duration
	failures int // in a row
	since    time.Time
}

func (k *taking) run(ctx context.Context, waiting []string) {
	for len(waiting) > 0 {
		if ctx.Err() != nil {
			k.leave(waiting)
			return
		}
		role := waiting[0]
		waiting = waiting[1:]
		users, more, err := takeSome(ctx, k.store, k.tenant, role)
		result := k.taken[Deletion{k.tenant, role}]
		result.Users += users
		if err == nil {
			k.failures = 0
		} else if more = k.mayTryAgain(ctx); !more {
			result.Err = fmt.Errorf("take role %s of tenant %s from its holders: %w", role, k.tenant, err)
		}
		if more {
			waiting = append(waiting, role)
		}
	}
}

// mayTryAgain waits after a failure. It is false when there is time left but no
// patience.
func (k *taking) mayTryAgain(ctx context.Context) bool {
	if k.failures++; k.failures == 1 {
		k.since = time.Now()
	}
	if ctx.Err() == nil && time.Since(k.since) >= k.patience {
		return false
	}
	pause(ctx, k.failures)
	return true
}

func (k *taking) leave(roles []string) {
	for _, role := range roles {
		k.taken[Deletion{k.tenant, role}].Left = true
	}
}

// takeSome takes the roles that had an id, and do not exist, from some of those
// who hold them, and tells whether others may hold one still.
func takeSome(ctx context.Context, store HolderStore, t tenant.ID, id string) (users int, more bool, err error) {
	var behind HeldRole
	for {
		page, err := store.HeldRoles(ctx, t, id, behind)
		if err != nil {
			return users, true, err
		}
		for _, held := range page.Roles {
			behind = held.HeldRole
			if held.Exists {
				continue
			}
			taken, more, err := store.TakeRole(ctx, t, held.HeldRole)
			users += taken
			if more || err != nil {
				return users, true, err
			}
		}
		if !page.More {
			return users, false, nil
		}
	}
}
