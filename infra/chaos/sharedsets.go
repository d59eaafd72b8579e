package main

import (
	"fmt"
	"net/http"

	"github.com/rolecall/rolecall/pkg/audit"
)

// sharedSet asks for something about a shared set, which may name shared roles.
func (c *client) sharedSet() *operation {
	verb := pick(c.dice, "create", "create", "create", "replace", "replace", "delete", "get", "get")
	return c.share(c.ofSet(verb, c.dice.IntN(sharedEach), c.some(sharedRoles, 3)))
}

// ofSet asks for something about a shared set that is to name roles.
func (c *client) ofSet(verb string, n int, roles []string) sharing {
	id := fmt.Sprint(sharedSets, n)
	set := set{name: "Shared Set " + c.next(), items: map[string][]string{"M_ROLE": roles, "R_ROLE": nil}}
	s := sharing{name: verb + " set", on: c.anySurface(), path: "/PermissionSets/" + id, resourceType: "PermissionSet", id: id}
	switch verb {
	case "create":
		s.method, s.on, s.path, s.operation, s.refusals, s.body = http.MethodPost, tenantSurface, "/PermissionSets", audit.Create, []int{409, 400}, set.body()
		s.body["id"] = id
	case "replace":
		s.method, s.operation, s.refusals, s.body = http.MethodPut, audit.Update, []int{404, 400}, set.body()
	case "delete":
		s.method, s.operation, s.refusals = http.MethodDelete, audit.Delete, []int{404, 409}
	default:
		s.method, s.refusals = http.MethodGet, []int{404}
	}
	return s
}

// configuredSet renames the configured set, while the stream writes it, and may take
// one of its items out or put it back.
func (c *client) configuredSet() *operation {
	s := sharing{name: "patch set", method: http.MethodPatch, on: c.anySurface(), path: "/PermissionSets/" + configuredSet, resourceType: "PermissionSet", id: configuredSet, operation: audit.Update}
	s.neverSays = "There is no role" // nothing is said of roles
	rename := object{"op": "replace", "path": "name", "value": "Roles Assignment " + c.next()}
	switch c.dice.IntN(6) {
	case 0:
		s.body, s.refusals = patchBody(rename, object{"op": "remove", "path": `permissionSetItems[id eq "R_ROLE"]`}), []int{400}
	case 1, 2:
		s.body, s.refusals = patchBody(rename, object{"op": "add", "path": "permissionSetItems", "value": []object{{"id": "R_ROLE", "parameter": ""}}}), []int{400}
	case 3:
		s.name, s.method, s.operation = "get set", http.MethodGet, ""
	default:
		s.body = patchBody(rename)
	}
	return c.share(s)
}
