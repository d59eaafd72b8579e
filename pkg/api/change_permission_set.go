package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
)

// changePermissionSet changes the set at the path as change says, and answers
// with the whole set.
func (d Dependencies) changePermissionSet(ctx context.Context, c *call, change func(old permission.Set) (permission.Set, error)) (*response, error) {
	grants, err := d.requireSetWriter(ctx, c)
	if err != nil {
		return nil, err
	}
	current := readAnew(grants, func() (*auth.Grants, error) { return d.requireSetWriter(ctx, c) })
	changed, err := d.PermissionSets.UpdatePermissionSet(ctx, c.tenant(), c.actor(), c.id, func(old permission.Set) (wanted permission.Set, proof resource.Proof, err error) {
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
		if err := wanted.Validate(); err != nil {
			return wanted, proof, err
		}
		proof, err = grants.KeepsPowerWithSet(old, wanted.Items)
		return wanted, proof, err
	})
	if err != nil {
		return nil, err
	}
	body := c.permissionSetResource(&changed)
	return &response{status: http.StatusOK, version: changed.Version, contentLocation: body.Meta.Location, body: body}, nil
}

// requireSetWriter refuses callers who may not write permission sets.
func (d Dependencies) requireSetWriter(ctx context.Context, c *call) (*auth.Grants, error) {
	grants, err := auth.LoadGrants(ctx, d.Grants, c.Caller)
	if err != nil {
		return nil, err
	}
	return grants, grants.Require(permission.WritePermissionSet)
}
