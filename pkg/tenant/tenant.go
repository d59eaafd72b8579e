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

// ErrUnknown says that there is no such tenant.
var ErrUnknown = errors.New("tenant does not exist")

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
	Created                 time.Time
}

// ConfigurationStore keeps what operators decide.
type ConfigurationStore interface {
	// Configure changes a tenant's configuration as change says, together with
	// the audit record, and returns it as it is then. change sees it as it is at
	// that moment; it may be asked again when others get in between. Roles with
	// updatePermissionSet move to another configured set through the stream. It
	// returns ErrUnknown, or resource.ErrNotFound when there is no such set.
	Configure(ctx context.Context, t ID, by audit.Actor, change func(Configuration) (Configuration, error)) (Configuration, error)
}

// Directory lists tenants.
type Directory interface {
	// Tenants returns, in the order of their ids, at most limit tenants behind
	// one ("" for the first), and whether more may follow. It sees every tenant
	// whose creation returned before.
	Tenants(ctx context.Context, behind string, limit int) (page []ID, more bool, err error)
}
