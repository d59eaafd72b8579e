package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
)

// CreateRole answers POST /Roles (RFC 7644 section 3.3).
func CreateRole(d Dependencies) http.Handler {
	return d.handler(http.MethodPost, rolesEndpoint, createRole{d}.run)
}

type createRole struct{ Dependencies }

func (o createRole) run(ctx context.Context, c *call) (*response, error) {
	wanted, err := c.decodeRole()
	if err != nil {
		return nil, err
	}
	if err := o.authorize(ctx, c, &wanted); err != nil {
		return nil, err
	}
	if wanted.ID == "" {
		wanted.ID = o.NewID()
	}
	if err := o.check(ctx, c, &wanted); err != nil {
		return nil, err
	}
	// Whatever the answer needs is read first: once the role is stored, nothing may fail.
	names, err := o.permissionSetNames(ctx, c, wanted)
	if err != nil {
		return nil, err
	}
	created, err := o.Roles.CreateRole(ctx, c.tenant(), c.actor(), wanted)
	if err != nil {
		return nil, err
	}
	body := c.roleResource(&created, names)
	return &response{status: http.StatusCreated, version: created.Version, location: body.Meta.Location, body: body}, nil
}

// decodeRole reads the body of a create request. The id is empty when the
// service is to choose one.
func (c *call) decodeRole() (role.Role, error) {
	object, err := c.decodeResource(roleResourceType)
	if err != nil {
		return role.Role{}, err
	}
	id, _ := object.String("id")
	return roleOf(object, id), nil
}

// roleOf makes a role of what a client sent. Attributes that are left out get
// their defaults.
func roleOf(object scim.Object, id string) role.Role {
	r := role.Role{ID: id, UpdatePermissionSet: true}
	r.ExternalID, _ = object.String("externalId")
	r.Name, _ = object.String("name")
	r.Description, _ = object.String("description")
	if value, ok := object.Bool("updatePermissionSet"); ok {
		r.UpdatePermissionSet = value
	}
	for _, value := range object.Object(roleExtensionURN).Values("permissionSets") {
		reference, _ := value.(scim.Object)
		set, _ := reference.String("value")
		r.PermissionSets = append(r.PermissionSets, set)
	}
	slices.Sort(r.PermissionSets)
	r.PermissionSets = slices.Compact(r.PermissionSets)
	return r
}

func (o createRole) authorize(ctx context.Context, c *call, wanted *role.Role) error {
	grants, err := auth.LoadGrants(ctx, o.Grants, c.Caller)
	if err != nil {
		return err
	}
	if err := grants.RequireOver(ctx, permission.CreateRole, wanted.ID); err != nil {
		return err
	}
	if len(wanted.PermissionSets) > 0 {
		return grants.Require(permission.WritePermissionSet)
	}
	return nil
}

// check decides whether the role may be created as it is wanted.
func (o createRole) check(ctx context.Context, c *call, wanted *role.Role) error {
	if err := wanted.Validate(); err != nil {
		return err
	}
	if err := c.checkCreate(); err != nil {
		return err
	}
	if !wanted.UpdatePermissionSet {
		return nil
	}
	return o.checkConfiguredSetTakesRoles(ctx, c)
}
