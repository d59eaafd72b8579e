package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/user"
)

// userChanger returns what is to become of a user, as clients write it. It may
// add roles to those that are known, by id.
type userChanger func(old scim.Object, known map[string]role.Role) (scim.Object, error)

// userChange is a change of the user at the path.
type userChange struct {
	Dependencies
	*call
	grants *auth.Grants
	change userChanger
	known  map[string]role.Role // by id; of all that the user held or is to hold
}

// changeUser changes the user at the path as change says, and answers with the
// whole user (BeyondTrust).
func (d Dependencies) changeUser(ctx context.Context, c *call, change userChanger) (*response, error) {
	grants, err := d.requireUserChanger(ctx, c)
	if err != nil {
		return nil, err
	}
	u := userChange{Dependencies: d, call: c, change: change}
	current := readAnew(grants, func() (*auth.Grants, error) { return d.requireUserChanger(ctx, c) })
	changed, err := d.Users.UpdateUser(ctx, c.tenant(), c.actor(), c.id, func(old user.User) (user.User, resource.Proof, error) {
		if u.grants, err = current(); err != nil {
			return user.User{}, resource.Proof{}, err
		}
		return u.of(ctx, old)
	})
	if err != nil {
		return nil, err
	}
	body := c.userResource(&changed, u.known)
	return &response{status: http.StatusOK, version: changed.Version, contentLocation: body.Meta.Location, body: body}, nil
}

// requireUserChanger refuses callers who can change nothing of any user. Whoever
// assigns roles is answered with the user, and so must be allowed to read it.
func (d Dependencies) requireUserChanger(ctx context.Context, c *call) (*auth.Grants, error) {
	grants, err := auth.LoadGrants(ctx, d.Grants, c.Caller)
	if err != nil {
		return nil, err
	}
	err = grants.Require(permission.ChangeUser)
	if err != nil && grants.Has(permission.AssignRole) {
		err = grants.Require(permission.ReadUser)
	}
	return grants, err
}

// of returns what becomes of a user, and what that rests on.
func (u *userChange) of(ctx context.Context, old user.User) (wanted user.User, proof resource.Proof, err error) {
	if err := u.checkWrite(old.Version); err != nil {
		return wanted, proof, err
	}
	if u.known, err = u.rolesHeldBy(ctx, u.call, &old); err != nil {
		return wanted, proof, err
	}
	before := stillHeld(old.Roles, u.known)
	object, err := u.change(userObject(&old, u.known), u.known)
	if err != nil {
		return wanted, proof, err
	}
	wanted = userOf(object, old)
	if wanted.Roles, err = u.findRoles(ctx, u.call, object, u.known); err != nil {
		return wanted, proof, err
	}
	if err := wanted.Validate(); err != nil {
		return wanted, proof, err
	}
	old.Roles = before
	proof, err = u.authorize(ctx, &old, &wanted)
	return wanted, proof, err
}

// authorize decides whether a user may become another: roles are given and taken
// with permission over them, everything else changes with that over users.
func (u *userChange) authorize(ctx context.Context, old, wanted *user.User) (resource.Proof, error) {
	if !sameButRoles(*old, *wanted) {
		if err := u.grants.Require(permission.ChangeUser); err != nil {
			return resource.Proof{}, err
		}
	}
	for _, r := range user.Given(old.Roles, wanted.Roles) {
		if err := u.grants.RequireGive(ctx, u.known[r.ID]); err != nil {
			return resource.Proof{}, err
		}
	}
	for _, r := range user.Given(wanted.Roles, old.Roles) {
		if err := u.grants.RequireOverRole(ctx, permission.AssignRole, u.known[r.ID]); err != nil {
			return resource.Proof{}, err
		}
	}
	if err := u.mayRelabel(ctx, old, wanted); err != nil {
		return resource.Proof{}, err
	}
	after := wanted.Roles
	switch {
	case !old.Active && wanted.Active:
		return resource.Proof{}, u.grants.RequireActivate(ctx, heldRoles(after))
	case !old.Active:
		return resource.Proof{}, nil
	case !wanted.Active:
		after = nil
	}
	return u.grants.KeepsPowerWithUser(ctx, old.ID, heldRoles(old.Roles), heldRoles(after))
}

// mayRelabel asks for permission over roles of which type or primary changes.
func (u *userChange) mayRelabel(ctx context.Context, old, wanted *user.User) error {
	for _, r := range wanted.Roles {
		before, held := old.Role(r.ID)
		if !held || before.Type == r.Type && before.Primary == r.Primary || u.grants.Require(permission.ChangeUser) == nil {
			continue
		}
		if err := u.grants.RequireOverRole(ctx, permission.AssignRole, u.known[r.ID]); err != nil {
			return err
		}
	}
	return nil
}

func sameButRoles(a, b user.User) bool {
	a.Roles, b.Roles, a.Meta, b.Meta = nil, nil, resource.Meta{}, resource.Meta{}
	return reflect.DeepEqual(a, b)
}

func heldRoles(roles []user.Role) []auth.Held {
	held := make([]auth.Held, len(roles))
	for i, r := range roles {
		held[i] = auth.Held{Role: r.ID, Created: r.Created}
	}
	return held
}
