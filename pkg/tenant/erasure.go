package tenant

import (
	"context"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
)

// Grace is how long after a tenant was taken out of use a request that began
// before may still write something of it. The longest takes 29 s; the rest is
// for clocks that differ.
const Grace = time.Minute

// Erasure tells how far the deletion of a tenant has come.
type Erasure struct {
	Deleted  int           // items, by this call
	Complete bool          // nothing is left
	Wait     time.Duration // before there is more to do; 0 if there is at once
}

// Eraser deletes tenants.
type Eraser interface {
	// Erase takes a tenant out of use for good, together with the audit record,
	// and deletes all that is stored of it, step by step, as long as goOn says so
	// before a step. Called again, it goes on where it stopped. It returns
	// ErrUnknown when nothing is left.
	Erase(ctx context.Context, t ID, by audit.Actor, goOn func() bool) (Erasure, error)
}
