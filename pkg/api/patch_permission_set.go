package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/patch"
)

// PatchPermissionSet answers PATCH /PermissionSets/{id} (RFC 7644 section
// 3.5.2) with the whole set.
func PatchPermissionSet(d Dependencies) http.Handler {
	return d.handler(http.MethodPatch, permissionSetEndpoint, patchPermissionSet{d}.run)
}

type patchPermissionSet struct{ Dependencies }

func (o patchPermissionSet) run(ctx context.Context, c *call) (*response, error) {
	request, options, err := c.decodePatch()
	if err != nil {
		return nil, err
	}
	return o.changePermissionSet(ctx, c, func(old permission.Set) (permission.Set, error) {
		object, changed, err := patch.Apply(permissionSetObject(&old), request, permissionSetResourceType, options)
		if err != nil || !changed {
			return old, err
		}
		return permissionSetOf(object, old.ID), nil
	})
}

// permissionSetObject is what a PATCH is applied to.
func permissionSetObject(s *permission.Set) scim.Object {
	object := scim.Object{"id": s.ID, "name": s.Name}
	if s.ExternalID != "" {
		object["externalId"] = s.ExternalID
	}
	items := make([]any, len(s.Items))
	for i := range s.Items {
		item := scim.Object{"id": string(s.Items[i].Permission)}
		if s.Items[i].Limited {
			item["parameter"] = s.Items[i].Parameter()
		}
		items[i] = item
	}
	if len(items) > 0 {
		object["permissionSetItems"] = items
	}
	return object
}
