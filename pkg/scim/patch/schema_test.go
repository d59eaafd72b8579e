package patch_test

import "github.com/rolecall/rolecall/pkg/scim"

const (
	userURN          = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN    = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	roleURN          = "urn:hid:scim:api:idp:2.0:Role"
	roleExtensionURN = "urn:rolecall:params:scim:schemas:extension:2.0:Role"
)

// users have what the RFC's examples of users and groups need.
var users = &scim.ResourceType{
	Name: "User",
	Schema: &scim.Schema{ID: userURN, Attributes: []scim.Attribute{
		{Name: "userName", Type: scim.String, Required: true},
		{Name: "name", Type: scim.Complex, SubAttributes: []scim.Attribute{
			{Name: "familyName", Type: scim.String},
			{Name: "givenName", Type: scim.String},
			{Name: "formatted", Type: scim.String, Mutability: scim.ReadOnly},
		}},
		{Name: "nickname", Type: scim.String},
		{Name: "displayName", Type: scim.String},
		{Name: "title", Type: scim.String},
		{Name: "active", Type: scim.Boolean},
		{Name: "age", Type: scim.Integer},
		{Name: "weight", Type: scim.Decimal},
		{Name: "born", Type: scim.DateTime},
		{Name: "badge", Type: scim.String, Mutability: scim.Immutable},
		{Name: "serial", Type: scim.String, Mutability: scim.ReadOnly},
		{Name: "password", Type: scim.String, Mutability: scim.WriteOnly},
		{Name: "tags", Type: scim.String, MultiValued: true},
		{Name: "keys", Type: scim.String, MultiValued: true, Mutability: scim.Immutable},
		{Name: "emails", Type: scim.Complex, MultiValued: true, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String},
			{Name: "display", Type: scim.String},
			{Name: "type", Type: scim.String},
			{Name: "primary", Type: scim.Boolean},
		}},
		{Name: "phoneNumbers", Type: scim.Complex, MultiValued: true, Lenient: true, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String, Required: true},
			{Name: "type", Type: scim.String},
			{Name: "primary", Type: scim.Boolean},
		}},
		{Name: "addresses", Type: scim.Complex, MultiValued: true, SubAttributes: []scim.Attribute{
			{Name: "formatted", Type: scim.String},
			{Name: "streetAddress", Type: scim.String},
			{Name: "locality", Type: scim.String},
			{Name: "region", Type: scim.String},
			{Name: "postalCode", Type: scim.String},
			{Name: "country", Type: scim.String},
			{Name: "type", Type: scim.String},
			{Name: "primary", Type: scim.Boolean},
		}},
		{Name: "roles", Type: scim.Complex, MultiValued: true, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String, Required: true, CaseExact: true},
			{Name: "display", Type: scim.String, Mutability: scim.ReadOnly},
			{Name: "type", Type: scim.String},
			{Name: "primary", Type: scim.Boolean},
			{Name: "$ref", Type: scim.Reference, CaseExact: true, Mutability: scim.ReadOnly},
		}},
		{Name: "members", Type: scim.Complex, MultiValued: true, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String, Required: true, CaseExact: true, Mutability: scim.Immutable},
			{Name: "display", Type: scim.String},
			{Name: "displayName", Type: scim.String},
			{Name: "$ref", Type: scim.Reference, CaseExact: true},
		}},
	}},
	Extensions: []*scim.Schema{{ID: enterpriseURN, Attributes: []scim.Attribute{
		{Name: "employeeNumber", Type: scim.String},
		{Name: "manager", Type: scim.Complex, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String},
			{Name: "displayName", Type: scim.String, Mutability: scim.ReadOnly},
		}},
	}}},
}

// roles are those of the service.
var roles = &scim.ResourceType{
	Name: "Role",
	Schema: &scim.Schema{ID: roleURN, Attributes: []scim.Attribute{
		{Name: "name", Type: scim.String, Required: true, Uniqueness: scim.UniqueServer},
		{Name: "description", Type: scim.String},
		{Name: "updatePermissionSet", Type: scim.Boolean},
	}},
	Extensions: []*scim.Schema{{ID: roleExtensionURN, Attributes: []scim.Attribute{
		{Name: "permissionSets", Type: scim.Complex, MultiValued: true, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String, Required: true, CaseExact: true},
			{Name: "display", Type: scim.String, Mutability: scim.ReadOnly},
			{Name: "$ref", Type: scim.Reference, CaseExact: true, Mutability: scim.ReadOnly, ReferenceTypes: []string{"PermissionSet"}},
		}},
		{Name: "builtIn", Type: scim.Boolean, Mutability: scim.ReadOnly},
	}}},
}
