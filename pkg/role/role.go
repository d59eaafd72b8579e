// Package role holds roles: the type, its rules and the store it needs. It
// imports neither the SCIM protocol nor AWS.
package role

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// What a role may hold at most.
const (
	MaxNameLength        = 256  // characters
	MaxDescriptionLength = 1024 // characters
	MaxPermissionSets    = 40
)

// ErrBuiltIn says that a built-in role cannot be deleted.
var ErrBuiltIn = errors.New("role is built in")

// Role is a role of one tenant (schema urn:hid:scim:api:idp:2.0:Role).
type Role struct {
	ID                  string
	ExternalID          string // what clients know the role by; empty when they do not say
	Name                string
	Description         string   // empty when the role has none
	UpdatePermissionSet bool     // the role is a member of the configured permission set
	PermissionSets      []string // ids of the sets that holding the role grants, sorted
	BuiltIn             bool
	CreatedBy           string // id of the principal
	resource.Meta
}

// Validate checks what a client may choose. It returns a
// *resource.ValueError.
func (r *Role) Validate() error {
	if err := resource.CheckCode("id", r.ID); err != nil {
		return err
	}
	if r.Name == "" {
		return &resource.ValueError{Attribute: "name", Problem: resource.Missing, Detail: "name is required: send a string of 1 to 256 characters."}
	}
	if err := checkText("name", r.Name, MaxNameLength); err != nil {
		return err
	}
	if err := checkText("description", r.Description, MaxDescriptionLength); err != nil {
		return err
	}
	if err := resource.CheckExternalID(r.ExternalID); err != nil {
		return err
	}
	for _, id := range r.PermissionSets {
		if err := resource.CheckCode("permissionSets.value", id); err != nil {
			return err
		}
	}
	if len(r.PermissionSets) > MaxPermissionSets {
		return &resource.ValueError{Attribute: "permissionSets", Problem: resource.TooLong, Detail: fmt.Sprintf("A role grants at most %d permission sets.", MaxPermissionSets)}
	}
	return nil
}

func checkText(attribute, value string, most int) error {
	if !utf8.ValidString(value) {
		return &resource.ValueError{Attribute: attribute, Problem: resource.BadFormat, Detail: attribute + " must be valid UTF-8."}
	}
	if utf8.RuneCountInString(value) > most {
		return &resource.ValueError{Attribute: attribute, Problem: resource.TooLong, Detail: fmt.Sprintf("%s must have at most %d characters.", attribute, most)}
	}
	return nil
}

// Store keeps the roles of all tenants. Every method acts inside the one
// tenant it is given.
type Store interface {
	// Role returns one role, or resource.ErrNotFound. It finds every role whose
	// creation returned before, but may miss a change made a moment ago.
	Role(ctx context.Context, t tenant.ID, id string) (Role, error)
	// RoleByName returns the role whose name is the same without regard to case
	// (resource.Fold), or resource.ErrNotFound. It sees every change that returned
	// before.
	RoleByName(ctx context.Context, t tenant.ID, name string) (Role, error)
	// RolesByID returns those of the roles that exist, by id. It sees every change
	// that returned before.
	RolesByID(ctx context.Context, t tenant.ID, ids []string) (map[string]Role, error)
	// RolesByNamePrefix returns, in the byte order of their ids, at least the
	// roles whose names begin with prefix without regard to case. few is false,
	// and nothing is returned, when there are more than most. It sees every
	// change that returned before.
	RolesByNamePrefix(ctx context.Context, t tenant.ID, prefix string, most int) (roles []Role, few bool, err error)
	// Roles returns at most limit of the roles whose ids lie in a span, in their
	// byte order, and whether more may follow. It sees every change that
	// returned before.
	Roles(ctx context.Context, t tenant.ID, in resource.Span, limit int) (page []Role, more bool, err error)
	// CountRoles returns how many roles the tenant has.
	CountRoles(ctx context.Context, t tenant.ID) (int, error)
	// CreateRole stores r at version 1 together with its audit record, all or
	// nothing, and returns it as stored. It returns resource.ErrIDTaken,
	// resource.ErrNameTaken, or a *resource.ValueError for a permission set
	// that does not exist.
	CreateRole(ctx context.Context, t tenant.ID, by audit.Actor, r Role) (Role, error)
	// UpdateRole changes a role as change says, together with the audit record,
	// and returns it as it is then. change sees the role as it is at that
	// moment; it may be asked again when others get in between, and its error
	// is returned with nothing changed. Only externalId, name,
	// description, updatePermissionSet and permissionSets can change; if none does, the role
	// keeps its version. The proof that change returns must hold when the change
	// is written; if it does not, change is asked again. Errors are those of
	// CreateRole, and resource.ErrNotFound.
	UpdateRole(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(Role) (Role, resource.Proof, error)) (Role, error)
	// DeleteRole removes a role and frees its name, together with the audit
	// record. check sees the role as it is at that moment; its error is
	// returned and nothing is deleted. Its proof is that of UpdateRole. A role that
	// is not there is resource.ErrNotFound.
	DeleteRole(ctx context.Context, t tenant.ID, by audit.Actor, id string, check func(Role) (resource.Proof, error)) error
}
