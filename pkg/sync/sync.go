// Package sync brings permission sets in line with roles. A change of a role
// is only a hint where to look: what is written follows from the role as it
// is now, so hints may come twice, late, or in any order. The package knows no
// AWS event types and does not import the SCIM protocol.
package sync

import (
	"context"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// View is what decides with which permissions a set names a role.
type View struct {
	Role       *role.Role        // nil when there is no such role
	Set        permission.Set    // without its roles
	Configured bool              // Set is the one that the tenant's configuration names
	Codes      []permission.Code // the limited permissions under which Set names the role now
	Explicit   bool              // a client said so
}

// Wanted returns the permissions under which the set has to name the role.
// A role that does not exist is named by no set; a role with
// updatePermissionSet is named by every item of the configured set that takes
// roles, and one without it only by those that a client put it in. All else
// stays as it is.
func Wanted(v View) []permission.Code {
	switch {
	case v.Role == nil:
		return nil
	case !v.Configured, v.Explicit && !v.Role.UpdatePermissionSet:
		return v.Codes
	}
	wanted := slices.DeleteFunc(slices.Clone(v.Codes), permission.Code.TakesRoles)
	if v.Role.UpdatePermissionSet {
		for _, item := range v.Set.Items {
			if item.Limited && item.Permission.TakesRoles() {
				wanted = append(wanted, item.Permission)
			}
		}
	}
	slices.Sort(wanted)
	return wanted
}

// Store reads roles and sets and writes sets.
type Store interface {
	// BringInLine makes the tenant's permission sets name the roles as wanted
	// says, for at most MaxRoles roles. It asks about the configured set for
	// every role, and about all sets for roles that do not exist. It writes
	// only where wanted differs from what is, raises a set's version once for
	// all of the roles, and writes nothing that rests on a role or set that
	// has changed since it was read. It returns what it changed, also when it
	// fails half-way.
	BringInLine(ctx context.Context, t tenant.ID, roles []string, wanted func(View) []permission.Code) ([]SetChange, error)
}

// MaxRoles is how many roles BringInLine takes at once, so that its writes
// fit one transaction for each set.
const MaxRoles = 30

// SetChange tells that a set was brought in line.
type SetChange struct {
	Set     string
	Version int64    // of the set, after the change
	Roles   []string // whose membership changed, sorted
}

// Hint says that a role has changed.
type Hint struct {
	Tenant tenant.ID
	Role   string
}

// Apply brings the permission sets of every hinted role's tenant in line. It
// goes on to the next tenant when one fails, and returns what was changed and,
// by tenant, what failed.
func Apply(ctx context.Context, store Store, hints []Hint) (changes map[tenant.ID][]SetChange, failures map[tenant.ID]error) {
	changes = map[tenant.ID][]SetChange{}
	failures = map[tenant.ID]error{}
	for t, roles := range byTenant(hints) {
		for chunk := range slices.Chunk(roles, MaxRoles) {
			changed, err := store.BringInLine(ctx, t, chunk, Wanted)
			changes[t] = append(changes[t], changed...)
			if err != nil {
				failures[t] = fmt.Errorf("bring permission sets of tenant %s in line: %w", t, err)
				break
			}
		}
	}
	return changes, failures
}

// byTenant returns each tenant's hinted roles, each once, sorted.
func byTenant(hints []Hint) map[tenant.ID][]string {
	roles := map[tenant.ID][]string{}
	for _, hint := range hints {
		roles[hint.Tenant] = append(roles[hint.Tenant], hint.Role)
	}
	for t, ids := range roles {
		slices.Sort(ids)
		roles[t] = slices.Compact(ids)
	}
	return roles
}
