package main

import "fmt"

// duel makes two requests at the same time, of which each takes away what the other
// rests on, or both want the same.
func (c *client) duel() *operation {
	n := c.dice.IntN(sharedEach)
	role, set, user := fmt.Sprint(sharedRoles, n), fmt.Sprint(sharedSets, n), sharedUserName(n)
	once := fmt.Sprint(sharedRoles, c.next()) // a role whose id no other gets, whose deletion would mend what the first one's did not
	var one, other sharing
	switch c.dice.IntN(10) {
	case 0, 1: // a role is given, and deleted
		c.perform(c.share(c.ofRole("create", once, nil)))
		one, other = c.changing(user, []string{once}), c.ofRole("delete", once, nil)
	case 2: // a role is named by a set, and deleted
		c.perform(c.share(c.ofRole("create", once, nil)))
		one, other = c.ofSet(pick(c.dice, "create", "replace"), n, []string{once}), c.ofRole("delete", once, nil)
	case 3: // a set is granted by a role, and deleted
		c.perform(c.share(c.ofSet("create", n, nil)))
		one, other = c.ofRole(pick(c.dice, "create", "patch", "replace"), role, []string{set}), c.ofSet("delete", n, nil)
	case 4: // two roles want a name
		name := fmt.Sprint("Shared Name ", n)
		one, other = c.ofName(name), c.ofName(name)
	case 5: // two users want a name
		one, other = c.ofUserName(user, nil), c.ofUserName(user, nil)
	case 6, 7: // a user is changed twice
		one, other = c.changing(user, nil), c.changing(user, nil)
	case 8: // a set is changed twice
		c.perform(c.share(c.ofSet("create", n, nil)))
		one, other = c.ofSet("replace", n, nil), c.ofSet("replace", n, nil)
	default: // a role is changed twice
		c.perform(c.share(c.ofRole("create", role, nil)))
		one, other = c.ofRole("patch", role, nil), c.ofRole("replace", role, nil)
	}
	if c.dice.IntN(2) == 0 {
		one, other = other, one
	}
	one.duel, other.duel = true, true
	o := c.share(one)
	o.rival = c.share(other)
	return o
}

// changing gives roles to a shared user, who is created if there is none.
func (c *client) changing(userName string, roles []string) sharing {
	if found := c.find("/Users", fmt.Sprintf("userName eq %q", userName)); len(found) > 0 {
		return c.ofUser(pick(c.dice, "give", "replace"), found[0], userName, roles)
	}
	return c.ofUserName(userName, roles)
}
