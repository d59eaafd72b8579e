package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/permission"
)

// ReplacePermissionSet answers PUT /PermissionSets/{id} (RFC 7644 section
// 3.5.1), and POST to the same path, which means the same (HID). On the tenant
// surface, attributes that are left out keep their value (HID).
func ReplacePermissionSet(d Dependencies) http.Handler {
	put := d.handler(http.MethodPut, permissionSetEndpoint, replacePermissionSet{d}.run)
	post := d.handler(http.MethodPost, permissionSetEndpoint, replacePermissionSet{d}.run)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			post.ServeHTTP(w, r)
			return
		}
		put.ServeHTTP(w, r)
	})
}

type replacePermissionSet struct{ Dependencies }

func (o replacePermissionSet) run(ctx context.Context, c *call) (*response, error) {
	object, err := c.decodeReplacement(permissionSetResourceType)
	if err != nil {
		return nil, err
	}
	return o.changePermissionSet(ctx, c, func(old permission.Set) (permission.Set, error) {
		wanted := permissionSetOf(object, old.ID)
		if _, sent := object["externalId"]; !sent && c.surface.mergingPut {
			wanted.ExternalID = old.ExternalID
		}
		if _, sent := object["name"]; !sent && c.surface.mergingPut {
			wanted.Name = old.Name
		}
		if _, sent := object["permissionSetItems"]; !sent && c.surface.mergingPut {
			wanted.Items = old.Items
		}
		return wanted, nil
	})
}
