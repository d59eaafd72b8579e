package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
)

// changeRole changes the role at the path as change says, and answers with the
// whole role.
func (d Dependencies) changeRole(ctx context.Context, c *call, change func(old role.Role) (role.Role, error)) (*response, error) {
	grants, err := d.requireOver(ctx, c, permission.ChangeRole)
	if err != nil {
		return nil, err
	}
	var names map[string]string
	current := readAnew(grants, func() (*auth.Grants, error) { return d.requireOver(ctx, c, permission.ChangeRole) })
	changed, err := d.Roles.UpdateRole(ctx, c.tenant(), c.actor(), c.id, func(old role.Role) (wanted role.Role, proof resource.Proof, err error) {
		grants, err := current()
		if err != nil {
			return wanted, proof, err
		}
		if err := c.checkWrite(old.Version); err != nil {
			return wanted, proof, err
		}
		if wanted, err = change(old); err != nil {
			return wanted, proof, err
		}
		if proof, err = d.checkRoleChange(ctx, c, grants, &old, &wanted); err != nil {
			return wanted, proof, err
		}
		// Whatever the answer needs is read first: once the role is stored, nothing may fail.
		names, err = d.permissionSetNames(ctx, c, wanted)
		return wanted, proof, err
	})
	if err != nil {
		return nil, err
	}
	body := c.roleResource(&changed, names)
	return &response{status: http.StatusOK, version: changed.Version, contentLocation: body.Meta.Location, body: body}, nil
}

// requireOver refuses callers who lack a permission over the role at the path.
func (d Dependencies) requireOver(ctx context.Context, c *call, code permission.Code) (*auth.Grants, error) {
	grants, err := auth.LoadGrants(ctx, d.Grants, c.Caller)
	if err != nil {
		return nil, err
	}
	return grants, grants.RequireOver(ctx, code, c.id)
}

// checkRoleChange decides whether a role may become another, and returns what
// that rests on.
func (d Dependencies) checkRoleChange(ctx context.Context, c *call, grants *auth.Grants, old, wanted *role.Role) (proof resource.Proof, err error) {
	if old.BuiltIn && (wanted.ExternalID != old.ExternalID || wanted.Name != old.Name || wanted.Description != old.Description || wanted.UpdatePermissionSet != old.UpdatePermissionSet) {
		return proof, scim.Errorf(http.StatusBadRequest, scim.NotMutable, "The role %s is built in: only its permissionSets can be changed.", old.ID).WithCode(scim.CodeUnsupported)
	}
	if err := wanted.Validate(); err != nil {
		return proof, err
	}
	if !slices.Equal(old.PermissionSets, wanted.PermissionSets) {
		if err := grants.Require(permission.WritePermissionSet); err != nil {
			return proof, err
		}
		if proof, err = grants.KeepsPowerWithRole(ctx, *old, wanted.PermissionSets); err != nil {
			return proof, err
		}
	}
	if wanted.UpdatePermissionSet && !old.UpdatePermissionSet {
		return proof, d.checkConfiguredSetTakesRoles(ctx, c)
	}
	return proof, nil
}

// checkConfiguredSetTakesRoles refuses a role that is to be a member of a
// configured set that takes no roles.
func (d Dependencies) checkConfiguredSetTakesRoles(ctx context.Context, c *call) error {
	configured, err := d.PermissionSets.ConfiguredPermissionSet(ctx, c.tenant())
	if err != nil {
		return err
	}
	if _, takesRoles := configured.Item(permission.AssignRole); !takesRoles {
		return &resource.ValueError{Attribute: "updatePermissionSet", Problem: resource.Unsupported,
			Detail: "updatePermissionSet cannot be true, because the tenant's configured permission set has no item M_U_ROLES: send false, or add the item first."}
	}
	return nil
}
