package main

import (
	"fmt"
	"slices"
	"sync"
)

// ledger tells which audit records a tenant must have: those of its clients'
// requests.
type ledger struct {
	mutex   sync.Mutex
	entries map[string]*entry // by request id
	said    map[string]string // by request id, what a change of something shared is known by
	unknown map[string]int    // requests without an answer, and so without a known id, by principal
}

// entry is what is known of a request.
type entry struct {
	principal string
	expected  []expected
	// most is how many records there may be beyond those, of a request of which it
	// is not known what came of it.
	most int
}

// expected is a record that there must be.
type expected struct {
	operation, resourceType, id string
	before                      span
	after                       int64
}

func newLedger() *ledger {
	return &ledger{entries: map[string]*entry{}, said: map[string]string{}, unknown: map[string]int{}}
}

// heard notes what a request says that may be seen in the end.
func (l *ledger) heard(requestID, says string) {
	if requestID == "" || says == "" {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.said[requestID] = says
}

// note has a request leave exactly these records.
func (l *ledger) note(principal, requestID string, records ...expected) {
	l.add(principal, requestID, &entry{principal: principal, expected: records})
}

// allow has a request leave these records, and so many others.
func (l *ledger) allow(principal, requestID string, most int, records ...expected) {
	l.add(principal, requestID, &entry{principal: principal, most: most, expected: records})
}

func (l *ledger) add(principal, requestID string, e *entry) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if requestID == "" {
		l.unknown[principal]++
		return
	}
	if known := l.entries[requestID]; known != nil {
		known.expected = append(known.expected, e.expected...)
		known.most = max(known.most, e.most)
		return
	}
	l.entries[requestID] = e
}

// compare returns what is wrong with the records of these principals.
func (l *ledger) compare(records []auditRecord, principals map[string]bool) (wrong []string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	byRequest := map[string][]auditRecord{}
	for _, r := range records {
		if principals[r.Principal] {
			byRequest[r.RequestID] = append(byRequest[r.RequestID], r)
		}
	}
	for id, found := range byRequest {
		if e := l.entries[id]; e == nil && l.unknown[found[0].Principal] == 0 {
			wrong = append(wrong, fmt.Sprintf("of a request %s that nobody sent there is the record %+v", id, found[0]))
		}
	}
	for id, e := range l.entries {
		if !principals[e.principal] {
			continue
		}
		left := slices.Clone(byRequest[id])
		for _, want := range e.expected {
			i := slices.IndexFunc(left, func(r auditRecord) bool { return want.is(&r) && r.Principal == e.principal })
			if i < 0 {
				wrong = append(wrong, fmt.Sprintf("of request %s of %s the record %+v is missing; there are %+v", id, e.principal, want, byRequest[id]))
				continue
			}
			left = slices.Delete(left, i, i+1)
		}
		if len(left) > e.most {
			wrong = append(wrong, fmt.Sprintf("of request %s of %s there are records too many: %+v", id, e.principal, left))
		}
	}
	slices.Sort(wrong)
	return wrong
}

func (e *expected) is(r *auditRecord) bool {
	return r.Operation == e.operation && r.ResourceType == e.resourceType && r.ResourceID == e.id &&
		e.before.holds(r.VersionBefore) && r.VersionAfter == e.after
}
