package sync

import (
	"context"
	"fmt"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// Reconciler finds and repairs drift: sets that do not name roles as they
// should, and users who hold roles that do not exist, although no change is
// under way.
type Reconciler struct {
	Store   Store
	Holders HolderStore // of HeldRoles only
	// DryRun reports drift and repairs nothing.
	DryRun bool
	// Settle is how long a difference must last to count as drift: a change made
	// a moment ago may still be in the stream.
	Settle time.Duration
}

// Reconciled is what was found in a stretch of a tenant's roles.
type Reconciled struct {
	Checked int         // roles
	Changes []SetChange // made, or to be made in a dry run
	Last    string      // where to go on behind, if there is more
	More    bool
}

// Tenant compares a tenant's sets with its roles, page by page, from behind a
// role's id on ("" for the first), as long as goOn says so before a page. With
// an error it returns, too, what it did up to then, and where to go on.
func (r Reconciler) Tenant(ctx context.Context, t tenant.ID, behind string, goOn func() bool) (Reconciled, error) {
	done := Reconciled{Last: behind, More: true}
	for done.More && goOn() {
		page, err := r.Store.OutOfLine(ctx, t, done.Last, Wanted)
		if err != nil {
			return done, fmt.Errorf("compare sets and roles of tenant %s: %w", t, err)
		}
		changes, err := r.repair(ctx, t, page.Roles)
		done.Changes = append(done.Changes, changes...)
		if err != nil {
			return done, fmt.Errorf("repair sets of tenant %s: %w", t, err)
		}
		done.Checked += page.Checked
		done.Last, done.More = page.Last, page.More
	}
	return done, nil
}

func (r Reconciler) repair(ctx context.Context, t tenant.ID, roles []string) ([]SetChange, error) {
	if len(roles) == 0 {
		return nil, nil
	}
	if err := r.settle(ctx); err != nil {
		return nil, err
	}
	if !r.DryRun {
		return bringInLine(ctx, r.Store, t, inAllSets(roles))
	}
	return r.Store.Differences(ctx, t, inAllSets(roles), Wanted)
}

// settle waits for changes that are under way.
func (r Reconciler) settle(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(r.Settle):
		return nil
	}
}
