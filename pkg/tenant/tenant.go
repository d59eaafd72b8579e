// Package tenant holds tenants: their ids, their configuration and what a new
// one starts with. It imports neither the SCIM protocol nor AWS.
package tenant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
)

var (
	// ErrUnknown says that there is no such tenant.
	ErrUnknown = errors.New("tenant does not exist")
	// ErrDeleting says that the tenant is being deleted, so that nothing of it can
	// change any more.
	ErrDeleting = errors.New("tenant is being deleted")
	// ErrIssuerTaken says that another tenant accepts the tokens of this issuer
	// for this audience, so that they would not tell whose they are.
	ErrIssuerTaken = errors.New("another tenant has this issuer and audience")
)

// ID names a tenant. Only ParseID makes one, so a function that is given an
// ID need not check it; the zero ID names no tenant.
type ID struct{ value string }

// ParseID accepts ^[a-z0-9][a-z0-9-]{0,62}$, except "v2", which stands in the
// paths of the standard surface where a tenant stands in those of the tenant
// surface.
func ParseID(s string) (ID, error) {
	if !validID(s) {
		return ID{}, fmt.Errorf("tenant id %q: want 1 to 63 of a-z, 0-9 and hyphen, not starting with a hyphen", s)
	}
	if s == "v2" {
		return ID{}, fmt.Errorf("tenant id %q is reserved", s)
	}
	return ID{s}, nil
}

func validID(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' {
		return false
	}
	for i := range len(s) {
		if b := s[i]; !('a' <= b && b <= 'z' || '0' <= b && b <= '9' || b == '-') {
			return false
		}
	}
	return true
}

// String returns the id as it stands in paths and keys.
func (id ID) String() string { return id.value }

// IsZero reports whether id names no tenant.
func (id ID) IsZero() bool { return id.value == "" }

// Configuration is what an operator decides for a tenant.
type Configuration struct {
	ConfiguredPermissionSet string // id of the set that roles with updatePermissionSet join
	State                   State
	Issuer                  *Issuer // whose JWTs are accepted; nil for none
	Limits                  Limits
	Created                 time.Time
	InactiveSince           time.Time // zero while the tenant is active; stores alone say so
}

// State says whether a tenant may be used.
type State string

// The states of a tenant. Nothing can be done with a tenant that is not active;
// one that is being deleted does not come back.
const (
	Active    State = "active"
	Suspended State = "suspended"
	Deleting  State = "deleting"
)

// ConfigurationStore keeps what operators decide.
type ConfigurationStore interface {
	// Configuration returns a tenant's configuration, or ErrUnknown. It sees every
	// change that returned before.
	Configuration(ctx context.Context, t ID) (Configuration, error)
	// Configure changes a tenant's configuration as change says, together with
	// the audit record, and returns it as it is then. change sees it as it is at
	// that moment; it may be asked again when others get in between. Roles with
	// updatePermissionSet move to another configured set through the stream. It
	// returns ErrUnknown, ErrDeleting, ErrIssuerTaken, or resource.ErrNotFound
	// when there is no such set.
	Configure(ctx context.Context, t ID, by audit.Actor, change func(Configuration) (Configuration, error)) (Configuration, error)
}

// Directory lists tenants.
type Directory interface {
	// Tenants returns, in the order of their ids, at most limit tenants behind
	// one ("" for the first), and whether more may follow. It sees every tenant
	// whose creation returned before.
	Tenants(ctx context.Context, behind string, limit int) (page []ID, more bool, err error)
	// Configurations returns the configurations of those tenants that exist.
	Configurations(ctx context.Context, tenants []ID) (map[ID]Configuration, error)
}
