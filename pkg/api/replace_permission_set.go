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

// changePermissionSet changes the set at the path as change says, and answers
// with the whole set.
func (d Dependencies) changePermissionSet(ctx context.Context, c *call, change func(old permission.Set) (permission.Set, error)) (*response, error) {
	if err := d.requireSetWriter(ctx, c); err != nil {
		return nil, err
	}
	changed, err := d.PermissionSets.UpdatePermissionSet(ctx, c.tenant(), c.actor(), c.id, func(old permission.Set) (permission.Set, error) {
		if err := c.checkWrite(old.Version); err != nil {
			return permission.Set{}, err
		}
		wanted, err := change(old)
		if err != nil {
			return permission.Set{}, err
		}
		return wanted, wanted.Validate()
	})
	if err != nil {
		return nil, err
	}
	body := c.permissionSetResource(&changed)
	return &response{status: http.StatusOK, version: changed.Version, contentLocation: body.Meta.Location, body: body}, nil
}
