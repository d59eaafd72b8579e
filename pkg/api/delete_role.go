package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

// DeleteRole answers DELETE /Roles/{id} (RFC 7644 section 3.6).
func DeleteRole(d Dependencies) http.Handler {
	return d.handler(http.MethodDelete, roleEndpoint, deleteRole{d}.run)
}

type deleteRole struct{ Dependencies }

func (o deleteRole) run(ctx context.Context, c *call) (*response, error) {
	grants, err := o.requireOver(ctx, c, permission.DeleteRole)
	if err != nil {
		return nil, err
	}
	var proof resource.Proof
	current := readAnew(grants, func() (*auth.Grants, error) { return o.requireOver(ctx, c, permission.DeleteRole) })
	err = o.Roles.DeleteRole(ctx, c.tenant(), c.actor(), c.id, func(r role.Role) error {
		grants, err := current()
		if err != nil {
			return err
		}
		if r.BuiltIn {
			return role.ErrBuiltIn
		}
		if err := c.checkWrite(r.Version); err != nil {
			return err
		}
		proof, err = grants.KeepsPowerWithRole(ctx, r, nil)
		return err
	}, &proof)
	if err != nil {
		return nil, err
	}
	return &response{status: http.StatusNoContent}, nil
}
