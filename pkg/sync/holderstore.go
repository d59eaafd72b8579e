package sync

import (
	"context"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// HeldRole is a role that users hold, whether or not it exists any more. One that
// is created under the same id later is another role.
type HeldRole struct {
	ID      string
	Created time.Time // when the role was created
}

// Held is a role that users hold, and whether it exists.
type Held struct {
	HeldRole
	Exists bool
}

// HeldPage is a stretch of the roles that users hold.
type HeldPage struct {
	Roles []Held // by id, and by time of creation
	More  bool   // there may be others behind the last one
}

// HolderStore reads which roles users hold, and takes roles from them.
type HolderStore interface {
	// HeldRoles returns the next roles behind one, or from the first one on for
	// the zero HeldRole, that users hold: those that had an id or, for an empty
	// one, all of the tenant's. Whether a role exists is read once it was found to
	// be held, so one that does not exist then never will again. It reads as
	// much of a role with many holders as of one with few.
	HeldRoles(ctx context.Context, t tenant.ID, id string, behind HeldRole) (HeldPage, error)
	// TakeRole takes a role that does not exist from some of those who hold it,
	// and tells whether others may hold it still. Each user is changed once, and
	// keeps all else, whatever others write meanwhile; a user who does not hold
	// the role is not changed. It returns how many were, also when it fails
	// half-way. resource.ErrBusy says that others got in between too often.
	TakeRole(ctx context.Context, t tenant.ID, r HeldRole) (taken int, more bool, err error)
}
