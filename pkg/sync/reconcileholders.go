package sync

import (
	"context"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// ReconciledHolders is what was found in a stretch of the roles that a tenant's
// users hold.
type ReconciledHolders struct {
	Checked int         // roles that are held
	Taken   []TakenRole // or to be taken, in a dry run
	Last    HeldRole    // where to go on behind, if there is more
	More    bool
}

// TakenRole is a role that was held and does not exist.
type TakenRole struct {
	HeldRole
	Users int  // from whom it was taken; none in a dry run
	Left  bool // others may hold it still, because the time was up
}

// HeldRoles compares the roles that a tenant's users hold with those that exist,
// page by page, from behind one on (the zero HeldRole for the first), and takes
// those that do not exist from all who hold them, some at a time, as long as
// goOn says so before each step. With an error it returns, too, what it did up
// to then, and where to go on.
func (r Reconciler) HeldRoles(ctx context.Context, t tenant.ID, behind HeldRole, goOn func() bool) (ReconciledHolders, error) {
	done := ReconciledHolders{Last: behind, More: true}
	for done.More && goOn() {
		page, err := r.Holders.HeldRoles(ctx, t, "", done.Last)
		if err != nil {
			return done, fmt.Errorf("look for roles held in tenant %s: %w", t, err)
		}
		if slices.ContainsFunc(page.Roles, func(h Held) bool { return !h.Exists }) {
			if err := r.settle(ctx); err != nil {
				return done, fmt.Errorf("take deleted roles of tenant %s: %w", t, err)
			}
		}
		for _, held := range page.Roles {
			if !held.Exists {
				finished, err := r.takeBack(ctx, t, held.HeldRole, goOn, &done)
				if err != nil {
					return done, fmt.Errorf("take role %s of tenant %s from its holders: %w", held.ID, t, err)
				}
				if !finished {
					return done, nil
				}
			}
			done.Checked++
			done.Last = held.HeldRole
		}
		done.More = page.More
	}
	return done, nil
}

// takeBack takes a role from its holders, and notes it if there still are any. It
// is not finished when goOn says no.
func (r Reconciler) takeBack(ctx context.Context, t tenant.ID, role HeldRole, goOn func() bool, done *ReconciledHolders) (finished bool, err error) {
	page, err := r.Holders.HeldRoles(ctx, t, role.ID, HeldRole{})
	if err != nil || !slices.Contains(page.Roles, Held{HeldRole: role}) {
		return true, err
	}
	taken, more, steps := TakenRole{HeldRole: role}, !r.DryRun, 0
	for ; more && err == nil && goOn(); steps++ {
		var users int
		users, more, err = r.Holders.TakeRole(ctx, t, role)
		taken.Users += users
	}
	taken.Left = more
	if steps > 0 || r.DryRun {
		done.Taken = append(done.Taken, taken)
	}
	return !more, err
}
