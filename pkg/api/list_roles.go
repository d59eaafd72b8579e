package api

import (
	"context"
	"net/http"
)

// ListRoles answers GET /Roles with the tenant's roles (RFC 7644 section
// 3.4.2).
func ListRoles(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, rolesEndpoint, listResources{d}.run)
}

// listResources lists the resources of an endpoint.
type listResources struct{ Dependencies }

func (o listResources) run(ctx context.Context, c *call) (*response, error) {
	request, err := queryRequest(c.query)
	if err != nil {
		return nil, err
	}
	return o.list(ctx, c, request)
}
