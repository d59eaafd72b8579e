package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/rolecall/rolecall/pkg/audit"
)

// sharedRole asks for something about a shared role, which may grant shared sets.
func (c *client) sharedRole() *operation {
	verb := pick(c.dice, "create", "create", "create", "replace", "patch", "patch", "delete", "get")
	return c.share(c.ofRole(verb, c.dice.IntN(sharedEach), c.some(sharedSets, 6)))
}

// ofRole asks for something about a shared role that is to grant sets.
func (c *client) ofRole(verb string, n int, sets []string) sharing {
	id := fmt.Sprint(sharedRoles, n)
	r := role{name: "Shared Role " + id, description: c.next(), member: c.dice.IntN(2) == 0, sets: sets}
	s := sharing{name: verb + " role", on: c.anySurface(), path: "/Roles/" + id, resourceType: "Role", id: id}
	switch verb {
	case "create":
		s.method, s.on, s.path, s.operation, s.refusals, s.body = http.MethodPost, tenantSurface, "/Roles", audit.Create, []int{409, 400}, r.body()
		s.body["id"] = id
	case "replace":
		s.method, s.operation, s.refusals, s.body = http.MethodPut, audit.Update, []int{404, 400}, r.body()
	case "patch":
		s.method, s.operation, s.refusals = http.MethodPatch, audit.Update, []int{404, 400}
		operations := []object{{"op": "replace", "path": "description", "value": r.description}}
		if len(sets) > 0 {
			operations = append(operations, object{"op": "add", "path": extensionURN + ":permissionSets", "value": references(sets)})
		}
		s.body = patchBody(operations...)
	case "delete":
		s.method, s.operation, s.refusals = http.MethodDelete, audit.Delete, []int{404}
	default:
		s.method, s.refusals = http.MethodGet, []int{404}
	}
	return s
}

// sharedRoleName creates a role with a name that others want, too, or deletes the one
// that has it.
func (c *client) sharedRoleName() *operation {
	name := fmt.Sprint("Shared Name ", c.dice.IntN(sharedEach))
	if found := c.find("/Roles", fmt.Sprintf("name eq %q", name)); len(found) > 0 && c.dice.IntN(2) == 0 {
		return c.share(sharing{
			name: "delete role by name", method: http.MethodDelete, on: c.anySurface(), path: "/Roles/" + found[0], resourceType: "Role", id: found[0], operation: audit.Delete, refusals: []int{404},
		})
	}
	return c.share(c.ofName(name))
}

// ofName creates a role of a name, in any case.
func (c *client) ofName(name string) sharing {
	return sharing{
		name: "create role by name", method: http.MethodPost, on: c.anySurface(), path: "/Roles", resourceType: "Role", operation: audit.Create, refusals: []int{409},
		body: object{"schemas": []string{roleURN}, "name": c.inAnyCase(name), "description": c.next()},
	}
}

func (c *client) inAnyCase(text string) string {
	return pick(c.dice, text, strings.ToUpper(text), strings.ToLower(text))
}

// find returns the ids of the resources for which a filter holds, or none if that
// cannot be told.
func (c *client) find(path, filter string) []string {
	o := &operation{name: "find", method: http.MethodGet, on: standardSurface, path: path + "?" + url.Values{"filter": {filter}}.Encode()}
	a := c.send(o)
	c.run.stats.add(o.name, a)
	c.tenant.ledger.note(c.name, a.requestID)
	var list struct{ Resources []struct{ ID string } }
	if a.status != http.StatusOK || a.decode(&list) != nil {
		return nil
	}
	var ids []string
	for _, r := range list.Resources {
		ids = append(ids, r.ID)
	}
	return ids
}
