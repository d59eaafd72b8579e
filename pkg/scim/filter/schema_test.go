package filter_test

import "github.com/rolecall/rolecall/pkg/scim"

const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// users have an attribute of every type, and those of the RFC's examples.
var users = &scim.ResourceType{
	Name: "User",
	Schema: &scim.Schema{ID: userURN, Attributes: []scim.Attribute{
		{Name: "userName", Type: scim.String, Required: true},
		{Name: "name", Type: scim.Complex, SubAttributes: []scim.Attribute{
			{Name: "familyName", Type: scim.String},
			{Name: "givenName", Type: scim.String},
		}},
		{Name: "displayName", Type: scim.String},
		{Name: "title", Type: scim.String},
		{Name: "userType", Type: scim.String},
		{Name: "active", Type: scim.Boolean},
		{Name: "age", Type: scim.Integer},
		{Name: "weight", Type: scim.Decimal},
		{Name: "code", Type: scim.String, CaseExact: true},
		{Name: "photo", Type: scim.Binary},
		{Name: "password", Type: scim.String, Mutability: scim.WriteOnly, Returned: scim.ReturnedNever},
		{Name: "tags", Type: scim.String, MultiValued: true},
		emails("emails"),
		emails("ims"),
	}},
	Extensions: []*scim.Schema{{ID: enterpriseURN, Attributes: []scim.Attribute{
		{Name: "employeeNumber", Type: scim.String},
		{Name: "manager", Type: scim.Complex, SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String},
			{Name: "$ref", Type: scim.Reference},
			{Name: "displayName", Type: scim.String, Mutability: scim.ReadOnly},
		}},
	}}},
}

func emails(name string) scim.Attribute {
	return scim.Attribute{Name: name, Type: scim.Complex, MultiValued: true, SubAttributes: []scim.Attribute{
		{Name: "value", Type: scim.String},
		{Name: "type", Type: scim.String},
		{Name: "primary", Type: scim.Boolean},
		{Name: "since", Type: scim.DateTime},
	}}
}
