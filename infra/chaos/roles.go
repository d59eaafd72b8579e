package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/audit"
)

const (
	roleURN      = "urn:hid:scim:api:idp:2.0:Role"
	extensionURN = "urn:rolecall:params:scim:schemas:extension:2.0:Role"
	patchURN     = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	nobody       = "NOBODY" // the id of no role or set
)

// returning is how the ids of roles begin that are deleted and created again. No set
// names them, so that it is plain which of them a client meant.
const returning = "-BACK-"

func (c *client) createRole() *operation {
	on, id := c.anySurface(), ""
	if on == tenantSurface {
		id = strings.ToUpper(c.next())
		if c.dice.IntN(3) == 0 {
			id = c.anyReturning(c.dice)
		}
	}
	return c.creatingRole(on, id, c.newRole(""))
}

// creatingRole creates a role with an id, which is empty if the service is to choose one.
func (c *client) creatingRole(on surface, id string, r role) *operation {
	body := r.body()
	if id != "" {
		body["id"] = id
	}
	return &operation{name: "create role", method: http.MethodPost, on: on, path: "/Roles", body: body, retries: c.retries(), expect: func() expectation {
		switch {
		case c.roles[id] != nil || c.nameTaken(r.name, ""):
			return refused(http.StatusConflict)
		case slices.Contains(r.sets, nobody):
			return refused(http.StatusBadRequest)
		}
		return c.toRole(audit.Create, id, span{}, r)
	}}
}

func (c *client) replaceRole() *operation {
	id := c.anyRole()
	r := c.newRole(id)
	match, matches := c.ifMatch(func() span { return exactly(c.roles[id].version) }, c.roles[id] != nil)
	return &operation{
		name: "replace role", method: http.MethodPut, on: c.anySurface(), path: "/Roles/" + id, body: r.body(), ifMatch: match, retries: c.retries(),
		expect: func() expectation { return c.updateRole(id, r, matches) },
	}
}

func (c *client) patchRole() *operation {
	id := c.anyRole()
	r := role{}
	if old := c.roles[id]; old != nil {
		r = *old
	}
	one := object{"op": "replace"}
	switch c.dice.IntN(5) {
	case 0: // as it is
		one["path"], one["value"] = "description", r.description
	case 1:
		r.description = c.next()
		one["path"], one["value"] = "description", r.description
	case 2:
		r.member = !r.member
		one["path"], one["value"] = "updatePermissionSet", r.member
	case 3:
		r.name = c.newRole(id).name
		one["path"], one["value"] = "name", r.name
	default:
		r.sets = someOf(c, ids(c.sets), 2)
		one["path"], one["value"] = extensionURN+":permissionSets", references(r.sets)
	}
	match, matches := c.ifMatch(func() span { return exactly(c.roles[id].version) }, c.roles[id] != nil)
	return &operation{
		name: "patch role", method: http.MethodPatch, on: c.anySurface(), path: "/Roles/" + id, body: patchBody(one), ifMatch: match, retries: c.retries(),
		expect: func() expectation { return c.updateRole(id, r, matches) },
	}
}

// updateRole expects a role to become another.
func (c *client) updateRole(id string, r role, matches func(span) bool) expectation {
	old := c.roles[id]
	switch {
	case old == nil:
		return refused(http.StatusNotFound)
	case !matches(exactly(old.version)):
		return refused(http.StatusPreconditionFailed)
	case old.same(&r):
		return expectation{status: http.StatusOK, version: exactly(old.version), check: func(a *answer) error { return c.checkRole(id, a) }}
	case c.nameTaken(r.name, id):
		return refused(http.StatusConflict)
	case slices.Contains(r.sets, nobody):
		return refused(http.StatusBadRequest)
	}
	return c.toRole(audit.Update, id, exactly(old.version), r)
}

// toRole expects that there is the role afterwards.
func (c *client) toRole(operation, id string, before span, r role) expectation {
	return becomes(change{operation: operation, resourceType: "Role", id: id, before: before, apply: func(id string, version int64) { c.put(id, r, version) }}, c.checkRole)
}

func (c *client) deleteRole() *operation {
	id := c.anyRole()
	match, matches := c.ifMatch(func() span { return exactly(c.roles[id].version) }, c.roles[id] != nil)
	return c.deletingRole(id, match, matches)
}

func (c *client) deletingRole(id, match string, matches func(span) bool) *operation {
	return &operation{
		name: "delete role", method: http.MethodDelete, on: c.anySurface(), path: "/Roles/" + id, ifMatch: match, retries: c.retries(),
		expect: func() expectation {
			old := c.roles[id]
			switch {
			case old == nil:
				return refused(http.StatusNotFound)
			case !matches(exactly(old.version)):
				return refused(http.StatusPreconditionFailed)
			}
			return expectation{change: &change{operation: audit.Delete, resourceType: "Role", id: id, before: exactly(old.version), apply: func(id string, _ int64) { c.delete(id) }}}
		},
	}
}

// freshRole has a name that no other has, and is to be in the configured set.
func (c *client) freshRole() role {
	return role{name: c.name + " Role " + c.next(), description: c.next(), member: true}
}

// newRole makes up what a role is to be; sometimes nothing that it can be, because
// another has the name or there is no such set.
func (c *client) newRole(id string) role {
	r := c.freshRole()
	r.member, r.sets = c.dice.IntN(3) > 0, someOf(c, ids(c.sets), 2)
	switch others := ids(c.roles); {
	case c.dice.IntN(8) == 0 && len(others) > 0: // its own name, perhaps
		r.name = strings.ToUpper(c.roles[pick(c.dice, others...)].name)
	case c.dice.IntN(6) == 0 && len(c.freed) > 0:
		r.name = pick(c.dice, c.freed...)
	case c.dice.IntN(25) == 0:
		r.sets = []string{nobody}
	case c.roles[id] != nil && c.dice.IntN(3) > 0:
		r.name = c.roles[id].name
	}
	return r
}

func (c *client) getRole() *operation {
	return get(c, "get role", "/Roles/", c.anyRole(), c.roles, c.checkRole)
}

func (c *client) anyRole() string { return anyOf(c, c.roles, c.anyReturning(c.dice)) }

// anyReturning is the id of a role of the client that is there at times.
func (c *client) anyReturning(dice *rand.Rand) string {
	return fmt.Sprint(strings.ToUpper(c.name), returning, dice.IntN(3))
}
