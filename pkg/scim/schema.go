package scim

import "encoding/json"

// URIs of the protocol's own schemas (RFC 7643 section 10.3, RFC 7644 section
// 8.2).
const (
	SchemaSchema        = "urn:ietf:params:scim:schemas:core:2.0:Schema"
	SchemaListResponse  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	SchemaError         = "urn:ietf:params:scim:api:messages:2.0:Error"
	SchemaSearchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	SchemaPatchOp       = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	SchemaBulkRequest   = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	SchemaBulkResponse  = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
)

// Type is the data type of an attribute (RFC 7643 section 2.3).
type Type string

// The data types.
const (
	String    Type = "string"
	Boolean   Type = "boolean"
	Decimal   Type = "decimal"
	Integer   Type = "integer"
	DateTime  Type = "dateTime"
	Reference Type = "reference"
	Binary    Type = "binary"
	Complex   Type = "complex"
)

// Mutability says who may write an attribute, and when (RFC 7643 section 7).
// The zero value is ReadWrite.
type Mutability string

// The mutabilities.
const (
	ReadWrite Mutability = "readWrite"
	ReadOnly  Mutability = "readOnly"
	Immutable Mutability = "immutable"
	WriteOnly Mutability = "writeOnly"
)

// Returned says when an attribute is part of a response (RFC 7643 section 7).
// The zero value is ReturnedDefault.
type Returned string

// The values of returned.
const (
	ReturnedAlways  Returned = "always"
	ReturnedNever   Returned = "never"
	ReturnedDefault Returned = "default"
	ReturnedRequest Returned = "request"
)

// Uniqueness says among which resources a value occurs once (RFC 7643 section
// 7). The zero value is UniqueNone.
type Uniqueness string

// The values of uniqueness.
const (
	UniqueNone   Uniqueness = "none"
	UniqueServer Uniqueness = "server"
	UniqueGlobal Uniqueness = "global"
)

// Attribute defines one attribute (RFC 7643 section 7).
type Attribute struct {
	Name            string
	Type            Type
	Description     string
	MultiValued     bool
	Required        bool
	CaseExact       bool
	Mutability      Mutability
	Returned        Returned
	Uniqueness      Uniqueness
	CanonicalValues []string
	SubAttributes   []Attribute // of a complex attribute
	ReferenceTypes  []string    // of a reference
	// Lenient accepts, in the bodies of requests, other forms that clients send:
	// "True" for true, one value in place of an array, and a string in place of
	// an object: its sub-attribute value, or the object in JSON; and what package
	// patch says (Entra ID, SailPoint). Schemas do not tell.
	Lenient bool
}

// MarshalJSON writes the attribute as it stands in a schema resource (RFC 7643
// section 7).
func (a Attribute) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name            string      `json:"name"`
		Type            Type        `json:"type"`
		SubAttributes   []Attribute `json:"subAttributes,omitempty"`
		MultiValued     bool        `json:"multiValued"`
		Description     string      `json:"description"`
		Required        bool        `json:"required"`
		CanonicalValues []string    `json:"canonicalValues,omitempty"`
		CaseExact       bool        `json:"caseExact"`
		Mutability      Mutability  `json:"mutability"`
		Returned        Returned    `json:"returned"`
		Uniqueness      Uniqueness  `json:"uniqueness"`
		ReferenceTypes  []string    `json:"referenceTypes,omitempty"`
	}{
		a.Name, a.Type, a.SubAttributes, a.MultiValued, a.Description, a.Required, a.CanonicalValues, a.CaseExact,
		orDefault(a.Mutability, ReadWrite), orDefault(a.Returned, ReturnedDefault), orDefault(a.Uniqueness, UniqueNone),
		a.ReferenceTypes,
	})
}

func orDefault[T ~string](value, ifEmpty T) T {
	if value == "" {
		return ifEmpty
	}
	return value
}

// Schema defines the attributes of a resource or of an extension (RFC 7643
// section 7).
type Schema struct {
	ID          string // its URN
	Name        string
	Description string
	Attributes  []Attribute
}

// MarshalJSON writes the schema as a resource, without meta (RFC 7643 section
// 7).
func (s Schema) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Schemas     []string    `json:"schemas"`
		ID          string      `json:"id"`
		Name        string      `json:"name"`
		Description string      `json:"description"`
		Attributes  []Attribute `json:"attributes"`
	}{[]string{SchemaSchema}, s.ID, s.Name, s.Description, s.Attributes})
}

// ResourceType says which schemas make up a resource, and where resources of
// the type are (RFC 7643 section 6).
type ResourceType struct {
	Name        string
	Description string
	Endpoint    string // begins with a slash
	Schema      *Schema
	Extensions  []*Schema // none is required
}

// findAttribute returns the definition with this name, in any case (RFC 7643
// section 2.1).
func findAttribute(attributes []Attribute, name string) *Attribute {
	for i := range attributes {
		if equalFold(attributes[i].Name, name) {
			return &attributes[i]
		}
	}
	return nil
}

// findExtension returns the extension with this URN, in any case.
func (t *ResourceType) findExtension(urn string) *Schema {
	for _, extension := range t.Extensions {
		if equalFold(extension.ID, urn) {
			return extension
		}
	}
	return nil
}

// equalFold compares in ASCII only: the Kelvin sign is no k in a name.
func equalFold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}
