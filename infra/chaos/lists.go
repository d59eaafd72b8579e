package main

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// listRoles lists the client's roles, or those of a name.
func (c *client) listRoles() *operation {
	want := ids(c.roles)
	filter := fmt.Sprintf("name sw %q", c.name+" ")
	if len(want) > 0 && c.dice.IntN(2) == 0 {
		id := want[c.dice.IntN(len(want))]
		want, filter = []string{id}, fmt.Sprintf("name eq %q", strings.ToUpper(c.roles[id].name))
	}
	return c.list("list roles", "/Roles", filter, want)
}

// list expects the resources with these ids, sorted.
func (c *client) list(name, path, filter string, want []string) *operation {
	query := url.Values{"filter": {filter}, "count": {"100"}}
	if c.dice.IntN(2) == 0 {
		query.Set("cursor", "")
	}
	return &operation{name: name, method: http.MethodGet, on: c.anySurface(), path: path + "?" + query.Encode(), expect: func() expectation {
		return expectation{status: http.StatusOK, check: func(a *answer) error {
			got, err := a.listed()
			if err == nil && !slices.Equal(got, want) {
				err = fmt.Errorf("and lists %v, not %v", got, want)
			}
			return err
		}}
	}}
}

func (c *client) listSets() *operation {
	return c.list("list sets", "/PermissionSets", fmt.Sprintf("name sw %q", c.name+" "), ids(c.sets))
}

// listUsers lists the client's users, or finds them by an index.
func (c *client) listUsers() *operation {
	ids := ids(c.users)
	filter := fmt.Sprintf("userName sw %q", c.name+".")
	if len(ids) > 0 {
		one := ids[c.dice.IntN(len(ids))]
		u := c.users[one]
		held := c.held(u)
		switch dice := c.dice.IntN(4); {
		case dice == 0:
			ids, filter = []string{one}, fmt.Sprintf("userName eq %q", strings.ToUpper(u.userName))
		case dice == 1:
			ids, filter = []string{one}, fmt.Sprintf("externalId eq %q", u.externalID)
		case dice == 2 && len(held) > 0:
			role := held[c.dice.IntN(len(held))]
			filter = fmt.Sprintf("roles.value eq %q", role)
			ids = slices.DeleteFunc(ids, func(id string) bool { return !slices.Contains(c.held(c.users[id]), role) })
		}
	}
	return c.list("list users", "/Users", filter, ids)
}

// listAll lists all that the tenant has: everything of the client's, and nothing of
// another tenant's.
func (c *client) listAll() *operation {
	path := pick(c.dice, "/Roles", "/PermissionSets", "/Users")
	return &operation{name: "list all", method: http.MethodGet, on: pick(c.dice, tenantSurface, standardSurface), path: path, expect: func() expectation {
		return expectation{status: http.StatusOK, check: func(a *answer) error {
			var list struct {
				TotalResults int
				Resources    []struct{ ID, Name, UserName string }
			}
			if err := a.decode(&list); err != nil {
				return err
			}
			own := map[string][]string{"/Roles": ids(c.roles), "/PermissionSets": ids(c.sets), "/Users": ids(c.users)}[path]
			for _, r := range list.Resources {
				own = slices.DeleteFunc(own, func(id string) bool { return id == r.ID })
				if by := namer(r.Name + r.UserName); slices.ContainsFunc(c.run.tenants, func(t *tenantRun) bool { return t != c.tenant && t.hasClient(by) }) {
					return fmt.Errorf("and lists %s of another tenant", r.ID)
				}
			}
			if len(own) > 0 && len(list.Resources) == list.TotalResults { // otherwise it is a page
				return fmt.Errorf("and does not list %v", own)
			}
			return nil
		}}
	}}
}

// find returns the ids of the resources for which a filter holds, or none if that
// cannot be told.
func (c *client) find(path, filter string) []string {
	o := &operation{name: "find", method: http.MethodGet, on: standardSurface, path: path + "?" + url.Values{"filter": {filter}}.Encode()}
	a := c.send(o)
	c.run.stats.add(o.name, a)
	c.tenant.ledger.note(c.name, a.requestID)
	found, err := a.listed()
	if a.status != http.StatusOK || err != nil {
		return nil
	}
	return found
}

// listed are the ids of the resources in a list.
func (a *answer) listed() ([]string, error) {
	var list struct{ Resources []struct{ ID string } }
	err := a.decode(&list)
	var ids []string
	for _, r := range list.Resources {
		ids = append(ids, r.ID)
	}
	slices.Sort(ids)
	return ids, err
}
