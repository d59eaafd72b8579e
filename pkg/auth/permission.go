package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Caller is an authenticated principal of one tenant.
type Caller struct {
	Tenant    tenant.ID
	Principal string
	TokenID   string
	Limits    tenant.Limits
	// External says that the tenant's own issuer vouches for the caller, and for
	// the roles it holds; nothing is stored of it.
	External bool
	Roles    []string
}

// Standing is what decides whether a caller may do anything at all.
type Standing struct {
	Active   bool   // the tenant may be used
	Inactive bool   // the principal is a user who is not active, or has been deleted
	Roles    []Held // that the principal holds; none if there is no such principal
}

// Granted is a permission set that a caller has been granted.
type Granted struct {
	permission.Set
	By []role.Role // that grant it, in the order of their ids
}

// ForbiddenError says which permission a caller lacks.
type ForbiddenError struct {
	Permission permission.Code
	Role       string // the role it is lacking over; empty for all
	Giving     string // the role that the caller may not give without it; empty for none
}

func (e *ForbiddenError) Error() string {
	if e.Role == "" {
		return fmt.Sprintf("permission %s is missing", e.Permission)
	}
	return fmt.Sprintf("permission %s over role %s is missing", e.Permission, e.Role)
}

// GrantStore reads what a principal has been granted. A principal, and the
// roles that it holds, are read as they are at that moment, so that a role
// grants nothing once its deletion has been answered; sets may be read a
// moment late.
type GrantStore interface {
	// Standing returns the standing of a tenant and of one of its principals; an
	// empty principal asks for the tenant alone.
	Standing(ctx context.Context, t tenant.ID, principal string) (Standing, error)
	// GrantedSets returns, without their roles, the permission sets that the
	// roles grant. Roles and sets that do not exist grant nothing.
	GrantedSets(ctx context.Context, t tenant.ID, roles []Held) ([]Granted, error)
	// SetNames reports whether the set limits code to roles of which role is
	// one. It reads one small item, however long the set is.
	SetNames(ctx context.Context, t tenant.ID, set permission.Set, code permission.Code, role string) (bool, error)
	// RolesNamed returns, sorted, the roles to which the set limits code. It reads
	// the whole set.
	RolesNamed(ctx context.Context, t tenant.ID, set permission.Set, code permission.Code) ([]string, error)
}

// Grants are the permission sets of one caller.
type Grants struct {
	caller Caller
	sets   []Granted
	store  GrantStore
}

// ErrInactive says that the caller is a user who may do nothing.
var ErrInactive = errors.New("user is not active")

// LoadGrants reads what the caller has been granted. It returns ErrSuspended
// for callers of a tenant that may not be used, and ErrInactive for users who
// may not do anything.
func LoadGrants(ctx context.Context, store GrantStore, caller Caller) (*Grants, error) {
	principal := caller.Principal
	if caller.External {
		principal = ""
	}
	standing, err := store.Standing(ctx, caller.Tenant, principal)
	if err != nil {
		return nil, fmt.Errorf("read standing: %w", err)
	}
	if !standing.Active {
		return nil, ErrSuspended
	}
	if standing.Inactive {
		return nil, ErrInactive
	}
	roles := standing.Roles
	if caller.External {
		roles = HeldByID(caller.Roles...)
	}
	sets, err := store.GrantedSets(ctx, caller.Tenant, roles)
	if err != nil {
		return nil, fmt.Errorf("read granted permission sets: %w", err)
	}
	return &Grants{caller: caller, sets: sets, store: store}, nil
}

// Require returns a *ForbiddenError unless the caller has the permission
// without limit.
func (g *Grants) Require(code permission.Code) error {
	for i := range g.sets {
		if item, ok := g.sets[i].Item(code); ok && !item.Limited {
			return nil
		}
	}
	return &ForbiddenError{Permission: code}
}

// Has says whether the caller has the permission at all, limited or not.
func (g *Grants) Has(code permission.Code) bool {
	return slices.ContainsFunc(g.sets, func(set Granted) bool {
		_, has := set.Item(code)
		return has
	})
}

// RequireOver returns a *ForbiddenError unless the caller has the permission
// over the role with this id.
func (g *Grants) RequireOver(ctx context.Context, code permission.Code, id string) error {
	if g.Require(code) == nil {
		return nil
	}
	for i := range g.sets {
		if item, ok := g.sets[i].Item(code); !ok || !item.Limited {
			continue
		}
		named, err := g.store.SetNames(ctx, g.caller.Tenant, g.sets[i].Set, code, id)
		if err != nil {
			return fmt.Errorf("read roles of permission set: %w", err)
		}
		if named {
			return nil
		}
	}
	return &ForbiddenError{Permission: code, Role: id}
}

// RequireOverRole is RequireOver for a role that exists. A role that is to join
// the configured set counts as one that has, although the stream may not have
// written it there yet.
func (g *Grants) RequireOverRole(ctx context.Context, code permission.Code, r role.Role) error {
	if r.UpdatePermissionSet && code.TakesRoles() && slices.ContainsFunc(g.sets, func(set Granted) bool {
		_, has := set.Item(code)
		return has && set.Configured
	}) {
		return nil
	}
	return g.RequireOver(ctx, code, r.ID)
}

// RequireRead returns a *ForbiddenError unless the caller may read r. Whoever
// created a role may read it, whatever sets say.
func (g *Grants) RequireRead(ctx context.Context, r role.Role) error {
	if r.CreatedBy != "" && r.CreatedBy == g.caller.Principal {
		return nil
	}
	return g.RequireOverRole(ctx, permission.ReadRole, r)
}
