package api

import (
	"context"
	"maps"
	"net/http"

	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
)

// ReplaceUser answers PUT /Users/{id} (RFC 7644 section 3.5.1). On the tenant
// surface, attributes that are left out keep their value (HID); on the other,
// only active does, so that nobody is let in again by an oversight.
func ReplaceUser(d Dependencies) http.Handler {
	return d.handler(http.MethodPut, userEndpoint, replaceUser{d}.run)
}

type replaceUser struct{ Dependencies }

func (o replaceUser) run(ctx context.Context, c *call) (*response, error) {
	object, err := c.decodeReplacement(userResourceType)
	if err != nil {
		return nil, err
	}
	return o.changeUser(ctx, c, func(old scim.Object, _ map[string]role.Role) (scim.Object, error) {
		if c.surface.mergingPut {
			return mergeObjects(old, object), nil
		}
		return object, nil
	})
}

// mergeObjects returns old with what sent has. What has sub-attributes and one
// value keeps those that are left out.
func mergeObjects(old, sent scim.Object) scim.Object {
	merged := maps.Clone(old)
	for name, value := range sent {
		if complex, ok := value.(scim.Object); ok && old.Object(name) != nil {
			value = mergeObjects(old.Object(name), complex)
		}
		merged[name] = value
	}
	return merged
}
