package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/auth"
)

// checkStrays: a tenant has nothing, and no record of anybody, that is not its own.
func (s *state) checkStrays() (wrong []string) {
	ownsName := func(name string, others ...string) bool {
		name = strings.ToLower(name)
		return slices.ContainsFunc(others, func(other string) bool { return strings.HasPrefix(name, other) }) ||
			slices.ContainsFunc(s.clients, func(c *client) bool {
				return strings.HasPrefix(name, c.name+" ") || strings.HasPrefix(name, c.name+".")
			})
	}
	stray := func(kind, id string, one any) {
		wrong = append(wrong, fmt.Sprintf("the %s %s is not of this tenant: %+v", kind, id, one))
	}
	for id, r := range s.roles {
		if !ownsName(r.Name, "shared ", "probe-") && !s.isFirst("Role", id) {
			stray("role", id, *r)
		}
	}
	for id, set := range s.sets {
		if !ownsName(set.Name, "shared ") && !s.isFirst("PermissionSet", id) {
			stray("set", id, *set)
		}
	}
	for id, u := range s.users {
		if !ownsName(u.UserName, "shared.") {
			stray("user", id, *u)
		}
	}
	for _, r := range s.records {
		known := []string{auth.OperatorPrincipal, "probe"}
		if !slices.Contains(known, r.Principal) && !slices.ContainsFunc(s.clients, func(c *client) bool { return c.name == r.Principal }) {
			stray("record", r.ID, r)
		}
	}
	return wrong
}
