package main

import (
	"fmt"
	"net/http"

	"github.com/rolecall/rolecall/pkg/audit"
)

// surface is where a request goes.
type surface int

const (
	tenantSurface surface = iota
	standardSurface
	managementSurface // the standard surface under its base path
)

// base is the beginning of the paths of a tenant's requests.
func (s surface) base(tenant string) string {
	return [...]string{"/scim/" + tenant + "/v2", "/scim/v2", "/management-api/scim/v2"}[s]
}

type object = map[string]any

// operation is a request, and what has to come of it.
type operation struct {
	name    string // for the report, such as "create role"
	method  string
	on      surface
	tenant  string // in the path of the tenant surface, instead of the client's own; empty for that
	path    string // behind the surface's base
	body    object // nil for none
	ifMatch string
	token   string     // instead of the client's own; empty for that
	retries int        // after answers that are uncertain
	rival   *operation // is sent at the same time; nil for none
	// expect tells what the answer has to be as things stand.
	expect func() expectation
	// settle does what has to be done about an answer, instead of what expect asks
	// for; nil for that.
	settle func(*answer) error
}

// String is the request in a line.
func (o *operation) String() string {
	return fmt.Sprintf("%s %s%s %v", o.method, o.on.base("{tenant}"), o.path, o.body)
}

// get reads one of the client's resources.
func get[T any](c *client, name, path, id string, have map[string]*T, check func(id string, a *answer) error) *operation {
	return &operation{name: name, method: http.MethodGet, on: c.anySurface(), path: path + id, expect: func() expectation {
		if have[id] == nil {
			return refused(http.StatusNotFound)
		}
		return expectation{status: http.StatusOK, check: func(a *answer) error { return check(id, a) }}
	}}
}

// expectation is what an answer has to be, and what it does.
type expectation struct {
	status  int
	version span                // of a success that changes nothing; the zero span is not looked at
	change  *change             // nil for none
	check   func(*answer) error // of a success; may be nil
}

func refused(status int) expectation { return expectation{status: status} }

// change is one change of one resource.
type change struct {
	operation    string // audit.Create, Update or Delete
	resourceType string
	id           string // empty while the service has not chosen one
	before       span   // what the version may be before
	apply        func(id string, version int64)
}

// becomes expects a change, and an answer with what came of it.
func becomes(m change, check func(id string, a *answer) error) expectation {
	made, apply := m.id, m.apply
	m.apply = func(id string, version int64) {
		made = id
		apply(id, version)
	}
	return expectation{change: &m, check: func(a *answer) error { return check(made, a) }}
}

// span is a range of versions.
type span struct{ least, most int64 }

func exactly(version int64) span { return span{version, version} }

func (s span) holds(version int64) bool { return s.least <= version && version <= s.most }

// after is what the version may be after the change.
func (c *change) after() span {
	switch c.operation {
	case audit.Create:
		return exactly(1)
	case audit.Delete:
		return span{}
	default:
		return span{c.before.least + 1, c.before.most + 1}
	}
}

// status is that of an answer to the change.
func (c *change) status() int {
	switch c.operation {
	case audit.Create:
		return http.StatusCreated
	case audit.Delete:
		return http.StatusNoContent
	default:
		return http.StatusOK
	}
}
