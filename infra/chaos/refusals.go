package main

import "net/http"

// refused asks for what the caller may not do.
func (c *client) refused() *operation {
	body := object{"schemas": []string{roleURN}, "name": c.name + " Role " + c.next()}
	expect := func(status int) func() expectation { return func() expectation { return refused(status) } }
	switch c.dice.IntN(4) {
	case 0:
		return &operation{name: "refuse (permission)", method: http.MethodPost, on: c.anySurface(), path: "/Roles", body: body, token: c.tenant.viewer, expect: expect(http.StatusForbidden)}
	case 1:
		return &operation{name: "refuse (permission)", method: http.MethodDelete, on: c.anySurface(), path: "/Roles/" + c.anyRole(), token: c.tenant.viewer, expect: expect(http.StatusForbidden)}
	case 2:
		return &operation{name: "refuse (tenant)", method: http.MethodPost, on: tenantSurface, tenant: c.tenant.other, path: "/Roles", body: body, expect: expect(http.StatusForbidden)}
	default:
		return &operation{name: "refuse (token)", method: http.MethodPost, on: c.anySurface(), path: "/Roles", body: body, token: "nobody-" + c.next(), expect: expect(http.StatusUnauthorized)}
	}
}
