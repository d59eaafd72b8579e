package api

import (
	"net/http"

	"github.com/rolecall/rolecall/pkg/scim"
)

// resourceTypes are those that the service keeps.
var resourceTypes = []*scim.ResourceType{roleResourceType, permissionSetResourceType, userResourceType, auditRecordResourceType}

// GetResourceTypes answers GET /ResourceTypes and GET /ResourceTypes/{id} (RFC
// 7643 section 6).
func GetResourceTypes(d Dependencies) http.Handler {
	o := discovery{resourceType: "ResourceType", endpoint: resourceTypeEndpoint}
	for _, resourceType := range resourceTypes {
		o.documents = append(o.documents, newDocument(resourceType.Name, resourceType))
	}
	return o.handler(d, resourceTypesEndpoint)
}
