package sync

import (
	"context"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Store reads roles and sets and writes sets.
type Store interface {
	// BringInLine makes the tenant's permission sets name the roles as wanted
	// says. It writes only where that differs from what is, all of a set's
	// changes in one version as far as they fit one transaction, and nothing
	// that rests on a role or set that has changed since it was read. It returns
	// what it changed, also when it fails half-way. tenant.ErrUnknown says that
	// it can never succeed: there are sets of a tenant that does not exist. Of a
	// tenant that has been deleted with its sets, nothing is out of line.
	BringInLine(ctx context.Context, t tenant.ID, looks []Look, wanted func(View) []permission.Code) ([]SetChange, error)
	// Differences returns what BringInLine would change at this moment.
	Differences(ctx context.Context, t tenant.ID, looks []Look, wanted func(View) []permission.Code) ([]SetChange, error)
	// OutOfLine looks at the next roles behind an id ("" for the first), and at
	// what all sets name among and between them. It reads one thing after the
	// other while others may write, so it may return roles that are in line. It
	// returns tenant.ErrUnknown.
	OutOfLine(ctx context.Context, t tenant.ID, behind string, wanted func(View) []permission.Code) (Page, error)
}

// MaxLooks is how many roles are best looked at in one call.
const MaxLooks = 100

// Look says which role to look at, and where.
type Look struct {
	Role string
	// AllSets asks about every set, not only about the configured one. It is
	// needed where another role may have had the id; for a role that does not
	// exist, all sets are asked anyway.
	AllSets bool
}

// SetChange tells that a set was brought in line.
type SetChange struct {
	Set     string
	Version int64        // of the set, after the change
	Roles   []RoleChange // sorted by role
}

// RoleChange tells under which limited permissions a set named a role before,
// and under which it does now.
type RoleChange struct {
	Role          string
	Before, After []permission.Code
}

// Page is a stretch of a tenant's roles.
type Page struct {
	Checked int      // how many roles exist in it
	Roles   []string // that are out of line, sorted
	Last    string   // where it ends, if there are more behind it
	More    bool
}
