package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/permission"
)

// DeletePermissionSet answers DELETE /PermissionSets/{id} (RFC 7644 section
// 3.6).
func DeletePermissionSet(d Dependencies) http.Handler {
	return d.handler(http.MethodDelete, permissionSetEndpoint, deletePermissionSet{d}.run)
}

type deletePermissionSet struct{ Dependencies }

func (o deletePermissionSet) run(ctx context.Context, c *call) (*response, error) {
	if _, err := o.requireSetWriter(ctx, c); err != nil {
		return nil, err
	}
	err := o.PermissionSets.DeletePermissionSet(ctx, c.tenant(), c.actor(), c.id, func(s permission.Set) error { return c.checkWrite(s.Version) })
	if err != nil {
		return nil, err
	}
	return &response{status: http.StatusNoContent}, nil
}
