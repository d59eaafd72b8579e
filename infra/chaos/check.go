package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// checked is how much was looked at in the end.
type checked struct{ roles, sets, users, records int }

// state is all that a tenant has, as clients see it.
type state struct {
	*tenantRun
	roles   map[string]*roleBody
	sets    map[string]*setBody
	users   map[string]*userBody
	records []auditRecord
}

// check compares what there is with the clients' models and with what must always
// be so.
func (r *run) check(ctx context.Context) error {
	r.progress("checking")
	for _, t := range r.tenants {
		s, err := t.read()
		if err != nil {
			return fmt.Errorf("read tenant %s: %w", t.name, err)
		}
		n := &r.report.checked
		n.roles, n.sets, n.users, n.records = n.roles+len(s.roles), n.sets+len(s.sets), n.users+len(s.users), n.records+len(s.records)
		if err := r.checkTenant(ctx, s); err != nil {
			return fmt.Errorf("check tenant %s: %w", t.name, err)
		}
	}
	for id := range r.probe.created {
		if s := fmt.Sprint("PROBE-", id+1); r.probe.send(&operation{method: http.MethodGet, path: "/Roles/" + s}).status != http.StatusOK {
			r.violated("role %s was created and is not there", s)
		}
	}
	for _, denial := range r.stack.Denied() {
		r.violated("%s may not %s", denial.By(), denial.Action)
	}
	for _, line := range r.bugs.found() {
		r.violated("a function failed by itself: %s", line)
	}
	var found struct{ Drift, DeletedRoles, Failures []json.RawMessage }
	if err := r.invoke(ctx, "reconcile-tenant", `{"all":true,"dryRun":true}`, &found); err != nil {
		return err
	}
	for what, list := range map[string][]json.RawMessage{"drift": found.Drift, "deleted roles that are held": found.DeletedRoles, "failures": found.Failures} {
		for _, one := range list {
			r.violated("reconciliation finds %s: %s", what, one)
		}
	}
	r.report.complete = true
	return nil
}

// checkTenant lists what is wrong in one tenant.
func (r *run) checkTenant(ctx context.Context, s *state) error {
	wrong := slices.Concat(s.checkSets(), s.checkRoles(), s.checkUsers(), s.checkNames(), s.checkStrays(), s.checkRecords())
	for _, c := range s.clients {
		if !c.broken {
			wrong = append(wrong, s.checkClient(c)...)
		}
	}
	counted, err := s.checkLists()
	if err != nil {
		return err
	}
	stored, err := r.checkStored(ctx, s)
	if err != nil {
		return err
	}
	for _, text := range slices.Concat(wrong, counted, stored) {
		r.violated("%s: %s", s.name, text)
	}
	return nil
}

// read reads all of a tenant.
func (t *tenantRun) read() (*state, error) {
	s := &state{tenantRun: t, roles: map[string]*roleBody{}, sets: map[string]*setBody{}, users: map[string]*userBody{}}
	c := t.clients[0]
	roles, err := walk[*roleBody](c, tenantSurface, "/Roles", "")
	if err != nil {
		return nil, err
	}
	sets, err := walk[*setBody](c, tenantSurface, "/PermissionSets", "")
	if err != nil {
		return nil, err
	}
	users, err := walk[*userBody](c, tenantSurface, "/Users", "")
	if err != nil {
		return nil, err
	}
	for _, one := range roles {
		s.roles[one.ID] = one
	}
	for _, one := range sets {
		s.sets[one.ID] = one
	}
	for _, one := range users {
		s.users[one.ID] = one
	}
	s.records, err = walk[auditRecord](c, tenantSurface, "/AuditRecords", "")
	return s, err
}
