package main

import (
	"fmt"
	"strings"
)

// sharedRole asks for something about a shared role, which may grant shared sets.
func (c *client) sharedRole() *operation {
	verb := pick(c.dice, "create", "create", "create", "replace", "patch", "patch", "delete", "get")
	return c.share(c.ofRole(verb, fmt.Sprint(sharedRoles, c.dice.IntN(sharedEach)), c.some(sharedSets, 6)))
}

// ofRole asks for something about a shared role that is to grant sets.
func (c *client) ofRole(verb, id string, sets []string) sharing {
	s := c.sharing(verb, "role", id)
	r := role{name: "Shared Role " + s.id, description: c.next(), member: c.dice.IntN(2) == 0, sets: sets}
	s.says = r.description
	switch verb {
	case "create", "replace":
		s.send(r.body())
	case "patch":
		operations := []object{{"op": "replace", "path": "description", "value": r.description}}
		if len(sets) > 0 {
			operations = append(operations, object{"op": "add", "path": extensionURN + ":permissionSets", "value": references(sets)})
		}
		s.body = patchBody(operations...)
	}
	return s
}

// sharedRoleName creates a role with a name that others want, too, or deletes the one
// that has it.
func (c *client) sharedRoleName() *operation {
	name := fmt.Sprint("Shared Name ", c.dice.IntN(sharedEach))
	if found := c.find("/Roles", fmt.Sprintf("name eq %q", name)); len(found) > 0 && c.dice.IntN(2) == 0 {
		s := c.sharing("delete", "role", found[0])
		s.name += " by name"
		return c.share(s)
	}
	return c.share(c.ofName(name))
}

// ofName creates a role of a name, in any case.
func (c *client) ofName(name string) sharing {
	s := c.sharing("create", "role", "")
	s.name += " by name"
	s.refusals, s.says = []int{409}, c.next()
	s.send(object{"schemas": []string{roleURN}, "name": c.inAnyCase(name), "description": s.says})
	return s
}

func (c *client) inAnyCase(text string) string {
	return pick(c.dice, text, strings.ToUpper(text), strings.ToLower(text))
}
