package scim

import "encoding/json"

// URIs of the schemas of discovery (RFC 7643 section 10.3).
const (
	SchemaResourceType          = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	SchemaServiceProviderConfig = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
)

// MarshalJSON writes the resource type as a resource, without meta (RFC 7643
// section 6). Its id is its name.
func (t ResourceType) MarshalJSON() ([]byte, error) {
	type extension struct {
		Schema   string `json:"schema"`
		Required bool   `json:"required"`
	}
	extensions := make([]extension, len(t.Extensions))
	for i := range t.Extensions {
		extensions[i].Schema = t.Extensions[i].ID
	}
	return json.Marshal(struct {
		Schemas     []string    `json:"schemas"`
		ID          string      `json:"id"`
		Name        string      `json:"name"`
		Description string      `json:"description"`
		Endpoint    string      `json:"endpoint"`
		Schema      string      `json:"schema"`
		Extensions  []extension `json:"schemaExtensions,omitempty"`
	}{[]string{SchemaResourceType}, t.Name, t.Name, t.Description, t.Endpoint, t.Schema.ID, extensions})
}

// ServiceProviderConfig says what a service can do (RFC 7643 section 5, RFC
// 9865 section 4).
type ServiceProviderConfig struct {
	Schemas               []string               `json:"schemas"`
	Patch                 Supported              `json:"patch"`
	Bulk                  BulkConfig             `json:"bulk"`
	Filter                FilterConfig           `json:"filter"`
	ChangePassword        Supported              `json:"changePassword"`
	Sort                  Supported              `json:"sort"`
	ETag                  Supported              `json:"etag"`
	Pagination            PaginationConfig       `json:"pagination"`
	AuthenticationSchemes []AuthenticationScheme `json:"authenticationSchemes"`
}

// Supported says whether the service can do something.
type Supported struct {
	Supported bool `json:"supported"`
}

// BulkConfig is about POST /Bulk (RFC 7644 section 3.7).
type BulkConfig struct {
	Supported      bool `json:"supported"`
	MaxOperations  int  `json:"maxOperations"`
	MaxPayloadSize int  `json:"maxPayloadSize"` // bytes
}

// FilterConfig is about filters (RFC 7644 section 3.4.2.2).
type FilterConfig struct {
	Supported  bool `json:"supported"`
	MaxResults int  `json:"maxResults"`
}

// PaginationConfig is about pages (RFC 9865 section 4).
type PaginationConfig struct {
	Cursor                  bool   `json:"cursor"`
	Index                   bool   `json:"index"`
	DefaultPaginationMethod string `json:"defaultPaginationMethod"` // "cursor" or "index"
	DefaultPageSize         int    `json:"defaultPageSize"`
	MaxPageSize             int    `json:"maxPageSize"`
	CursorTimeout           int    `json:"cursorTimeout"` // seconds that a cursor is good for, at least
}

// AuthenticationScheme is a way to authenticate (RFC 7643 section 5).
type AuthenticationScheme struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	Description string `json:"description"`
	SpecURI     string `json:"specUri"`
	Primary     bool   `json:"primary"`
}
