package main

import (
	"fmt"
	"net/http"

	"github.com/rolecall/rolecall/pkg/audit"
)

// sharedUser creates a user with a name that others want, too, or asks for something
// about the one that has it.
func (c *client) sharedUser() *operation {
	userName, roles := c.sharedUserName(), c.some(sharedRoles, 3)
	found := c.find("/Users", fmt.Sprintf("userName eq %q", userName))
	if len(found) == 0 {
		return c.share(c.ofUserName(userName, roles))
	}
	return c.share(c.ofUser(pick(c.dice, "give", "give", "give", "take", "replace", "delete", "get", "get"), found[0], userName, roles))
}

func (c *client) sharedUserName() string {
	return fmt.Sprintf("shared.%d@example.com", c.dice.IntN(sharedEach))
}

// ofUserName creates a user of a name, in any case, who is to hold roles.
func (c *client) ofUserName(userName string, roles []string) sharing {
	u := user{userName: c.inAnyCase(userName), displayName: "Shared", title: c.next(), active: true}
	return sharing{
		name: "create user", method: http.MethodPost, on: c.anySurface(), path: "/Users", resourceType: "User", operation: audit.Create, refusals: []int{409, 400}, body: u.body(roles),
	}
}

// ofUser asks for something about a shared user.
func (c *client) ofUser(verb, id, userName string, roles []string) sharing {
	u := user{userName: userName, displayName: "Shared", title: c.next(), active: true}
	s := sharing{name: verb + " user", on: c.anySurface(), path: "/Users/" + id, resourceType: "User", id: id}
	operations := []object{{"op": "replace", "path": "title", "value": u.title}}
	switch verb {
	case "give":
		s.name, s.method, s.operation, s.refusals = "patch user", http.MethodPatch, audit.Update, []int{404, 400}
		if len(roles) > 0 {
			operations = append(operations, object{"op": "add", "path": "roles", "value": references(roles)})
		}
		s.body = patchBody(operations...)
	case "take":
		s.name, s.method, s.operation, s.refusals = "patch user", http.MethodPatch, audit.Update, []int{404, 400}
		for _, id := range roles {
			operations = append(operations, object{"op": "remove", "path": fmt.Sprintf("roles[value eq %q]", id)})
		}
		s.body = patchBody(operations...)
	case "replace":
		s.method, s.operation, s.refusals, s.body = http.MethodPut, audit.Update, []int{404, 400}, u.body(roles)
	case "delete":
		s.method, s.on, s.operation, s.refusals = http.MethodDelete, tenantSurface, audit.Delete, []int{404}
	default:
		s.method, s.refusals = http.MethodGet, []int{404}
	}
	return s
}
