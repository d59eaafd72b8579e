package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/patch"
)

// PatchUser answers PATCH /Users/{id} (RFC 7644 section 3.5.2) with the whole
// user.
func PatchUser(d Dependencies) http.Handler {
	return d.handler(http.MethodPatch, userEndpoint, patchUser{d}.run)
}

type patchUser struct{ Dependencies }

func (o patchUser) run(ctx context.Context, c *call) (*response, error) {
	request, options, err := c.decodePatch()
	if err != nil {
		return nil, err
	}
	return o.changeUser(ctx, c, func(old scim.Object, known map[string]role.Role) (scim.Object, error) {
		named := request
		if c.surface.rolesByName {
			if named, err = o.nameRoles(ctx, c, request, known); err != nil {
				return nil, err
			}
		}
		object, changed, err := patch.Apply(old, named, userResourceType, options)
		if err != nil || !changed {
			return old, err
		}
		return object, nil
	})
}
