package api

import "net/http"

// ListPermissionSets answers GET /PermissionSets with the tenant's permission
// sets (RFC 7644 section 3.4.2).
func ListPermissionSets(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, permissionSetsEndpoint, listResources{d}.run)
}
