package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
)

// DeleteRole answers DELETE /Roles/{id} (RFC 7644 section 3.6).
func DeleteRole(d Dependencies) http.Handler {
	return d.handler(http.MethodDelete, roleEndpoint, deleteRole{d}.run)
}

type deleteRole struct{ Dependencies }

func (o deleteRole) run(ctx context.Context, c *call) (*response, error) {
	grants, err := auth.LoadGrants(ctx, o.Grants, c.Caller)
	if err != nil {
		return nil, err
	}
	if err := grants.RequireOver(ctx, permission.DeleteRole, c.id); err != nil {
		return nil, err
	}
	err = o.Roles.DeleteRole(ctx, c.tenant(), c.actor(), c.id, func(r role.Role) error {
		if r.BuiltIn {
			return role.ErrBuiltIn
		}
		if err := grants.KeepsPowerWithRole(r.ID, nil); err != nil {
			return err
		}
		return c.checkWrite(r.Version)
	})
	if err != nil {
		return nil, err
	}
	return &response{status: http.StatusNoContent}, nil
}
