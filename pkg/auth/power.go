package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

// ErrOwnPower says that a change would take from the caller the permission to undo
// it: to write permission sets, without limit. Whoever takes it from others
// keeps it, so a tenant always has an administrator.
var ErrOwnPower = errors.New("the change would take U_PSET from the caller")

// KeepsPowerWithSet returns what it rests on that a set has these items instead
// of its own: if that takes U_PSET, on the caller's having it by another set. It
// returns ErrOwnPower if there is none, and a *ForbiddenError for callers who
// do not have it themselves.
func (g *Grants) KeepsPowerWithSet(old permission.Set, items []permission.Item) (resource.Proof, error) {
	if !givesPower(old) || givesPower(permission.Set{Items: items}) {
		return resource.Proof{}, nil
	}
	return g.provePower(func(set Granted) []role.Role {
		if set.ID == old.ID {
			return nil
		}
		return set.By
	})
}

// KeepsPowerWithRole returns what it rests on that a role grants these sets only:
// if that takes U_PSET, on the caller's having it in another way, and else on
// the taken sets' not giving it. It reads these. Errors are those of
// KeepsPowerWithSet.
func (g *Grants) KeepsPowerWithRole(ctx context.Context, old role.Role, sets []string) (resource.Proof, error) {
	taken := slices.DeleteFunc(slices.Clone(old.PermissionSets), func(id string) bool { return slices.Contains(sets, id) })
	if len(taken) == 0 {
		return resource.Proof{}, nil
	}
	granted, err := g.store.GrantedSets(ctx, g.caller.Tenant, HeldByID(old.ID))
	if err != nil {
		return resource.Proof{}, fmt.Errorf("read permission sets of role: %w", err)
	}
	powerless := map[string]resource.Meta{}
	for i := range granted {
		if !givesPower(granted[i].Set) {
			powerless[granted[i].ID] = granted[i].Meta
		}
	}
	proof := resource.Proof{Sets: map[string]resource.Meta{}}
	for _, id := range taken {
		meta, known := powerless[id]
		if !known {
			return g.provePower(func(set Granted) []role.Role {
				if slices.Contains(sets, set.ID) {
					return set.By
				}
				return slices.DeleteFunc(slices.Clone(set.By), func(r role.Role) bool { return r.ID == old.ID })
			})
		}
		proof.Sets[id] = meta
	}
	return proof, nil
}

// KeepsPowerWithUser returns what it rests on that a user comes to hold these roles
// only: if one that is taken gives U_PSET, on the caller's having it, by
// another way if the caller is that user. It reads the sets of the taken roles.
// Errors are those of KeepsPowerWithSet.
func (g *Grants) KeepsPowerWithUser(ctx context.Context, id string, before, after []Held) (resource.Proof, error) {
	taken := slices.DeleteFunc(slices.Clone(before), func(h Held) bool { return slices.Contains(after, h) })
	if len(taken) == 0 {
		return resource.Proof{}, nil
	}
	granted, err := g.store.GrantedSets(ctx, g.caller.Tenant, taken)
	if err != nil {
		return resource.Proof{}, fmt.Errorf("read permission sets of roles: %w", err)
	}
	if !slices.ContainsFunc(granted, func(set Granted) bool { return givesPower(set.Set) }) {
		return resource.Proof{}, nil
	}
	self := g.caller.Principal == UserPrefix+id
	return g.provePower(func(set Granted) []role.Role {
		return slices.DeleteFunc(slices.Clone(set.By), func(r role.Role) bool {
			return self && slices.ContainsFunc(taken, func(h Held) bool { return h.Role == r.ID })
		})
	})
}

// RequireActivate returns a *ForbiddenError unless the caller may let a user in
// again who holds these roles: if they give U_PSET, the caller needs it. It reads
// the sets of the roles.
func (g *Grants) RequireActivate(ctx context.Context, roles []Held) error {
	if len(roles) == 0 || g.Require(permission.WritePermissionSet) == nil {
		return nil
	}
	granted, err := g.store.GrantedSets(ctx, g.caller.Tenant, roles)
	if err != nil {
		return fmt.Errorf("read permission sets of roles: %w", err)
	}
	if slices.ContainsFunc(granted, func(set Granted) bool { return givesPower(set.Set) }) {
		return &ForbiddenError{Permission: permission.WritePermissionSet}
	}
	return nil
}

// provePower returns by which role and set the caller has U_PSET, of the roles by
// which it still has a set. With the principal that is three items for the store
// to check; other changes have none.
func (g *Grants) provePower(still func(Granted) []role.Role) (resource.Proof, error) {
	if err := g.Require(permission.WritePermissionSet); err != nil {
		return resource.Proof{}, err
	}
	for _, set := range g.sets {
		if roles := still(set); givesPower(set.Set) && len(roles) > 0 {
			r := roles[0]
			proof := resource.Proof{Principal: g.caller.Principal, Role: r.ID, Roles: map[string]resource.Meta{r.ID: r.Meta}, Sets: map[string]resource.Meta{set.ID: set.Meta}}
			if g.caller.External {
				proof.Principal = ""
			}
			return proof, nil
		}
	}
	return resource.Proof{}, ErrOwnPower
}

func givesPower(set permission.Set) bool {
	item, ok := set.Item(permission.WritePermissionSet)
	return ok && !item.Limited
}
