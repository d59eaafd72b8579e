package api

import (
	"net/http"

	"github.com/rolecall/rolecall/pkg/scim"
)

// GetSchemas answers GET /Schemas and GET /Schemas/{id} with the definitions
// that requests are checked against (RFC 7643 section 7).
func GetSchemas(d Dependencies) http.Handler {
	o := discovery{resourceType: "Schema", endpoint: schemaEndpoint}
	for _, resourceType := range resourceTypes {
		for _, schema := range append([]*scim.Schema{resourceType.Schema}, resourceType.Extensions...) {
			o.documents = append(o.documents, newDocument(schema.ID, schema))
		}
	}
	return o.handler(d, schemasEndpoint)
}
