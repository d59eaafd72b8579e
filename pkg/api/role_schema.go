package api

import "github.com/rolecall/rolecall/pkg/scim"

// URNs of the schemas of roles. The first is HID's, the second Rolecall's.
const (
	roleURN          = "urn:hid:scim:api:idp:2.0:Role"
	roleExtensionURN = "urn:rolecall:params:scim:schemas:extension:2.0:Role"
)

var roleResourceType = &scim.ResourceType{
	Name:        "Role",
	Description: "Roles that users hold.",
	Endpoint:    "/Roles",
	Schema:      roleSchema,
	Extensions:  []*scim.Schema{roleExtensionSchema},
}

var roleSchema = &scim.Schema{
	ID:          roleURN,
	Name:        "Role",
	Description: "A role of a tenant.",
	Attributes: []scim.Attribute{
		{
			Name: "name", Type: scim.String, Required: true, Uniqueness: scim.UniqueServer,
			Description: "Name of the role, 1 to 256 characters, unique in the tenant without regard to case.",
		},
		{
			Name: "description", Type: scim.String,
			Description: "What the role is for, up to 1024 characters.",
		},
		{
			Name: "updatePermissionSet", Type: scim.Boolean,
			Description: "Whether the role is a member of the tenant's configured permission set. True if left out.",
		},
		{
			Name: "members", Type: scim.Complex, MultiValued: true, Mutability: scim.ReadOnly, Returned: scim.ReturnedRequest,
			Description: "The users who hold the role, in the order of their ids: only with one role that is read, and only if the parameter attributes asks for it. " +
				"They come in pages of up to 100, or count if that is less; the parameter cursor asks for the page behind the one that was answered with it as membersNextCursor. Lists of roles have none.",
			SubAttributes: []scim.Attribute{
				{Name: "value", Type: scim.String, CaseExact: true, Mutability: scim.ReadOnly, Description: "Id of the user."},
				{
					Name: "$ref", Type: scim.Reference, CaseExact: true, Mutability: scim.ReadOnly, ReferenceTypes: []string{"User"},
					Description: "URL of the user.",
				},
				{Name: "display", Type: scim.String, Mutability: scim.ReadOnly, Description: "How the user is shown."},
			},
		},
	},
}

var roleExtensionSchema = &scim.Schema{
	ID:          roleExtensionURN,
	Name:        "RoleExtension",
	Description: "What holding a role grants, and where the role comes from.",
	Attributes: []scim.Attribute{
		{
			Name: "permissionSets", Type: scim.Complex, MultiValued: true,
			Description: "The permission sets that holding the role grants.",
			SubAttributes: []scim.Attribute{
				{
					Name: "value", Type: scim.String, Required: true, CaseExact: true,
					Description: "Id of the permission set.",
				},
				{
					Name: "display", Type: scim.String, Mutability: scim.ReadOnly,
					Description: "Name of the permission set.",
				},
				{
					Name: "$ref", Type: scim.Reference, CaseExact: true, Mutability: scim.ReadOnly, ReferenceTypes: []string{"PermissionSet"},
					Description: "URL of the permission set.",
				},
			},
		},
		{
			Name: "builtIn", Type: scim.Boolean, Mutability: scim.ReadOnly,
			Description: "Whether the role is one of those that every tenant starts with.",
		},
		{
			Name: membersNextCursorName, Type: scim.String, CaseExact: true, Mutability: scim.ReadOnly, Returned: scim.ReturnedRequest,
			Description: "Where members asks for users and there are more of them: the parameter cursor of the next page.",
		},
	},
}
