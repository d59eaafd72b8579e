package main

import "fmt"

// sharedSet asks for something about a shared set, which may name shared roles.
func (c *client) sharedSet() *operation {
	verb := pick(c.dice, "create", "create", "create", "replace", "replace", "delete", "get", "get")
	return c.share(c.ofSet(verb, c.dice.IntN(sharedEach), c.some(sharedRoles, 3)))
}

// ofSet asks for something about a shared set that is to name roles.
func (c *client) ofSet(verb string, n int, roles []string) sharing {
	s := c.sharing(verb, "set", fmt.Sprint(sharedSets, n))
	switch verb {
	case "create", "replace":
		s.says = "Shared Set " + c.next()
		s.send((&set{name: s.says, items: map[string][]string{"M_ROLE": roles, "R_ROLE": nil}}).body())
	case "delete":
		s.refusals = append(s.refusals, 409)
	}
	return s
}

// configuredSet renames the configured set, while the stream writes it, and may take
// one of its items out or put it back.
func (c *client) configuredSet() *operation {
	s := c.renaming()
	switch c.dice.IntN(6) {
	case 0:
		s.rename(object{"op": "remove", "path": `permissionSetItems[id eq "R_ROLE"]`})
	case 1, 2:
		s.rename(object{"op": "add", "path": "permissionSetItems", "value": []object{{"id": "R_ROLE", "parameter": ""}}})
	case 3:
		s = c.sharing("get", "set", configuredSet)
		s.refusals = nil
	}
	return c.share(s)
}

// renaming renames the configured set.
func (c *client) renaming() sharing {
	s := c.sharing("patch", "set", configuredSet)
	s.says, s.neverSays = "Roles Assignment "+c.next(), "There is no role" // nothing is said of roles
	s.rename()
	s.refusals = nil
	return s
}

// rename has the set renamed, and more done to it, which may be refused.
func (s *sharing) rename(more ...object) {
	s.body, s.refusals = patchBody(append([]object{{"op": "replace", "path": "name", "value": s.says}}, more...)...), []int{400}
}
