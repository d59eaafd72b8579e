package main

import "fmt"

// duel makes two requests at the same time, of which each takes away what the other
// rests on, or both want the same.
func (c *client) duel() *operation {
	n := c.dice.IntN(sharedEach)
	role, set := fmt.Sprint(sharedRoles, n), fmt.Sprint(sharedSets, n)
	var one, other sharing
	switch c.dice.IntN(10) {
	case 0, 1: // a role is given, and deleted
		one, other = c.giving(n, role), c.ofRole("delete", n, nil)
	case 2: // a role is named by a set, and deleted
		c.perform(c.share(c.ofRole("create", n, nil)))
		one, other = c.ofSet(pick(c.dice, "create", "replace"), n, []string{role}), c.ofRole("delete", n, nil)
	case 3: // a set is granted by a role, and deleted
		c.perform(c.share(c.ofSet("create", n, nil)))
		one, other = c.ofRole(pick(c.dice, "create", "patch", "replace"), n, []string{set}), c.ofSet("delete", n, nil)
	case 4: // two roles want a name
		name := fmt.Sprint("Shared Name ", n)
		one, other = c.ofName(name), c.ofName(name)
	case 5: // two users want a name
		one, other = c.ofUserName(fmt.Sprintf("shared.%d@example.com", n), nil), c.ofUserName(fmt.Sprintf("shared.%d@example.com", n), nil)
	case 6, 7: // a user is changed twice
		one, other = c.changing(n, nil), c.changing(n, nil)
	case 8: // a set is changed twice
		c.perform(c.share(c.ofSet("create", n, nil)))
		one, other = c.ofSet("replace", n, nil), c.ofSet("replace", n, nil)
	default: // a role is changed twice
		c.perform(c.share(c.ofRole("create", n, nil)))
		one, other = c.ofRole("patch", n, nil), c.ofRole("replace", n, nil)
	}
	if c.dice.IntN(2) == 0 {
		one, other = other, one
	}
	one.duel, other.duel = true, true
	o := c.share(one)
	o.rival = c.share(other)
	return o
}

// giving gives a role, which it creates, to a shared user.
func (c *client) giving(n int, role string) sharing {
	c.perform(c.share(c.ofRole("create", n, nil)))
	return c.changing(n, []string{role})
}

// changing gives roles to a shared user, who is created if there is none.
func (c *client) changing(n int, roles []string) sharing {
	userName := fmt.Sprintf("shared.%d@example.com", n)
	if found := c.find("/Users", fmt.Sprintf("userName eq %q", userName)); len(found) > 0 {
		return c.ofUser(pick(c.dice, "give", "replace"), found[0], userName, roles)
	}
	return c.ofUserName(userName, roles)
}
