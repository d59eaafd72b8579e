package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/scim"
)

// SearchRoles answers POST /Roles/.search (RFC 7644 section 3.4.3).
func SearchRoles(d Dependencies) http.Handler {
	return d.handler(http.MethodPost, searchRolesEndpoint, searchResources{d}.run)
}

// SearchPermissionSets answers POST /PermissionSets/.search (RFC 7644 section
// 3.4.3).
func SearchPermissionSets(d Dependencies) http.Handler {
	return d.handler(http.MethodPost, searchPermissionSetsEndpoint, searchResources{d}.run)
}

// SearchUsers answers POST /Users/.search (RFC 7644 section 3.4.3).
func SearchUsers(d Dependencies) http.Handler {
	return d.handler(http.MethodPost, searchUsersEndpoint, searchResources{d}.run)
}

// Search answers POST /.search over those types of resources that the caller may
// list: roles, then permission sets, then users (RFC 7644 sections 3.4.2.1 and
// 3.4.3).
func Search(d Dependencies) http.Handler {
	return d.handler(http.MethodPost, searchEndpoint, searchResources{d}.run)
}

// searchResources searches the resources of an endpoint.
type searchResources struct{ Dependencies }

func (o searchResources) run(ctx context.Context, c *call) (*response, error) {
	request, err := c.decodeSearchRequest()
	if err != nil {
		return nil, err
	}
	c.projection, err = scim.ParseProjection(request.attributes, request.excludedAttributes, c.endpoint.types...)
	if err != nil {
		return nil, err
	}
	return o.list(ctx, c, request)
}

// refuseSearch answers another method than POST at the path of a search, which
// looks like that of a resource.
func (c *call) refuseSearch(route route) error {
	for _, e := range endpoints {
		if e.search && e.isAt(route) {
			c.endpoint = e
			return errMethod
		}
	}
	return errNoEndpoint
}
