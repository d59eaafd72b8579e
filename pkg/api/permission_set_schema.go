package api

import "github.com/rolecall/rolecall/pkg/scim"

var permissionSetResourceType = &scim.ResourceType{
	Name:        "PermissionSet",
	Description: "Sets of permissions that roles grant.",
	Endpoint:    "/PermissionSets",
	Schema:      permissionSetSchema,
}

var permissionSetSchema = &scim.Schema{
	ID:          permissionSetURN,
	Name:        "PermissionSet",
	Description: "A permission set of a tenant.",
	Attributes: []scim.Attribute{
		{
			Name: "name", Type: scim.String, Required: true,
			Description: "Name of the permission set, 1 to 256 characters.",
		},
		{
			Name: "permissionSetItems", Type: scim.Complex, MultiValued: true,
			Description: "The permissions of the set, up to 100, each of them once.",
			SubAttributes: []scim.Attribute{
				{
					Name: "schemas", Type: scim.Reference, MultiValued: true, CaseExact: true, Mutability: scim.ReadOnly, ReferenceTypes: []string{"uri"},
					Description: "The URN " + permissionSetItemURN + ".",
				},
				{
					Name: "id", Type: scim.String, Required: true, CaseExact: true,
					Description: "Code of the permission.",
				},
				{
					Name: "parameter", Type: scim.String, CaseExact: true,
					Description: "Codes of the roles that the permission is limited to, joined by pipes. A permission without it is not limited.",
				},
			},
		},
	},
}
