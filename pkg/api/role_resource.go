package api

import (
	"context"
	"slices"

	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
)

// roleResource is a role as clients see it.
type roleResource struct {
	Schemas             []string       `json:"schemas"`
	ID                  string         `json:"id"`
	ExternalID          string         `json:"externalId,omitempty"`
	Meta                scim.Meta      `json:"meta"`
	Name                string         `json:"name"`
	Description         string         `json:"description,omitempty"`
	UpdatePermissionSet bool           `json:"updatePermissionSet"`
	Members             []roleMember   `json:"members,omitempty"`
	Extension           *roleExtension `json:"urn:rolecall:params:scim:schemas:extension:2.0:Role,omitempty"`
}

type roleExtension struct {
	PermissionSets    []permissionSetReference `json:"permissionSets,omitempty"`
	BuiltIn           bool                     `json:"builtIn"`
	MembersNextCursor string                   `json:"membersNextCursor,omitempty"`
}

type permissionSetReference struct {
	Value   string `json:"value"`
	Display string `json:"display,omitempty"`
	Ref     string `json:"$ref"`
}

var (
	roleSchemas         = []string{roleURN}
	extendedRoleSchemas = []string{roleURN, roleExtensionURN}
)

// roleResource writes a role. names holds the names of the permission sets
// that it grants.
func (c *call) roleResource(r *role.Role, names map[string]string) *roleResource {
	resource := &roleResource{
		Schemas:             schemasOf(r),
		ID:                  r.ID,
		ExternalID:          r.ExternalID,
		Meta:                c.meta("Role", r.Meta, c.location(roleEndpoint, r.ID)),
		Name:                r.Name,
		Description:         r.Description,
		UpdatePermissionSet: r.UpdatePermissionSet,
	}
	if isExtended(r) {
		resource.Extension = &roleExtension{PermissionSets: c.permissionSetReferences(r.PermissionSets, names), BuiltIn: r.BuiltIn}
	}
	return resource
}

// isExtended says whether a role has attributes of the extension.
func isExtended(r *role.Role) bool { return r.BuiltIn || len(r.PermissionSets) > 0 }

func schemasOf(r *role.Role) []string {
	if isExtended(r) {
		return extendedRoleSchemas
	}
	return roleSchemas
}

func (c *call) permissionSetReferences(ids []string, names map[string]string) []permissionSetReference {
	references := make([]permissionSetReference, len(ids))
	for i, id := range ids {
		references[i] = permissionSetReference{Value: id, Display: names[id], Ref: c.location(permissionSetEndpoint, id)}
	}
	return references
}

// permissionSetNames reads the names of all sets that the roles grant, at
// once.
func (d *Dependencies) permissionSetNames(ctx context.Context, c *call, roles ...role.Role) (map[string]string, error) {
	var ids []string
	for i := range roles {
		ids = append(ids, roles[i].PermissionSets...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	slices.Sort(ids)
	return d.PermissionSets.PermissionSetNames(ctx, c.tenant(), slices.Compact(ids))
}
