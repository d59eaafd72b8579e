package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/user"
)

// CreateUser answers POST /Users (RFC 7644 section 3.3).
func CreateUser(d Dependencies) http.Handler {
	return d.handler(http.MethodPost, usersEndpoint, createUser{d}.run)
}

type createUser struct{ Dependencies }

func (o createUser) run(ctx context.Context, c *call) (*response, error) {
	object, err := c.decodeResource(userResourceType)
	if err != nil {
		return nil, err
	}
	grants, err := auth.LoadGrants(ctx, o.Grants, c.Caller)
	if err != nil {
		return nil, err
	}
	if err := grants.Require(permission.CreateUser); err != nil {
		return nil, err
	}
	wanted := userOf(object, user.User{ID: o.NewID(), Active: true})
	known := map[string]role.Role{}
	if wanted.Roles, err = o.findRoles(ctx, c, object, known); err != nil {
		return nil, err
	}
	if err := wanted.Validate(); err != nil {
		return nil, err
	}
	if err := c.checkCreate(); err != nil {
		return nil, err
	}
	for _, r := range wanted.Roles {
		if err := grants.RequireGive(ctx, known[r.ID]); err != nil {
			return nil, err
		}
	}
	created, err := o.Users.CreateUser(ctx, c.tenant(), c.actor(), wanted)
	if err != nil {
		return nil, err
	}
	body := c.userResource(&created, known)
	return &response{status: http.StatusCreated, version: created.Version, location: body.Meta.Location, body: body}, nil
}
