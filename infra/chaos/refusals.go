package main

import (
	"fmt"
	"net/http"
)

// refused asks for what the caller may not do.
func (c *client) refused() *operation {
	body := object{"schemas": []string{roleURN}, "name": c.name + " Role " + c.next()}
	expect := func(status int) func() expectation { return func() expectation { return refused(status) } }
	switch c.dice.IntN(7) {
	case 0:
		return &operation{name: "refuse (permission)", method: http.MethodPost, on: c.anySurface(), path: "/Roles", body: body, token: c.tenant.viewer, expect: expect(http.StatusForbidden)}
	case 1:
		return &operation{name: "refuse (permission)", method: http.MethodDelete, on: c.anySurface(), path: "/Roles/" + c.anyRole(), token: c.tenant.viewer, expect: expect(http.StatusForbidden)}
	case 2:
		return &operation{name: "refuse (tenant)", method: http.MethodPost, on: tenantSurface, tenant: c.tenant.other.name, path: "/Roles", body: body, expect: expect(http.StatusForbidden)}
	case 3, 4: // no tenant sees what another has
		others := pick(c.dice, c.tenant.other.clients...)
		return &operation{
			name: "refuse (other's)", method: pick(c.dice, http.MethodGet, http.MethodGet, http.MethodDelete), on: c.anySurface(), path: "/Roles/" + others.anyReturning(c.dice), expect: expect(http.StatusNotFound),
		}
	case 5:
		others := pick(c.dice, c.tenant.other.clients...).name
		return pick(c.dice,
			c.list("find other's", "/Roles", fmt.Sprintf("name sw %q", others+" "), nil),
			c.list("find other's", "/PermissionSets", fmt.Sprintf("name sw %q", others+" "), nil),
			c.list("find other's", "/Users", fmt.Sprintf("userName sw %q", others+"."), nil))
	default:
		return &operation{name: "refuse (token)", method: http.MethodPost, on: c.anySurface(), path: "/Roles", body: body, token: "nobody-" + c.next(), expect: expect(http.StatusUnauthorized)}
	}
}
