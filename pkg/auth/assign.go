package auth

import (
	"context"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
)

// RequireGive returns a *ForbiddenError unless the caller may give the role to a
// user: it needs M_U_ROLES over the role and, unless that or U_PSET is without
// limit, all that the role grants. So nobody raises themselves, or anybody
// else, above what they hold.
func (g *Grants) RequireGive(ctx context.Context, r role.Role) error {
	if err := g.RequireOverRole(ctx, permission.AssignRole, r); err != nil {
		return err
	}
	if g.Require(permission.AssignRole) == nil || g.Require(permission.WritePermissionSet) == nil {
		return nil
	}
	granted, err := g.store.GrantedSets(ctx, g.caller.Tenant, []Held{{r.ID, r.Created}})
	if err != nil {
		return fmt.Errorf("read permission sets of role: %w", err)
	}
	for _, set := range granted {
		if err := g.requireSet(ctx, r, set); err != nil {
			return err
		}
	}
	return nil
}

// requireSet returns a *ForbiddenError unless the caller holds all that the set
// holds, which the role grants.
func (g *Grants) requireSet(ctx context.Context, r role.Role, set Granted) error {
	if slices.ContainsFunc(g.sets, func(own Granted) bool { return own.ID == set.ID }) {
		return nil
	}
	for _, item := range set.Items {
		if g.Require(item.Permission) == nil {
			continue
		}
		if !item.Limited || set.Configured && item.Permission.TakesRoles() { // which other roles will join
			return &ForbiddenError{Permission: item.Permission, Giving: r.ID}
		}
		over, err := g.store.RolesNamed(ctx, g.caller.Tenant, set.Set, item.Permission)
		if err != nil {
			return fmt.Errorf("read roles of permission set: %w", err)
		}
		if err := g.requireOverAll(ctx, r, item.Permission, over); err != nil {
			return err
		}
	}
	return nil
}

// requireOverAll reads the caller's own sets that have the permission.
func (g *Grants) requireOverAll(ctx context.Context, r role.Role, code permission.Code, over []string) error {
	own := map[string]bool{}
	for i := range g.sets {
		if _, has := g.sets[i].Item(code); !has {
			continue
		}
		named, err := g.store.RolesNamed(ctx, g.caller.Tenant, g.sets[i].Set, code)
		if err != nil {
			return fmt.Errorf("read roles of permission set: %w", err)
		}
		for _, id := range named {
			own[id] = true
		}
	}
	for _, id := range over {
		if !own[id] {
			return &ForbiddenError{Permission: code, Role: id, Giving: r.ID}
		}
	}
	return nil
}
