package main

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/audit"
)

const setURN = "urn:hid:scim:api:idp:2.0:PermissionSet"

func (c *client) createSet() *operation {
	s := c.newSet()
	on, id := c.anySurface(), ""
	body := s.body()
	if on == tenantSurface {
		id = "FS_" + strings.ToUpper(c.next())
		body["id"] = id
	}
	return &operation{name: "create set", method: http.MethodPost, on: on, path: "/PermissionSets", body: body, retries: c.retries(), expect: func() expectation {
		switch {
		case s.names(nobody):
			return refused(http.StatusBadRequest)
		case c.sets[id] != nil:
			return refused(http.StatusConflict)
		}
		return c.toSet(audit.Create, id, span{}, s)
	}}
}

func (c *client) replaceSet() *operation {
	id, s := c.anySet(), c.newSet()
	match, matches := c.ifMatch(func() span { return c.versionsOfSet(c.sets[id]) }, c.sets[id] != nil)
	return &operation{
		name: "replace set", method: pick(c.dice, http.MethodPut, http.MethodPost), on: c.anySurface(), path: "/PermissionSets/" + id, body: s.body(), ifMatch: match, retries: c.retries(),
		expect: func() expectation { return c.updateSet(id, s, matches) },
	}
}

// patchSet renames a set, and may change the roles of an item.
func (c *client) patchSet() *operation {
	id := c.anySet()
	s := set{name: c.name + " Set " + c.next()}
	operations := []object{{"op": "replace", "path": "name", "value": s.name}}
	if old := c.sets[id]; old != nil {
		s.items = maps.Clone(old.items)
		if codes := ids(s.items); len(codes) > 0 && c.dice.IntN(2) == 0 {
			code := pick(c.dice, codes...)
			s.items[code] = c.someRoles(5)
			operations = append(operations, object{"op": "replace", "path": fmt.Sprintf("permissionSetItems[id eq %q].parameter", code), "value": strings.Join(s.items[code], "|")})
		}
	}
	match, matches := c.ifMatch(func() span { return c.versionsOfSet(c.sets[id]) }, c.sets[id] != nil)
	return &operation{
		name: "patch set", method: http.MethodPatch, on: c.anySurface(), path: "/PermissionSets/" + id, body: patchBody(operations...), ifMatch: match, retries: c.retries(),
		expect: func() expectation { return c.updateSet(id, s, matches) },
	}
}

// updateSet expects a set to become another. That they differ in their names makes it
// a change, whatever the stream has done.
func (c *client) updateSet(id string, s set, matches func(span) bool) expectation {
	old := c.sets[id]
	switch {
	case old == nil:
		return refused(http.StatusNotFound)
	case !matches(c.versionsOfSet(old)):
		return refused(http.StatusPreconditionFailed)
	case old.name == s.name: // a request that is sent again after it was done
		return expectation{status: http.StatusOK, version: c.versionsOfSet(old), check: func(a *answer) error { return c.checkSet(id, a) }}
	case s.names(nobody):
		return refused(http.StatusBadRequest)
	}
	return c.toSet(audit.Update, id, c.versionsOfSet(old), s)
}

func (c *client) toSet(operation, id string, before span, s set) expectation {
	return becomes(change{operation: operation, resourceType: "PermissionSet", id: id, before: before, apply: func(id string, version int64) {
		s.version = version
		c.sets[id] = &s
	}}, c.checkSet)
}

func (c *client) deleteSet() *operation {
	id := c.anySet()
	return &operation{name: "delete set", method: http.MethodDelete, on: c.anySurface(), path: "/PermissionSets/" + id, retries: c.retries(), expect: func() expectation {
		switch {
		case c.sets[id] == nil:
			return refused(http.StatusNotFound)
		case c.granted(id):
			return refused(http.StatusConflict)
		}
		return expectation{change: &change{
			operation: audit.Delete, resourceType: "PermissionSet", id: id, before: c.versionsOfSet(c.sets[id]), apply: func(id string, _ int64) { delete(c.sets, id) },
		}}
	}}
}

func (c *client) getSet() *operation {
	return get(c, "get set", "/PermissionSets/", c.anySet(), c.sets, c.checkSet)
}

func (c *client) newSet() set {
	s := set{name: c.name + " Set " + c.next(), items: map[string][]string{}}
	codes := []string{"M_ROLE", "D_ROLE", "M_U_ROLES", "R_ROLE"}
	for range 1 + c.dice.IntN(3) {
		s.items[pick(c.dice, codes...)] = c.someRoles(5)
	}
	if c.dice.IntN(25) == 0 {
		s.items["M_ROLE"] = []string{nobody}
	}
	return s
}

// someRoles are roles of the client that do not return, sorted.
func (c *client) someRoles(most int) []string {
	return someOf(c, slices.DeleteFunc(ids(c.roles), func(id string) bool { return strings.Contains(id, returning) }), most)
}

func (c *client) anySet() string { return anyOf(c, c.sets, nobody) }
