package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/auth"
)

// checkStrays: a tenant has nothing that its own clients did not name, and no record
// of anybody else.
func (s *state) checkStrays() (wrong []string) {
	stray := func(kind, id string, one any) {
		wrong = append(wrong, fmt.Sprintf("the %s %s is of another tenant: %+v", kind, id, one))
	}
	for id, r := range s.roles {
		if !s.named(r.Name) && !s.isFirst("Role", id) {
			stray("role", id, *r)
		}
	}
	for id, set := range s.sets {
		if !s.named(set.Name) && !s.isFirst("PermissionSet", id) {
			stray("permission set", id, *set)
		}
	}
	for id, u := range s.users {
		if !s.named(u.UserName) {
			stray("user", id, *u)
		}
	}
	for _, r := range s.records {
		if r.Principal != auth.OperatorPrincipal && r.Principal != probeName && !s.hasClient(r.Principal) {
			stray("record", r.ID, r)
		}
	}
	return wrong
}

// named tells whether clients of the tenant, or the probe, give such names.
func (t *tenantRun) named(name string) bool {
	first := namer(name)
	return first == "shared" || first == probeName || t.hasClient(first)
}

func (t *tenantRun) hasClient(name string) bool {
	return slices.ContainsFunc(t.clients, func(c *client) bool { return c.name == name })
}

// namer is the first part of a name, which tells who gave it.
func namer(name string) string {
	first, _, _ := strings.Cut(strings.NewReplacer(".", " ", "-", " ").Replace(strings.ToLower(name)), " ")
	return first
}
