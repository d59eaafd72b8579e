package api

import "github.com/rolecall/rolecall/pkg/scim"

// searchSegment ends the paths of searches. No resource can be called like it.
const searchSegment = ".search"

// endpoint is a place in the paths of both surfaces.
type endpoint struct {
	segment   string // behind the surface's base path
	item      bool   // one more segment follows, the resource's id
	allow     string // methods that are answered here
	kind      string // what a resource is called in error details
	discovery bool   // says what the service can do, not what a tenant holds
	open      bool   // answers without a token
	search    bool   // the segment .search follows (RFC 7644 section 3.4.3)
	types     []*scim.ResourceType
	// bounded: there may be so many resources that no list counts more of them
	// than one request may read, and none holds all that there are.
	bounded bool
	// paged: lists come in pages, even where no page is asked for.
	paged bool
}

var (
	rolesEndpoint          = &endpoint{segment: "Roles", allow: "GET, POST", kind: "role", types: []*scim.ResourceType{roleResourceType}}
	roleEndpoint           = &endpoint{segment: "Roles", item: true, allow: "GET, PUT, PATCH, DELETE", kind: "role", types: []*scim.ResourceType{roleResourceType}}
	permissionSetsEndpoint = &endpoint{segment: "PermissionSets", allow: "GET, POST", kind: "permission set", types: []*scim.ResourceType{permissionSetResourceType}}
	permissionSetEndpoint  = &endpoint{segment: "PermissionSets", item: true, allow: "GET, PUT, POST, PATCH, DELETE", kind: "permission set", types: []*scim.ResourceType{permissionSetResourceType}}
	usersEndpoint          = &endpoint{segment: "Users", allow: "GET, POST", kind: "user", types: []*scim.ResourceType{userResourceType}, paged: true}
	userEndpoint           = &endpoint{segment: "Users", item: true, allow: "GET, PUT, PATCH, DELETE", kind: "user", types: []*scim.ResourceType{userResourceType}}
	// meEndpoint is another path to the user who calls (RFC 7644 section 3.11).
	meEndpoint = &endpoint{segment: "Me", allow: "GET, PUT, PATCH, DELETE", kind: "user", types: []*scim.ResourceType{userResourceType}}

	searchRolesEndpoint          = &endpoint{segment: "Roles", search: true, allow: "POST", kind: "role", types: []*scim.ResourceType{roleResourceType}}
	searchPermissionSetsEndpoint = &endpoint{segment: "PermissionSets", search: true, allow: "POST", kind: "permission set", types: []*scim.ResourceType{permissionSetResourceType}}
	searchUsersEndpoint          = &endpoint{segment: "Users", search: true, allow: "POST", kind: "user", types: []*scim.ResourceType{userResourceType}}
	searchEndpoint               = &endpoint{segment: searchSegment, allow: "POST", kind: "resource", types: []*scim.ResourceType{roleResourceType, permissionSetResourceType, userResourceType}}

	auditRecordsEndpoint = &endpoint{segment: "AuditRecords", allow: "GET", kind: "audit record", types: []*scim.ResourceType{auditRecordResourceType}, bounded: true}
	auditRecordEndpoint  = &endpoint{segment: "AuditRecords", item: true, allow: "GET", kind: "audit record", types: []*scim.ResourceType{auditRecordResourceType}}

	bulkEndpoint = &endpoint{segment: "Bulk", allow: "POST", kind: "bulk request"}

	serviceProviderConfigEndpoint = &endpoint{segment: "ServiceProviderConfig", allow: "GET", kind: "configuration", discovery: true, open: true}
	resourceTypesEndpoint         = &endpoint{segment: "ResourceTypes", allow: "GET", kind: "resource type", discovery: true}
	resourceTypeEndpoint          = &endpoint{segment: "ResourceTypes", item: true, allow: "GET", kind: "resource type", discovery: true}
	schemasEndpoint               = &endpoint{segment: "Schemas", allow: "GET", kind: "schema", discovery: true}
	schemaEndpoint                = &endpoint{segment: "Schemas", item: true, allow: "GET", kind: "schema", discovery: true}
)

// endpoints are all that there are. What is asked for elsewhere is not found.
var endpoints = []*endpoint{
	rolesEndpoint, searchRolesEndpoint, roleEndpoint,
	permissionSetsEndpoint, searchPermissionSetsEndpoint, permissionSetEndpoint,
	usersEndpoint, searchUsersEndpoint, userEndpoint, meEndpoint,
	searchEndpoint,
	auditRecordsEndpoint, auditRecordEndpoint,
	bulkEndpoint,
	serviceProviderConfigEndpoint,
	resourceTypesEndpoint, resourceTypeEndpoint,
	schemasEndpoint, schemaEndpoint,
}

// Methods returns the methods that are answered at each path below those of
// the surfaces, such as "GET, DELETE" at "/Roles/{id}".
func Methods() map[string]string {
	methods := make(map[string]string, len(endpoints))
	for _, e := range endpoints {
		methods[e.path()] = e.allow
	}
	return methods
}

// path is where the endpoint is below the paths of the surfaces; empty where
// there is none.
func (e *endpoint) path() string {
	path := ""
	if e.segment != "" {
		path = "/" + e.segment
	}
	if e.item {
		path += "/{id}"
	}
	if e.search {
		path += "/" + searchSegment
	}
	return path
}

// isAt tells whether a path leads to the endpoint.
func (e *endpoint) isAt(route route) bool {
	if e.search {
		return route.segment == e.segment && route.id == searchSegment
	}
	return route.segment == e.segment && (route.id != "") == e.item
}
