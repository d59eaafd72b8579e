package user

import (
	"context"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Index is an attribute by which users are found without reading others.
type Index string

// The indexes. Email addresses are compared without regard to case; the role is
// the one that has the id at that moment.
const (
	ByExternalID Index = "externalId"
	ByEmail      Index = "emails.value"
	ByRole       Index = "roles.value"
)

// Store keeps the users of all tenants. Every method acts inside the one tenant
// it is given.
type Store interface {
	// User returns one user, or resource.ErrNotFound. It finds every user whose
	// creation returned before, but may miss a change made a moment ago.
	User(ctx context.Context, t tenant.ID, id string) (User, error)
	// UserByName returns the user whose userName is the same without regard to
	// case (resource.Fold), or resource.ErrNotFound. It sees every change that
	// returned before.
	UserByName(ctx context.Context, t tenant.ID, userName string) (User, error)
	// Users returns at most limit of the users whose ids lie in a span, in their
	// byte order, and whether more may follow. It sees every change that
	// returned before.
	Users(ctx context.Context, t tenant.ID, in resource.Span, limit int) (page []User, more bool, err error)
	// UsersBy is Users for those that an index leads to from a value. It reads
	// no others. A page may be shorter than limit although more follow.
	UsersBy(ctx context.Context, t tenant.ID, index Index, value string, in resource.Span, limit int) (page []User, more bool, err error)
	// UsersFrom returns at most limit users, in the order of their ids, without
	// the first so many. It reads few of those.
	UsersFrom(ctx context.Context, t tenant.ID, skipped, limit int) ([]User, error)
	// CountUsers returns how many users the tenant has. It reads none of them.
	CountUsers(ctx context.Context, t tenant.ID) (int, error)
	// CreateUser stores u at version 1 together with its audit record, all or
	// nothing, and returns it as stored. It returns resource.ErrIDTaken,
	// resource.ErrNameTaken, or a *resource.ValueError for a role that does not
	// exist or for more roles than one request can give.
	CreateUser(ctx context.Context, t tenant.ID, by audit.Actor, u User) (User, error)
	// UpdateUser changes a user as change says, all but its id, together with
	// the audit record, and returns it as it is then. change sees the user as it
	// is at that moment; it may be asked again when others get in between, and
	// its error is returned with nothing changed. If nothing changes, the user
	// keeps its version. The proof that change returns must hold when the change
	// is written; if it does not, change is asked again. Errors are those of
	// CreateUser, and resource.ErrNotFound.
	UpdateUser(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(User) (User, resource.Proof, error)) (User, error)
	// DeleteUser removes a user, together with the audit record. check sees the
	// user as it is at that moment; its error is returned and nothing is
	// deleted. Its proof is that of UpdateUser. A user that is not there is
	// resource.ErrNotFound.
	DeleteUser(ctx context.Context, t tenant.ID, by audit.Actor, id string, check func(User) (resource.Proof, error)) error
}
