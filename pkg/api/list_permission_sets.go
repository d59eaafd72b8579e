package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
)

// ListPermissionSets answers GET /PermissionSets with the tenant's permission
// sets in the order of their ids (RFC 7644 section 3.4.2).
func ListPermissionSets(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, permissionSetsEndpoint, listPermissionSets{d}.run)
}

type listPermissionSets struct{ Dependencies }

func (o listPermissionSets) run(ctx context.Context, c *call) (*response, error) {
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
	resources := make([]*permissionSetResource, len(part.items))
	for i := range part.items {
		resources[i] = c.permissionSetResource(&part.items[i])
	}
	return listResponse(c, paging, resources, part.total, part.whole), nil
}

func (o listPermissionSets) source(c *call) source[permission.Set] {
	return source[permission.Set]{
		read: func(ctx context.Context, after string, limit int) ([]permission.Set, bool, error) {
			return o.PermissionSets.PermissionSets(ctx, c.tenant(), after, limit)
		},
		count: func(ctx context.Context) (int, error) { return o.PermissionSets.CountPermissionSets(ctx, c.tenant()) },
		key:   func(s permission.Set) string { return s.ID },
		size:  permissionSetSize,
	}
}

func permissionSetSize(s permission.Set) int {
	size := 450 + len(s.Name)
	for _, item := range s.Items {
		size += 150
		for _, id := range item.Roles {
			size += len(id) + 1
		}
	}
	return size
}
