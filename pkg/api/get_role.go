package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
)

// GetRole answers GET /Roles/{id} (RFC 7644 section 3.4.1), with those who hold the
// role if attributes asks for members.
func GetRole(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, roleEndpoint, getRole{d}.run)
}

type getRole struct{ Dependencies }

func (o getRole) run(ctx context.Context, c *call) (*response, error) {
	found, grants, err := o.readable(ctx, c)
	if err != nil {
		return nil, err
	}
	if c.projection.Asks("members") {
		return o.withMembers(ctx, c, grants, &found)
	}
	if unchanged, err := c.checkRead(found.Version); err != nil || unchanged {
		return notModified(found.Version), err
	}
	names, err := o.permissionSetNames(ctx, c, found)
	if err != nil {
		return nil, err
	}
	body := c.roleResource(&found, names)
	return &response{status: http.StatusOK, version: found.Version, contentLocation: body.Meta.Location, body: body}, nil
}

// withMembers answers with some of those who hold the role. Its version does not
// count them, so an answer that the client has may not be what there is now.
func (o getRole) withMembers(ctx context.Context, c *call, grants *auth.Grants, found *role.Role) (*response, error) {
	if err := grants.Require(permission.ReadUser); err != nil {
		return nil, err
	}
	if _, err := c.checkRead(found.Version); err != nil {
		return nil, err
	}
	members, err := o.members(ctx, c, found)
	if err != nil {
		return nil, err
	}
	names, err := o.permissionSetNames(ctx, c, *found)
	if err != nil {
		return nil, err
	}
	body := c.roleResource(found, names)
	c.addMembers(body, members)
	c.projection, err = scim.ParseProjection(append(c.query["attributes"], membersNextCursor), nil, c.endpoint.types...)
	return &response{status: http.StatusOK, version: found.Version, contentLocation: body.Meta.Location, body: body}, err
}

// readable returns the role, if the caller may read it, and what the caller has
// been granted. Whether a role that the caller may not read exists is not told.
func (o getRole) readable(ctx context.Context, c *call) (role.Role, *auth.Grants, error) {
	reading := readAhead(func() (role.Role, error) { return o.Roles.Role(ctx, c.tenant(), c.id) })
	grants, denied := auth.LoadGrants(ctx, o.Grants, c.Caller)
	found, err := reading.wait()
	if denied != nil {
		return role.Role{}, nil, denied
	}
	if errors.Is(err, resource.ErrNotFound) {
		if err := grants.RequireOver(ctx, permission.ReadRole, c.id); err != nil {
			return role.Role{}, nil, err
		}
	}
	if err != nil {
		return role.Role{}, nil, err
	}
	return found, grants, grants.RequireRead(ctx, found)
}
