package api

import "net/http"

// ListUsers answers GET /Users with the tenant's users (RFC 7644 section
// 3.4.2).
func ListUsers(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, usersEndpoint, listResources{d}.run)
}
