package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/scim"
)

// CreatePermissionSet answers POST /PermissionSets (RFC 7644 section 3.3).
func CreatePermissionSet(d Dependencies) http.Handler {
	return d.handler(http.MethodPost, permissionSetsEndpoint, createPermissionSet{d}.run)
}

type createPermissionSet struct{ Dependencies }

func (o createPermissionSet) run(ctx context.Context, c *call) (*response, error) {
	object, err := c.decodeResource(permissionSetResourceType)
	if err != nil {
		return nil, err
	}
	if _, err := o.requireSetWriter(ctx, c); err != nil {
		return nil, err
	}
	id, _ := object.String("id")
	if id == "" {
		id = o.NewID()
	}
	wanted := permissionSetOf(object, id)
	if err := wanted.Validate(); err != nil {
		return nil, err
	}
	if err := c.checkCreate(); err != nil {
		return nil, err
	}
	created, err := o.PermissionSets.CreatePermissionSet(ctx, c.tenant(), c.actor(), wanted)
	if err != nil {
		return nil, err
	}
	body := c.permissionSetResource(&created)
	return &response{status: http.StatusCreated, version: created.Version, location: body.Meta.Location, body: body}, nil
}

// permissionSetOf makes a permission set of what a client sent.
func permissionSetOf(object scim.Object, id string) permission.Set {
	set := permission.Set{ID: id}
	set.ExternalID, _ = object.String("externalId")
	set.Name, _ = object.String("name")
	for _, value := range object.Values("permissionSetItems") {
		sent, _ := value.(scim.Object)
		code, _ := sent.String("id")
		item := permission.Item{Permission: permission.Code(code)}
		if parameter, limited := sent.String("parameter"); limited {
			item.Limited, item.Roles = true, permission.ParseParameter(parameter)
		}
		set.Items = append(set.Items, item)
	}
	return set
}
