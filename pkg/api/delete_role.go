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
	current := readAnew(grants, func() (*auth.Grants, error) { return o.requireOver(ctx, c, permission.DeleteRole) })
	err = o.Roles.DeleteRole(ctx, c.tenant(), c.actor(), c.id, func(r role.Role) (resource.Proof, error) {
		grants, err := current()
		if err != nil {
			return resource.Proof{}, err
		}
		if r.BuiltIn {
			return resource.Proof{}, role.ErrBuiltIn
		}
		if err := c.checkWrite(r.Version); err != nil {
			return resource.Proof{}, err
		}
		return grants.KeepsPowerWithRole(ctx, r, nil)
	})
	if err != nil {
		return nil, err
	}
	return &response{status: http.StatusNoContent}, nil
}
