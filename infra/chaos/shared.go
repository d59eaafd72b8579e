package main

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/audit"
)

// What all clients of a tenant change: so many roles, sets and users, and the
// configured set. An answer can be any that fits some order of their requests; the
// audit records tell, at the end, whether all of them fit one.
const sharedEach = 3

const (
	sharedRoles   = "SHARED-" // how the ids begin
	sharedSets    = "FS_SHARED-"
	configuredSet = "FS_RLASG"
)

// sharing is a request for what others change, too.
type sharing struct {
	name, method, path string
	body               object
	on                 surface
	operation          string // audit.Create, Update or Delete; empty for a read
	resourceType, id   string // id is empty while the service has not chosen one
	refusals           []int  // statuses, beside that of success
	says               string // of a write, what nothing else does: a role's description, a set's name, a user's title
	neverSays          string // what no refusal may say
	duel               bool   // another request is made at the same time
}

// sharing asks for something about a role, set or user; what is to be sent is up to
// the caller.
func (c *client) sharing(verb, what, id string) sharing {
	resources := map[string]string{"role": "Role", "set": "PermissionSet", "user": "User"}
	s := sharing{name: verb + " " + what, method: http.MethodGet, on: c.anySurface(), resourceType: resources[what], id: id, refusals: []int{404}}
	collection := "/" + s.resourceType + "s"
	s.path = collection + "/" + id
	switch verb {
	case "create":
		s.method, s.operation, s.path, s.refusals = http.MethodPost, audit.Create, collection, []int{409, 400}
		if id != "" {
			s.on = tenantSurface
		}
	case "replace":
		s.method, s.operation, s.refusals = http.MethodPut, audit.Update, []int{404, 400}
	case "patch":
		s.method, s.operation, s.refusals = http.MethodPatch, audit.Update, []int{404, 400}
	case "delete":
		s.method, s.operation = http.MethodDelete, audit.Delete
	}
	return s
}

// send has a whole resource sent, with the id that it is to have if it is created.
func (s *sharing) send(body object) {
	if s.body = body; s.operation == audit.Create && s.id != "" {
		s.body["id"] = s.id
	}
}

func (c *client) share(s sharing) *operation {
	return &operation{
		name: "shared: " + s.name, method: s.method, on: s.on, path: s.path, body: s.body,
		settle: func(a *answer) error { return c.accountShared(s, a) },
	}
}

// accountShared accounts for an answer.
func (c *client) accountShared(s sharing, a *answer) error {
	c.tenant.ledger.heard(a.requestID, s.says)
	// The retry of a write may have been made once more, or been refused, after an
	// outage.
	again := 0
	if c.run.outages.during(a) {
		again = math.MaxInt
	}
	change := &change{operation: s.operation}
	success := http.StatusOK
	if s.operation != "" {
		success = change.status()
	}
	switch {
	case a.uncertain() && s.operation != "":
		c.tenant.ledger.allow(c.name, a.requestID, max(1, again))
		return nil
	case s.neverSays != "" && strings.Contains(string(a.body), s.neverSays):
		return errors.New("which it is not to say")
	case a.uncertain() || a.nothingWritten() || slices.Contains(s.refusals, a.status):
		c.tenant.ledger.allow(c.name, a.requestID, again)
		return nil
	case a.status != success:
		c.tenant.ledger.note(c.name, a.requestID)
		return fmt.Errorf("and not %d or one of %v", success, s.refusals)
	}
	id := s.id
	if s.operation == audit.Create {
		id = a.id()
	}
	if s.operation == "" {
		c.tenant.ledger.note(c.name, a.requestID)
	} else {
		c.tenant.ledger.allow(c.name, a.requestID, again, expected{operation: s.operation, resourceType: s.resourceType, id: id, before: span{0, math.MaxInt64}, after: a.version})
	}
	if s.duel { // whose answer came first is not known
		return nil
	}
	return c.see(s.resourceType+" "+id, a)
}

// sighting is at which version of which incarnation a resource was seen.
type sighting struct {
	created string
	version int64
}

// see compares an answer with what this client has been told of the resource before:
// it never goes back.
func (c *client) see(what string, a *answer) error {
	if len(a.body) == 0 {
		return nil
	}
	var body struct{ Meta meta }
	if err := a.decode(&body); err != nil {
		return err
	}
	now, before := sighting{body.Meta.Created, body.Meta.version()}, c.seen[what]
	if now.created < before.created || now.created == before.created && now.version < before.version {
		return fmt.Errorf("and was seen at %+v before", before)
	}
	c.seen[what] = now
	return nil
}

// some are shared roles or sets, one of so many.
func (c *client) some(prefix string, of int) []string {
	var ids []string
	for n := range sharedEach {
		if c.dice.IntN(of) == 0 {
			ids = append(ids, fmt.Sprint(prefix, n))
		}
	}
	return ids
}
