package api

import "github.com/rolecall/rolecall/pkg/scim"

// URNs of the schemas of users (RFC 7643 sections 4.1 and 4.3).
const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

var userResourceType = &scim.ResourceType{
	Name:        "User",
	Description: "Users, and the roles that they hold.",
	Endpoint:    "/Users",
	Schema:      userSchema,
	Extensions:  []*scim.Schema{enterpriseSchema},
}

var userSchema = &scim.Schema{
	ID:          userURN,
	Name:        "User",
	Description: "A user of a tenant.",
	Attributes: []scim.Attribute{
		{
			Name: "userName", Type: scim.String, Required: true, Uniqueness: scim.UniqueServer,
			Description: "Name of the user, 1 to 256 characters, unique in the tenant without regard to case.",
		},
		{
			Name: "name", Type: scim.Complex,
			Description: "The parts of the user's name.",
			SubAttributes: []scim.Attribute{
				{Name: "formatted", Type: scim.String, Description: "The whole name, as it is to be shown."},
				{Name: "familyName", Type: scim.String, Description: "The family name."},
				{Name: "givenName", Type: scim.String, Description: "The given name."},
				{Name: "middleName", Type: scim.String, Description: "The middle names."},
				{Name: "honorificPrefix", Type: scim.String, Description: "What stands before the name, such as Dr."},
				{Name: "honorificSuffix", Type: scim.String, Description: "What stands behind the name, such as III."},
			},
		},
		{Name: "displayName", Type: scim.String, Description: "The name by which the user is shown."},
		{Name: "title", Type: scim.String, Description: "The user's title, such as Vice President."},
		{Name: "userType", Type: scim.String, Description: "What the user is to the organization, such as Contractor."},
		{Name: "locale", Type: scim.String, Description: "Where the user is, for currencies and dates, such as en-US."},
		{Name: "timezone", Type: scim.String, Description: "The user's time zone, such as Europe/Vienna."},
		{
			Name: "active", Type: scim.Boolean, Lenient: true,
			Description: "Whether the user may do anything. True if left out when the user is created.",
		},
		severalValues("emails", "Email addresses.", "An email address. Addresses are compared without regard to case.", "work", "home", "other"),
		severalValues("phoneNumbers", "Phone numbers.", "A phone number.", "work", "home", "mobile", "fax", "pager", "other"),
		severalValues("entitlements", "What the user has been granted elsewhere; it grants nothing here.", "An entitlement."),
		{
			Name: "roles", Type: scim.Complex, MultiValued: true, Lenient: true,
			Description: "The roles that the user holds.",
			SubAttributes: []scim.Attribute{
				{
					Name: "value", Type: scim.String, Required: true, CaseExact: true,
					Description: "Id of the role. At /scim/v2, the role's name is accepted, too.",
				},
				{Name: "display", Type: scim.String, Mutability: scim.ReadOnly, Description: "Name of the role."},
				{Name: "type", Type: scim.String, Description: "What clients use to tell roles apart."},
				{Name: "primary", Type: scim.Boolean, Lenient: true, Description: "Whether this is the user's main role."},
				{
					Name: "$ref", Type: scim.Reference, CaseExact: true, Mutability: scim.ReadOnly, ReferenceTypes: []string{"Role"},
					Description: "URL of the role.",
				},
			},
		},
	},
}

// severalValues defines an attribute with the usual sub-attributes (RFC 7643
// section 2.4).
func severalValues(name, description, value string, types ...string) scim.Attribute {
	return scim.Attribute{
		Name: name, Type: scim.Complex, MultiValued: true, Lenient: true,
		Description: description,
		SubAttributes: []scim.Attribute{
			{Name: "value", Type: scim.String, Required: true, Description: value},
			{Name: "display", Type: scim.String, Description: "How the value is to be shown."},
			{Name: "type", Type: scim.String, CanonicalValues: types, Description: "What kind of value it is."},
			{Name: "primary", Type: scim.Boolean, Lenient: true, Description: "Whether this is the main value. At most one is."},
		},
	}
}

var enterpriseSchema = &scim.Schema{
	ID:          enterpriseURN,
	Name:        "EnterpriseUser",
	Description: "What an enterprise knows of a user.",
	Attributes: []scim.Attribute{
		{Name: "employeeNumber", Type: scim.String, Description: "The number by which the organization knows the user."},
		{Name: "costCenter", Type: scim.String, Description: "The cost center."},
		{Name: "organization", Type: scim.String, Description: "The organization."},
		{Name: "division", Type: scim.String, Description: "The division."},
		{Name: "department", Type: scim.String, Description: "The department."},
		{
			Name: "manager", Type: scim.Complex, Lenient: true,
			Description: "The user's manager.",
			SubAttributes: []scim.Attribute{
				{Name: "value", Type: scim.String, CaseExact: true, Description: "Id of the manager."},
				{
					Name: "$ref", Type: scim.Reference, CaseExact: true, Mutability: scim.ReadOnly, ReferenceTypes: []string{"User"},
					Description: "URL of the manager.",
				},
				{Name: "displayName", Type: scim.String, Description: "Name of the manager."},
			},
		},
	},
}
