package main

import "fmt"

// sharedUser creates a user with a name that others want, too, or asks for something
// about the one that has it.
func (c *client) sharedUser() *operation {
	userName, roles := sharedUserName(c.dice.IntN(sharedEach)), c.some(sharedRoles, 3)
	found := c.find("/Users", fmt.Sprintf("userName eq %q", userName))
	if len(found) == 0 {
		return c.share(c.ofUserName(userName, roles))
	}
	return c.share(c.ofUser(pick(c.dice, "give", "give", "give", "take", "replace", "delete", "get", "get"), found[0], userName, roles))
}

func sharedUserName(n int) string { return fmt.Sprintf("shared.%d@example.com", n) }

// ofUserName creates a user of a name, in any case, who is to hold roles.
func (c *client) ofUserName(userName string, roles []string) sharing {
	s := c.sharing("create", "user", "")
	u := c.newSharedUser(c.inAnyCase(userName))
	s.says = u.title
	s.send(u.body(roles))
	return s
}

func (c *client) newSharedUser(userName string) *user {
	return &user{userName: userName, displayName: "Shared", title: c.next(), active: true}
}

// ofUser asks for something about a shared user.
func (c *client) ofUser(verb, id, userName string, roles []string) sharing {
	u := c.newSharedUser(userName)
	operations := []object{{"op": "replace", "path": "title", "value": u.title}}
	switch verb {
	case "give":
		if len(roles) > 0 {
			operations = append(operations, object{"op": "add", "path": "roles", "value": references(roles)})
		}
		verb = "patch"
	case "take":
		for _, id := range roles {
			operations = append(operations, object{"op": "remove", "path": fmt.Sprintf("roles[value eq %q]", id)})
		}
		verb = "patch"
	}
	s := c.sharing(verb, "user", id)
	s.says = u.title
	switch verb {
	case "patch":
		s.body = patchBody(operations...)
	case "replace":
		s.send(u.body(roles))
	case "delete":
		s.on = tenantSurface
	}
	return s
}
