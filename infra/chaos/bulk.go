package main

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strconv"

	"github.com/rolecall/rolecall/pkg/audit"
)

const bulkURN = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

// part is one operation of a bulk request. All of them are possible, so that one is
// refused only if another, to which it refers, was not done.
type part struct {
	method, path, bulkID string
	data                 object
	change               func() *change // as things stand when it is its turn
}

// bulk creates a role, a user who holds it and a set that names it, and changes
// another role or deletes a user.
func (c *client) bulk() *operation {
	on := c.anySurface()
	created := "" // id of the role
	r := c.freshRole()
	r.member, r.sets = c.dice.IntN(2) == 0, someOf(c, ids(c.sets), 2)
	parts := []part{{http.MethodPost, "/Roles", "role", r.body(), func() *change {
		made := c.toRole(audit.Create, "", span{}, r).change
		put := made.apply
		made.apply = func(id string, version int64) {
			created = id
			put(id, version)
		}
		return made
	}}}
	u := c.freshUser()
	parts = append(parts, part{http.MethodPost, "/Users", "user", u.body([]string{"bulkId:role"}), func() *change {
		return c.toUser(audit.Create, "", span{}, u, []string{created}).change
	}})
	if c.dice.IntN(2) == 0 {
		s := set{name: c.name + " Set " + c.next(), items: map[string][]string{"M_ROLE": {"bulkId:role"}}}
		body := s.body()
		parts = append(parts, part{http.MethodPost, "/PermissionSets", "set", body, func() *change {
			s.items = map[string][]string{"M_ROLE": {created}}
			return c.toSet(audit.Create, "", span{}, s).change
		}})
	}
	if roles := ids(c.roles); len(roles) > 0 {
		id := roles[c.dice.IntN(len(roles))]
		changed := *c.roles[id]
		changed.description = c.next()
		parts = append(parts, part{http.MethodPatch, "/Roles/" + id, "", patchBody(object{"op": "replace", "path": "description", "value": changed.description}), func() *change {
			return c.toRole(audit.Update, id, exactly(c.roles[id].version), changed).change
		}})
	}
	if users := ids(c.users); len(users) > 0 && on != managementSurface && c.dice.IntN(3) == 0 {
		id := users[c.dice.IntN(len(users))]
		parts = append(parts, part{http.MethodDelete, "/Users/" + id, "", nil, func() *change {
			return &change{operation: audit.Delete, resourceType: "User", id: id, before: c.versions(c.users[id]), apply: func(id string, _ int64) { delete(c.users, id) }}
		}})
	}
	var operations []object
	for _, p := range parts {
		one := object{"method": p.method, "path": p.path}
		if p.bulkID != "" {
			one["bulkId"] = p.bulkID
		}
		if p.data != nil {
			one["data"] = p.data
		}
		operations = append(operations, one)
	}
	return &operation{
		name: "bulk", method: http.MethodPost, on: on, path: "/Bulk", body: object{"schemas": []string{bulkURN}, "Operations": operations},
		settle: func(a *answer) error { return c.accountBulk(parts, a) },
	}
}

// bulkAnswer is what a bulk response says of one operation.
type bulkAnswer struct {
	Location, Version, Status string
	Response                  struct{ Detail string }
}

func (b bulkAnswer) status() int {
	n, _ := strconv.Atoi(b.Status)
	return n
}

// accountBulk accounts for the operations of a bulk request, each of which was done
// or not.
func (c *client) accountBulk(parts []part, a *answer) error {
	var answers struct{ Operations []bulkAnswer }
	switch {
	case a.uncertain():
		answers.Operations = make([]bulkAnswer, len(parts)) // their statuses are not known
	case a.status != http.StatusOK:
		c.tenant.ledger.note(c.name, a.requestID)
		return errors.New("and not 200")
	default:
		if err := a.decode(&answers); err != nil {
			return err
		}
	}
	if len(answers.Operations) != len(parts) {
		return fmt.Errorf("and not with %d operations", len(parts))
	}
	c.tenant.ledger.note(c.name, a.requestID)
	if !slices.ContainsFunc(answers.Operations, func(b bulkAnswer) bool { return b.status() < 200 || b.status() > 299 }) {
		return c.madeAll(parts, answers.Operations, a)
	}
	records, err := c.lookUp(a)
	if err != nil {
		return err
	}
	return c.resolveParts(parts, answers.Operations, records, a)
}

// madeAll accounts for a bulk request of which everything was done.
func (c *client) madeAll(parts []part, answers []bulkAnswer, a *answer) error {
	for i, p := range parts {
		m := p.change()
		if answers[i].status() != m.status() {
			return fmt.Errorf("and operation %d not with %d", i, m.status())
		}
		version := int64(0)
		if m.operation != audit.Delete {
			version = meta{Version: answers[i].Version}.version()
		}
		if err := c.made(m, a.requestID, path.Base(answers[i].Location), version); err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
	}
	return nil
}

// resolveParts accounts for a bulk request of which something may not have been done.
func (c *client) resolveParts(parts []part, answers []bulkAnswer, records []auditRecord, a *answer) error {
	excuse := a.uncertain() || c.run.outages.during(a)
	for i, p := range parts {
		status, m := answers[i].status(), p.change()
		found := slices.IndexFunc(records, func(r auditRecord) bool { return m.is(&r) })
		certain := status != 0 && (status < 500 || saysNothingWritten(answers[i].Response.Detail))
		switch {
		case found < 0 && status >= 200 && status <= 299:
			return fmt.Errorf("and operation %d left no record", i)
		case found >= 0 && certain && status > 299 && !c.run.outages.during(a):
			return fmt.Errorf("and operation %d was done", i)
		case found < 0 && status >= 400 && status < 500 && !excuse:
			return fmt.Errorf("and operation %d was refused though nothing stood in its way", i)
		}
		excuse = excuse || status < 200 || status > 299 // for those that refer to it
		if found < 0 {
			continue
		}
		if err := c.made(m, a.requestID, records[found].ResourceID, records[found].VersionAfter); err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
		records = slices.Delete(records, found, found+1)
	}
	if len(records) > 0 {
		return fmt.Errorf("and left the records %+v", records)
	}
	return nil
}
