package main

import (
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/audit"
)

// account compares an answer with what it had to be, and does to the model what it
// tells. What an uncertain answer leaves open its audit record decides: it is
// written with the change or not at all.
func (c *client) account(o *operation, a *answer) error {
	e := o.expect()
	want := e.status
	if e.change != nil {
		want = e.change.status()
	}
	// After an outage the retry of a write may have been refused for that very write.
	refusedForItself := (a.nothingWritten() || slices.Contains([]int{400, 404, 409, 412}, a.status)) && c.run.outages.during(a)
	switch {
	case e.change != nil && (a.uncertain() || refusedForItself):
		return c.resolve(e.change, a)
	case a.uncertain() || a.nothingWritten():
		c.tenant.ledger.note(c.name, a.requestID)
		return nil
	}
	if a.status != want {
		c.tenant.ledger.note(c.name, a.requestID)
		return fmt.Errorf("and not %d", want)
	}
	if e.change == nil {
		c.tenant.ledger.note(c.name, a.requestID)
		if e.version != (span{}) && !e.version.holds(a.version) {
			return fmt.Errorf("with a version that is not in %v", e.version)
		}
	} else {
		id := e.change.id
		if e.change.operation == audit.Create {
			id = a.id()
		}
		if err := c.made(e.change, a.requestID, id, a.version); err != nil {
			return err
		}
	}
	if a.ok() && e.check != nil {
		return e.check(a)
	}
	return nil
}

// resolve finds out whether a change was made.
func (c *client) resolve(want *change, a *answer) error {
	records, err := c.lookUp(a)
	if err != nil {
		return err
	}
	switch {
	case len(records) == 0:
		c.tenant.ledger.note(c.name, a.requestID)
		return nil
	case len(records) > 1 || !want.is(&records[0]):
		return fmt.Errorf("and left the records %+v", records)
	}
	return c.made(want, a.requestID, records[0].ResourceID, records[0].VersionAfter)
}

// made does to the model what a change did, and has its audit record looked for.
func (c *client) made(m *change, requestID, id string, version int64) error {
	if id == "" || m.id != "" && id != m.id {
		return fmt.Errorf("and changed %s %q instead of %q", m.resourceType, id, m.id)
	}
	if after := m.after(); !after.holds(version) {
		return fmt.Errorf("with a version that is not in %v", after)
	}
	c.tenant.ledger.note(c.name, requestID, expected{operation: m.operation, resourceType: m.resourceType, id: id, before: m.before, after: version})
	m.apply(id, version)
	return nil
}

// is tells whether a record can be of this change.
func (c *change) is(r *auditRecord) bool {
	return r.Operation == c.operation && r.ResourceType == c.resourceType && (c.id == "" || r.ResourceID == c.id)
}
