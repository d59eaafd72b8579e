package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/audit"
)

const userURN = "urn:ietf:params:scim:schemas:core:2.0:User"

func (c *client) createUser() *operation {
	u, roles := c.newUser("")
	on := c.anySurface()
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
			for _, role := range c.assignable(1) {
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
	made := id
	return expectation{
		change: &change{operation: operation, resourceType: "User", id: id, before: before, apply: func(id string, version int64) {
			made = id
			u.version, u.roles = version, c.hold(roles)
			c.users[id] = &u
		}},
		check: func(a *answer) error { return c.checkUser(made, a) },
	}
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
	id := c.anyUser()
	return &operation{name: "get user", method: http.MethodGet, on: c.anySurface(), path: "/Users/" + id, expect: func() expectation {
		if c.users[id] == nil {
			return refused(http.StatusNotFound)
		}
		return expectation{status: http.StatusOK, check: func(a *answer) error { return c.checkUser(id, a) }}
	}}
}

// newUser makes up what a user is to be, and the roles that it is to hold; sometimes
// nothing that it can be.
func (c *client) newUser(id string) (user, []string) {
	n := c.next()
	u := user{userName: c.name + "." + n + "@example.com", externalID: "ext-" + n, displayName: "User " + n, title: n, active: c.dice.IntN(5) > 0}
	roles := c.assignable(3)
	switch others := slices.Sorted(maps.Keys(c.users)); {
	case c.dice.IntN(10) == 0 && len(others) > 0: // its own name, perhaps
		u.userName = strings.ToUpper(c.users[others[c.dice.IntN(len(others))]].userName)
	case c.dice.IntN(25) == 0:
		roles = append(roles, nobody)
	case c.users[id] != nil && c.dice.IntN(2) == 0:
		u.userName = c.users[id].userName
	}
	return u, roles
}

// assignable are roles of the client, sorted.
func (c *client) assignable(most int) []string {
	ids := slices.Sorted(maps.Keys(c.roles))
	c.dice.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	some := ids[:min(len(ids), c.dice.IntN(most+1))]
	slices.Sort(some)
	return some
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

// anyUser is one of the client's, or one that there is not.
func (c *client) anyUser() string {
	ids := slices.Sorted(maps.Keys(c.users))
	if len(ids) == 0 || c.dice.IntN(20) == 0 {
		return nobody
	}
	return ids[c.dice.IntN(len(ids))]
}
