package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
)

// ReplaceRole answers PUT /Roles/{id} (RFC 7644 section 3.5.1). On the tenant
// surface, attributes that are left out keep their value (HID).
func ReplaceRole(d Dependencies) http.Handler {
	return d.handler(http.MethodPut, roleEndpoint, replaceRole{d}.run)
}

type replaceRole struct{ Dependencies }

func (o replaceRole) run(ctx context.Context, c *call) (*response, error) {
	object, err := c.decodeReplacement(roleResourceType)
	if err != nil {
		return nil, err
	}
	return o.changeRole(ctx, c, func(old role.Role) (role.Role, error) {
		if c.surface.mergingPut {
			return mergeRole(old, object), nil
		}
		return roleOf(object, c.id), nil
	})
}

// mergeRole returns the role with what the object has.
func mergeRole(old role.Role, object scim.Object) role.Role {
	merged := roleOf(object, old.ID)
	if _, sent := object["externalId"]; !sent {
		merged.ExternalID = old.ExternalID
	}
	if _, sent := object["name"]; !sent {
		merged.Name = old.Name
	}
	if _, sent := object["description"]; !sent {
		merged.Description = old.Description
	}
	if _, sent := object["updatePermissionSet"]; !sent {
		merged.UpdatePermissionSet = old.UpdatePermissionSet
	}
	if _, sent := object.Object(roleExtensionURN)["permissionSets"]; !sent {
		merged.PermissionSets = old.PermissionSets
	}
	return merged
}
