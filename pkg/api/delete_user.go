package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/user"
)

// DeleteUser answers DELETE /Users/{id} (RFC 7644 section 3.6). BeyondTrust clients
// disable users and never delete them.
func DeleteUser(d Dependencies) http.Handler {
	return d.handler(http.MethodDelete, userEndpoint, deleteUser{d}.run)
}

type deleteUser struct{ Dependencies }

func (o deleteUser) run(ctx context.Context, c *call) (*response, error) {
	if c.fromManagement() {
		return nil, errNoDelete
	}
	grants, err := o.authorize(ctx, c)
	if err != nil {
		return nil, err
	}
	current := readAnew(grants, func() (*auth.Grants, error) { return o.authorize(ctx, c) })
	err = o.Users.DeleteUser(ctx, c.tenant(), c.actor(), c.id, func(u user.User) (resource.Proof, error) {
		grants, err := current()
		if err != nil {
			return resource.Proof{}, err
		}
		if err := c.checkWrite(u.Version); err != nil {
			return resource.Proof{}, err
		}
		if !u.Active {
			return resource.Proof{}, nil
		}
		return grants.KeepsPowerWithUser(ctx, u.ID, heldRoles(u.Roles), nil)
	})
	if err != nil {
		return nil, err
	}
	return &response{status: http.StatusNoContent}, nil
}

func (o deleteUser) authorize(ctx context.Context, c *call) (*auth.Grants, error) {
	grants, err := auth.LoadGrants(ctx, o.Grants, c.Caller)
	if err != nil {
		return nil, err
	}
	return grants, grants.Require(permission.DeleteUser)
}
