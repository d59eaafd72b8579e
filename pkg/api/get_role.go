package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

// GetRole answers GET /Roles/{id} (RFC 7644 section 3.4.1).
func GetRole(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, roleEndpoint, getRole{d}.run)
}

type getRole struct{ Dependencies }

func (o getRole) run(ctx context.Context, c *call) (*response, error) {
	found, err := o.readable(ctx, c)
	if err != nil {
		return nil, err
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

// readable returns the role, if the caller may read it. Whether a role that
// the caller may not read exists is not told.
func (o getRole) readable(ctx context.Context, c *call) (role.Role, error) {
	grants, err := auth.LoadGrants(ctx, o.Grants, c.Caller)
	if err != nil {
		return role.Role{}, err
	}
	found, err := o.Roles.Role(ctx, c.tenant(), c.id)
	if errors.Is(err, resource.ErrNotFound) {
		if err := grants.RequireOver(ctx, permission.ReadRole, c.id); err != nil {
			return role.Role{}, err
		}
	}
	if err != nil {
		return role.Role{}, err
	}
	return found, grants.RequireRead(ctx, found)
}
