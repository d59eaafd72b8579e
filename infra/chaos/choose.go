package main

import "fmt"

// How many of its own resources a client has, about. For a role that was deleted, the
// stream's function reads each set.
const (
	mostRoles = 15
	mostSets  = 6
	mostUsers = 15
)

// choose decides what the client asks for next.
func (c *client) choose() *operation {
	type choice struct {
		weight int
		make   func() *operation
	}
	roles, sets, users := room(c.roles, mostRoles), room(c.sets, mostSets), room(c.users, mostUsers)
	choices := []choice{
		{6 * roles, c.createRole}, {3, c.replaceRole}, {6, c.patchRole}, {5, c.deleteRole}, {5, c.getRole}, {2, c.listRoles},
		{4 * sets, c.createSet}, {3, c.replaceSet}, {3, c.patchSet}, {2, c.deleteSet}, {3, c.getSet}, {1, c.listSets},
		{5 * users, c.createUser}, {3, c.replaceUser}, {8, c.patchUser}, {4, c.deleteUser}, {5, c.getUser}, {3, c.listUsers},
		{3 * min(roles, users), c.bulk}, {2, c.refused}, {3, c.listAll},
		{4, c.sharedRole}, {3, c.sharedRoleName}, {4, c.sharedSet}, {2, c.configuredSet}, {5, c.sharedUser}, {6, c.duel},
	}
	total := 0
	for _, one := range choices {
		total += one.weight
	}
	dice := c.dice.IntN(total)
	for _, one := range choices {
		if dice -= one.weight; dice < 0 {
			return one.make()
		}
	}
	return c.getRole() // not reached
}

// room is how readily more are created.
func room[T any](have map[string]T, most int) int {
	switch n := len(have); {
	case n < most/3:
		return 3
	case n < most:
		return 1
	default:
		return 0
	}
}

func (c *client) anySurface() surface {
	return pick(c.dice, tenantSurface, standardSurface, tenantSurface, standardSurface, managementSurface)
}

// retries is how often a change is sent again before the client finds out what came
// of it.
func (c *client) retries() int { return pick(c.dice, 0, 0, 1, 2) }

// ifMatch makes the header of some requests, and tells with which versions such a
// request meets its condition. One that may or may not is never sent.
func (c *client) ifMatch(versions func() span, exists bool) (header string, matches func(span) bool) {
	if !exists {
		return "", anyVersion
	}
	is := versions()
	switch dice := c.dice.IntN(10); {
	case dice == 0 && is.least == is.most:
		return fmt.Sprintf(`W/"%d"`, is.least), func(now span) bool { return now.least == is.least }
	case dice == 1:
		return fmt.Sprintf(`W/"%d"`, is.least+1000), func(span) bool { return false }
	default:
		return "", anyVersion
	}
}

func anyVersion(span) bool { return true }
