package api

// endpoint is a place in the paths of both surfaces.
type endpoint struct {
	segment string // behind the surface's base path
	item    bool   // one more segment follows, the resource's id
	allow   string // methods that are answered here
	kind    string // what a resource is called in error details
}

var (
	rolesEndpoint          = &endpoint{segment: "Roles", allow: "GET, POST", kind: "role"}
	roleEndpoint           = &endpoint{segment: "Roles", item: true, allow: "GET, DELETE", kind: "role"}
	permissionSetsEndpoint = &endpoint{segment: "PermissionSets", allow: "GET", kind: "permission set"}
	permissionSetEndpoint  = &endpoint{segment: "PermissionSets", item: true, allow: "GET", kind: "permission set"}
)
