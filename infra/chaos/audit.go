package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/rolecall/rolecall/pkg/scim"
)

// auditRecord is an audit record as clients see it.
type auditRecord struct {
	ID, Principal, Operation, ResourceType, ResourceID, RequestID string
	VersionBefore, VersionAfter                                   int64
}

// lookUp reads the records of a request whose answer was uncertain, once nothing can
// be added to them any more.
func (c *client) lookUp(a *answer) ([]auditRecord, error) {
	if a.requestID == "" {
		return nil, errors.New("there was no answer")
	}
	c.run.storms.landed()
	// The ids of records begin with the time at which the change was made.
	filter := fmt.Sprintf("time ge %q and time le %q and requestId eq %q",
		scim.FormatTime(a.begun.Add(-time.Second)), scim.FormatTime(time.Now().Add(time.Second)), a.requestID)
	return walk[auditRecord](c, tenantSurface, "/AuditRecords", filter)
}

// walk reads a list by cursor, filtered unless the filter is empty.
func walk[T any](c *client, on surface, path, filter string) ([]T, error) {
	var all []T
	for cursor, more := "", true; more; more = cursor != "" {
		query := url.Values{"cursor": {cursor}, "count": {"100"}}
		if filter != "" {
			query.Set("filter", filter)
		}
		var page struct {
			Resources  []T
			NextCursor string
		}
		if err := c.insist(&operation{name: "walk " + path, method: http.MethodGet, on: on, path: path + "?" + query.Encode()}, &page); err != nil {
			return nil, err
		}
		all, cursor = append(all, page.Resources...), page.NextCursor
	}
	return all, nil
}

// insist reads something, however often it takes.
func (c *client) insist(o *operation, into any) error {
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		a := c.send(o)
		c.run.stats.add(o.name, a)
		c.tenant.ledger.note(c.name, a.requestID)
		switch {
		case a.status == http.StatusOK:
			return a.decode(into)
		case c.run.ctx.Err() != nil:
			return c.run.ctx.Err()
		case !a.uncertain() && !a.nothingWritten() || time.Since(start) > patience:
			return fmt.Errorf("%s was answered %s", o, a)
		}
	}
}
