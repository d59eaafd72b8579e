// Package permission holds permissions and permission sets: the codes, the
// types, their rules and the store they need. It imports neither the SCIM
// protocol nor AWS.
package permission

import (
	"context"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Code names one permission.
type Code string

// The permissions that operations ask for. AssignRole and ReadRole are HID's
// codes; the others are Rolecall's.
const (
	AssignRole         Code = "M_U_ROLES" // give or take a role
	ReadRole           Code = "R_ROLE"
	ReadReferenceData  Code = "R_REFDATA" // list roles, read permission sets
	CreateRole         Code = "C_ROLE"
	ChangeRole         Code = "M_ROLE"
	DeleteRole         Code = "D_ROLE"
	WritePermissionSet Code = "U_PSET"
	ReadUser           Code = "R_USER"
	CreateUser         Code = "C_USER"
	ChangeUser         Code = "M_USER"
	DeleteUser         Code = "D_USER"
	ReadAudit          Code = "R_AUDIT"
)

// TakesRoles reports whether roles join items of this permission when they
// join the configured permission set.
func (c Code) TakesRoles() bool { return c == AssignRole || c == ReadRole }

// Set is a permission set of one tenant (schema
// urn:hid:scim:api:idp:2.0:PermissionSet).
type Set struct {
	ID    string
	Name  string
	Items []Item // in the order the set was written
	resource.Meta
}

// Item is one permission of a set.
type Item struct {
	Permission Code
	Limited    bool     // only over Roles; with no roles left, over none
	Roles      []string // sorted codes; nil unless Limited
}

// Item returns the set's item for code.
func (s *Set) Item(code Code) (Item, bool) {
	i := slices.IndexFunc(s.Items, func(item Item) bool { return item.Permission == code })
	if i < 0 {
		return Item{}, false
	}
	return s.Items[i], true
}

// Parameter returns the item's roles as HID writes them: joined by pipes,
// sorted.
func (i Item) Parameter() string { return strings.Join(i.Roles, "|") }

// Store reads the permission sets of all tenants. Every method acts inside
// the one tenant it is given. Reads see every write that returned before they
// began, and a set's items always belong to its version.
type Store interface {
	// PermissionSet returns one set with its roles, or resource.ErrNotFound.
	PermissionSet(ctx context.Context, t tenant.ID, id string) (Set, error)
	// PermissionSets returns at most limit sets with their roles, in the byte
	// order of their ids, beginning behind after ("" for the first), and
	// whether more follow.
	PermissionSets(ctx context.Context, t tenant.ID, after string, limit int) (page []Set, more bool, err error)
	// ConfiguredPermissionSet returns the set that the tenant's configuration
	// names, without its roles.
	ConfiguredPermissionSet(ctx context.Context, t tenant.ID) (Set, error)
	// PermissionSetNames returns the names of the sets with these ids. Ids of
	// no set are left out.
	PermissionSetNames(ctx context.Context, t tenant.ID, ids []string) (map[string]string, error)
	// CountPermissionSets returns how many sets the tenant has.
	CountPermissionSets(ctx context.Context, t tenant.ID) (int, error)
}
