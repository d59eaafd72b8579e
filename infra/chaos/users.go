package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/audit"
)

const userURN = "urn:ietf:params:scim:schemas:core:2.0:User"

func (c *client) createUser() *operation {
	u, roles := c.newUser("")
	return c.creatingUser(c.anySurface(), u, roles)
}

func (c *client) creatingUser(on surface, u user, roles []string) *operation {
	return &operation{name: "create user", method: http.MethodPost, on: on, path: "/Users", body: u.body(c.called(on, roles)), retries: c.retries(), expect: func() expectation {
		switch {
		case slices.Contains(roles, nobody):
			return refused(http.StatusBadRequest)
		case c.userNameTaken(u.userName, ""):
			return refused(http.StatusConflict)
		}
		return c.toUser(audit.Create, "", span{}, u, roles)
	}}
}

func (c *client) replaceUser() *operation {
	id := c.anyUser()
	u, roles := c.newUser(id)
	on := c.anySurface()
	match, matches := c.ifMatch(func() span { return c.versions(c.users[id]) }, c.users[id] != nil)
	return &operation{
		name: "replace user", method: http.MethodPut, on: on, path: "/Users/" + id, body: u.body(c.called(on, roles)), ifMatch: match, retries: c.retries(),
		expect: func() expectation { return c.updateUser(id, u, roles, matches) },
	}
}

// patchUser gives a user another title, and may give or take a role, or switch it.
func (c *client) patchUser() *operation {
	id, on, taken := c.anyUser(), c.anySurface(), ""
	u, roles := user{title: c.next()}, []string(nil)
	operations := []object{{"op": "replace", "path": "title", "value": u.title}}
	if old := c.users[id]; old != nil {
		title := u.title
		u, roles = *old, c.held(old)
		u.title = title
		switch dice := c.dice.IntN(10); {
		case dice < 4:
			for _, role := range someOf(c, ids(c.roles), 1) {
				operations = append(operations, object{"op": "add", "path": "roles", "value": references(c.called(on, []string{role}))})
				roles = append(roles, role)
			}
		case dice < 7 && len(roles) > 0:
			i := c.dice.IntN(len(roles))
			taken = roles[i]
			operations = append(operations, object{"op": "remove", "path": fmt.Sprintf("roles[value eq %q]", taken)})
			roles = slices.Delete(roles, i, i+1)
		case dice < 8:
			u.active = !u.active
			operations = append(operations, object{"op": "replace", "path": "active", "value": u.active})
		case dice < 9:
			operations = append(operations, object{"op": "add", "path": "roles", "value": references([]string{nobody})})
			roles = append(roles, nobody)
		}
		slices.Sort(roles)
		roles = slices.Compact(roles)
	}
	match, matches := c.ifMatch(func() span { return c.versions(c.users[id]) }, c.users[id] != nil)
	return &operation{
		name: "patch user", method: http.MethodPatch, on: on, path: "/Users/" + id, body: patchBody(operations...), ifMatch: match, retries: c.retries(),
		expect: func() expectation {
			if old := c.users[id]; old != nil && taken != "" && matches(c.versions(old)) && !slices.Contains(c.held(old), taken) {
				return refused(http.StatusBadRequest) // it was taken when the request was sent before
			}
			return c.updateUser(id, u, roles, matches)
		},
	}
}

// updateUser expects a user to become another. That they differ in their titles makes
// it a change, whatever was taken from the user meanwhile.
func (c *client) updateUser(id string, u user, roles []string, matches func(span) bool) expectation {
	old := c.users[id]
	switch {
	case old == nil:
		return refused(http.StatusNotFound)
	case !matches(c.versions(old)):
		return refused(http.StatusPreconditionFailed)
	case old.title == u.title: // a request that is sent again after it was done
		return expectation{status: http.StatusOK, version: c.versions(old), check: func(a *answer) error { return c.checkUser(id, a) }}
	case slices.Contains(roles, nobody):
		return refused(http.StatusBadRequest)
	case c.userNameTaken(u.userName, id):
		return refused(http.StatusConflict)
	}
	return c.toUser(audit.Update, id, c.versions(old), u, roles)
}

func (c *client) toUser(operation, id string, before span, u user, roles []string) expectation {
	return becomes(change{operation: operation, resourceType: "User", id: id, before: before, apply: func(id string, version int64) {
		u.version, u.roles = version, c.hold(roles)
		c.users[id] = &u
	}}, c.checkUser)
}

func (c *client) deleteUser() *operation {
	id, on := c.anyUser(), c.anySurface()
	return &operation{name: "delete user", method: http.MethodDelete, on: on, path: "/Users/" + id, retries: c.retries(), expect: func() expectation {
		switch old := c.users[id]; {
		case on == managementSurface:
			return refused(http.StatusNotImplemented)
		case old == nil:
			return refused(http.StatusNotFound)
		default:
			return expectation{change: &change{operation: audit.Delete, resourceType: "User", id: id, before: c.versions(old), apply: func(id string, _ int64) { delete(c.users, id) }}}
		}
	}}
}

func (c *client) getUser() *operation {
	return get(c, "get user", "/Users/", c.anyUser(), c.users, c.checkUser)
}

// newUser makes up what a user is to be, and the roles that it is to hold; sometimes
// nothing that it can be.
func (c *client) newUser(id string) (user, []string) {
	u := c.freshUser()
	u.active = c.dice.IntN(5) > 0
	roles := someOf(c, ids(c.roles), 3)
	switch others := ids(c.users); {
	case c.dice.IntN(10) == 0 && len(others) > 0: // its own name, perhaps
		u.userName = strings.ToUpper(c.users[pick(c.dice, others...)].userName)
	case c.dice.IntN(25) == 0:
		roles = append(roles, nobody)
	case c.users[id] != nil && c.dice.IntN(2) == 0:
		u.userName = c.users[id].userName
	}
	return u, roles
}

// called is what roles are called in a request: the standard surface knows them by
// their names, too.
func (c *client) called(on surface, ids []string) []string {
	called := slices.Clone(ids)
	for i, id := range called {
		if r := c.roles[id]; r != nil && on != tenantSurface && c.dice.IntN(2) == 0 {
			called[i] = r.name
		}
	}
	return called
}

// freshUser has a name that nobody else has.
func (c *client) freshUser() user {
	n := c.next()
	return user{userName: c.name + "." + n + "@example.com", externalID: "ext-" + n, displayName: "User " + n, title: n, active: true}
}

func (c *client) anyUser() string { return anyOf(c, c.users, nobody) }
