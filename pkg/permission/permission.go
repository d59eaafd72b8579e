// Package permission holds permissions and permission sets: the codes, the
// types, their rules and the store they need. It imports neither the SCIM
// protocol nor AWS.
package permission

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/audit"
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

// ErrInUse says that a permission set cannot be deleted, because the tenant's
// configuration names it or a role grants it.
var ErrInUse = errors.New("permission set is in use")

// What a permission set may hold at most.
const (
	MaxNameLength = 256 // characters
	MaxItems      = 100
)

// Set is a permission set of one tenant (schema
// urn:hid:scim:api:idp:2.0:PermissionSet).
type Set struct {
	ID         string
	ExternalID string // what clients know the set by; empty when they do not say
	Name       string
	Items      []Item // in the order the set was written
	Configured bool   // the tenant's configuration names it; stores alone say so
	resource.Meta
}

// Item is one permission of a set.
type Item struct {
	Permission Code
	Limited    bool     // only over Roles; with no roles left, over none
	Roles      []string // sorted codes; nil unless Limited
}

// Validate checks what a client may choose. It returns a
// *resource.ValueError.
func (s *Set) Validate() error {
	if err := resource.CheckCode("id", s.ID); err != nil {
		return err
	}
	switch {
	case s.Name == "":
		return &resource.ValueError{Attribute: "name", Problem: resource.Missing, Detail: "name is required: send a string of 1 to 256 characters."}
	case utf8.RuneCountInString(s.Name) > MaxNameLength:
		return &resource.ValueError{Attribute: "name", Problem: resource.TooLong, Detail: fmt.Sprintf("name must have at most %d characters.", MaxNameLength)}
	case len(s.Items) > MaxItems:
		return &resource.ValueError{Attribute: "permissionSetItems", Problem: resource.TooLong, Detail: fmt.Sprintf("A permission set has at most %d items.", MaxItems)}
	}
	if err := resource.CheckExternalID(s.ExternalID); err != nil {
		return err
	}
	seen := map[Code]bool{}
	for _, item := range s.Items {
		if err := resource.CheckCode("permissionSetItems.id", string(item.Permission)); err != nil {
			return err
		}
		if seen[item.Permission] {
			return &resource.ValueError{Attribute: "permissionSetItems.id", Problem: resource.Unsupported, Detail: fmt.Sprintf("There are two items %s: send one, with the roles of both.", item.Permission)}
		}
		seen[item.Permission] = true
		for _, role := range item.Roles {
			if err := resource.CheckCode("permissionSetItems.parameter", role); err != nil {
				return err
			}
		}
	}
	return nil
}

// Item returns the set's item for code.
func (s *Set) Item(code Code) (Item, bool) {
	i := slices.IndexFunc(s.Items, func(item Item) bool { return item.Permission == code })
	if i < 0 {
		return Item{}, false
	}
	return s.Items[i], true
}

// ParseParameter returns the roles in a parameter as HID writes it: codes,
// joined by pipes, in any order.
func ParseParameter(parameter string) []string {
	roles := slices.DeleteFunc(strings.Split(parameter, "|"), func(role string) bool { return role == "" })
	slices.Sort(roles)
	return slices.Compact(roles)
}

// Parameter returns the item's roles as HID writes them: joined by pipes,
// sorted.
func (i Item) Parameter() string { return strings.Join(i.Roles, "|") }

// Store keeps the permission sets of all tenants. Every method acts inside
// the one tenant it is given. Reads see every write that returned before they
// began, and a set's items always belong to its version.
type Store interface {
	// CreatePermissionSet stores s at version 1 together with its audit record,
	// all or nothing, and returns it as stored. It returns resource.ErrIDTaken,
	// or a *resource.ValueError for a role that does not exist or for more
	// roles than one request can name.
	CreatePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, s Set) (Set, error)
	// UpdatePermissionSet changes a set as change says, all but its id,
	// together with the audit record, and returns it as it is then. change sees
	// the set as it is at that moment; it may be asked again when others get in
	// between, and its error is returned with nothing changed. If nothing
	// changes, the set keeps its version. Roles with updatePermissionSet stay
	// in the tenant's configured set whatever change says. The proof that
	// change returns must hold when the change is written; if it does not, change
	// is asked again. Errors are those of CreatePermissionSet, and
	// resource.ErrNotFound.
	UpdatePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(Set) (Set, resource.Proof, error)) (Set, error)
	// DeletePermissionSet removes a set, together with the audit record. check
	// sees it as it is at that moment, without its roles; its error is returned
	// and nothing is deleted. It returns resource.ErrNotFound or ErrInUse.
	DeletePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, id string, check func(Set) error) error
	// PermissionSet returns one set with its roles, or resource.ErrNotFound.
	PermissionSet(ctx context.Context, t tenant.ID, id string) (Set, error)
	// PermissionSets returns at most limit of the sets whose ids lie in a span,
	// with their roles, in the byte order of their ids, and whether more may
	// follow.
	PermissionSets(ctx context.Context, t tenant.ID, in resource.Span, limit int) (page []Set, more bool, err error)
	// PermissionSetHeaders is PermissionSets without the roles that the sets
	// name, which it does not read.
	PermissionSetHeaders(ctx context.Context, t tenant.ID, in resource.Span, limit int) (page []Set, more bool, err error)
	// ConfiguredPermissionSet returns the set that the tenant's configuration
	// names, without its roles.
	ConfiguredPermissionSet(ctx context.Context, t tenant.ID) (Set, error)
	// PermissionSetNames returns the names of the sets with these ids. Ids of
	// no set are left out.
	PermissionSetNames(ctx context.Context, t tenant.ID, ids []string) (map[string]string, error)
	// CountPermissionSets returns how many sets the tenant has.
	CountPermissionSets(ctx context.Context, t tenant.ID) (int, error)
}
