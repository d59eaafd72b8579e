package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// probeName is the probe's as a principal, and begins the ids of its roles.
const probeName = "probe"

// probe creates roles to see when the configured set names them.
type probe struct {
	*client
	created int
}

// create creates a role, however often it takes, and returns its id.
func (p *probe) create(ctx context.Context) (string, error) {
	p.created++
	id := fmt.Sprint("PROBE-", p.created)
	o := &operation{method: http.MethodPost, path: "/Roles", body: object{"id": id, "name": id}}
	return id, p.run.until(ctx, "a role can be created", func() bool {
		a := p.send(o)
		return a.status == http.StatusCreated || a.status == http.StatusConflict
	})
}

// isNamed tells whether an item of the configured set names a role.
func (p *probe) isNamed(id string) bool {
	a := p.send(&operation{method: http.MethodGet, path: "/PermissionSets/" + configuredSet})
	var s setBody
	return a.status == http.StatusOK && a.decode(&s) == nil && slices.Contains(s.items()["M_U_ROLES"], id)
}
