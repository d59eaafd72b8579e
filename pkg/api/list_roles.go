package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
)

// ListRoles answers GET /Roles with the tenant's roles in the order of their
// ids (RFC 7644 section 3.4.2).
func ListRoles(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, rolesEndpoint, listRoles{d}.run)
}

type listRoles struct{ Dependencies }

func (o listRoles) run(ctx context.Context, c *call) (*response, error) {
	paging, err := parsePaging(c.query, c.surface)
	if err != nil {
		return nil, err
	}
	grants, err := auth.LoadGrants(ctx, o.Grants, c.Caller)
	if err != nil {
		return nil, err
	}
	if err := grants.Require(permission.ReadReferenceData); err != nil {
		return nil, err
	}
	if unchanged, err := c.checkRead(noVersion); err != nil || unchanged {
		return notModified(noVersion), err
	}
	part, err := o.source(c).part(ctx, paging)
	if err != nil {
		return nil, err
	}
	names, err := o.permissionSetNames(ctx, c, part.items...)
	if err != nil {
		return nil, err
	}
	resources := make([]*roleResource, len(part.items))
	for i := range part.items {
		resources[i] = c.roleResource(&part.items[i], names)
	}
	return listResponse(c, paging, resources, part.total, part.whole), nil
}

func (o listRoles) source(c *call) source[role.Role] {
	return source[role.Role]{
		read: func(ctx context.Context, after string, limit int) ([]role.Role, bool, error) {
			return o.Roles.Roles(ctx, c.tenant(), after, limit)
		},
		count: func(ctx context.Context) (int, error) { return o.Roles.CountRoles(ctx, c.tenant()) },
		key:   func(r role.Role) string { return r.ID },
		size: func(r role.Role) int {
			return 450 + len(r.Name) + len(r.Description) + 250*len(r.PermissionSets)
		},
	}
}
