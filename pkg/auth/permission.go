package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Principal is someone or something that calls: it holds roles.
type Principal struct {
	ID    string
	Roles []string
}

// Caller is an authenticated principal of one tenant.
type Caller struct {
	Tenant    tenant.ID
	Principal string
	TokenID   string
}

// ForbiddenError says which permission a caller lacks.
type ForbiddenError struct {
	Permission permission.Code
	Role       string // the role it is lacking over; empty for all
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
	// Principal returns a principal, or resource.ErrNotFound.
	Principal(ctx context.Context, t tenant.ID, id string) (Principal, error)
	// GrantedSets returns, without their roles, the permission sets that the
	// roles grant. Roles and sets that do not exist grant nothing.
	GrantedSets(ctx context.Context, t tenant.ID, roles []string) ([]permission.Set, error)
	// SetNames reports whether the set limits code to roles of which role is
	// one. It reads one small item, however long the set is.
	SetNames(ctx context.Context, t tenant.ID, set permission.Set, code permission.Code, role string) (bool, error)
}

// Grants are the permission sets of one caller.
type Grants struct {
	caller Caller
	sets   []permission.Set
	store  GrantStore
}

// LoadGrants reads what the caller has been granted.
func LoadGrants(ctx context.Context, store GrantStore, caller Caller) (*Grants, error) {
	principal, err := store.Principal(ctx, caller.Tenant, caller.Principal)
	if errors.Is(err, resource.ErrNotFound) {
		return &Grants{caller: caller, store: store}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read principal: %w", err)
	}
	sets, err := store.GrantedSets(ctx, caller.Tenant, principal.Roles)
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
		named, err := g.store.SetNames(ctx, g.caller.Tenant, g.sets[i], code, id)
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
	if r.UpdatePermissionSet && code.TakesRoles() && slices.ContainsFunc(g.sets, func(set permission.Set) bool {
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
