package api

import (
	"net/http"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// What the service claims of bulk requests.
const (
	bulkSupported     = true
	maxBulkOperations = 1000
)

// GetServiceProviderConfig answers GET /ServiceProviderConfig (RFC 7643
// section 5), to anyone: clients learn here how to authenticate. The answer is
// the same for every tenant, whether there is such a tenant or not.
func GetServiceProviderConfig(d Dependencies) http.Handler {
	o := discovery{
		resourceType: "ServiceProviderConfig",
		endpoint:     serviceProviderConfigEndpoint,
		documents:    []document{newDocument("", serviceProviderConfig())},
	}
	return d.handler(http.MethodGet, serviceProviderConfigEndpoint, o.get)
}

func serviceProviderConfig() scim.ServiceProviderConfig {
	return scim.ServiceProviderConfig{
		Schemas:        []string{scim.SchemaServiceProviderConfig},
		Patch:          scim.Supported{Supported: true},
		Bulk:           scim.BulkConfig{Supported: bulkSupported, MaxOperations: maxBulkOperations, MaxPayloadSize: scim.MaxBodySize},
		Filter:         scim.FilterConfig{Supported: true, MaxResults: maxPage},
		ChangePassword: scim.Supported{Supported: false},
		Sort:           scim.Supported{Supported: true},
		ETag:           scim.Supported{Supported: true},
		Pagination: scim.PaginationConfig{
			Cursor: true, Index: true, DefaultPaginationMethod: "index",
			DefaultPageSize: maxPage, MaxPageSize: maxPage, CursorTimeout: int(tenant.CursorLife.Seconds()),
		},
		AuthenticationSchemes: []scim.AuthenticationScheme{{
			Type:        "oauthbearertoken",
			Name:        "OAuth Bearer Token",
			Description: "A bearer token of the tenant in the header Authorization.",
			SpecURI:     "https://www.rfc-editor.org/info/rfc6750",
			Primary:     true,
		}},
	}
}
