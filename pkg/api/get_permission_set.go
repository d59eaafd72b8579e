package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
)

// GetPermissionSet answers GET /PermissionSets/{id} (RFC 7644 section 3.4.1).
func GetPermissionSet(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, permissionSetEndpoint, getPermissionSet{d}.run)
}

type getPermissionSet struct{ Dependencies }

func (o getPermissionSet) run(ctx context.Context, c *call) (*response, error) {
	grants, err := auth.LoadGrants(ctx, o.Grants, c.Caller)
	if err != nil {
		return nil, err
	}
	if err := grants.Require(permission.ReadReferenceData); err != nil {
		return nil, err
	}
	set, err := o.read(ctx, c)
	if err != nil {
		return nil, err
	}
	if unchanged, err := c.checkRead(set.Version); err != nil || unchanged {
		return notModified(set.Version), err
	}
	body := c.permissionSetResource(&set)
	return &response{status: http.StatusOK, version: set.Version, contentLocation: body.Meta.Location, body: body}, nil
}

// read leaves the roles that the set names where they are, if the client did
// not ask for them.
func (o getPermissionSet) read(ctx context.Context, c *call) (permission.Set, error) {
	if c.projection.Keeps("permissionSetItems") {
		return o.PermissionSets.PermissionSet(ctx, c.tenant(), c.id)
	}
	page, _, err := o.PermissionSets.PermissionSetHeaders(ctx, c.tenant(), resource.Span{From: c.id, To: c.id}, 1)
	if err == nil && len(page) == 0 {
		err = resource.ErrNotFound
	}
	if err != nil {
		return permission.Set{}, err
	}
	return page[0], nil
}
