package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/patch"
)

// PatchRole answers PATCH /Roles/{id} (RFC 7644 section 3.5.2) with the whole
// role.
func PatchRole(d Dependencies) http.Handler {
	return d.handler(http.MethodPatch, roleEndpoint, patchRole{d}.run)
}

type patchRole struct{ Dependencies }

func (o patchRole) run(ctx context.Context, c *call) (*response, error) {
	request, options, err := c.decodePatch()
	if err != nil {
		return nil, err
	}
	return o.changeRole(ctx, c, func(old role.Role) (role.Role, error) {
		object, changed, err := patch.Apply(roleObject(&old), request, roleResourceType, options)
		if err != nil || !changed {
			return old, err
		}
		return roleOf(object, old.ID), nil
	})
}

// roleObject is what a PATCH is applied to.
func roleObject(r *role.Role) scim.Object {
	object := scim.Object{"id": r.ID, "name": r.Name, "updatePermissionSet": r.UpdatePermissionSet}
	if r.ExternalID != "" {
		object["externalId"] = r.ExternalID
	}
	if r.Description != "" {
		object["description"] = r.Description
	}
	extension := scim.Object{"builtIn": r.BuiltIn}
	if len(r.PermissionSets) > 0 {
		sets := make([]any, len(r.PermissionSets))
		for i, id := range r.PermissionSets {
			sets[i] = scim.Object{"value": id}
		}
		extension["permissionSets"] = sets
	}
	object[roleExtensionURN] = extension
	return object
}
