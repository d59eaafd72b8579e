package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/audit"
)

// checkSaid: what is shared is as the last change said.
func (s *state) checkSaid(byResource map[string][]auditRecord) (wrong []string) {
	check := func(resourceType, id, is string) {
		last := lastOf(byResource[resourceType+id])
		if last == nil {
			return
		}
		if said, known := s.ledger.said[last.RequestID]; known && said != is {
			wrong = append(wrong, fmt.Sprintf("%s %s is %q, and its last change said %q: %+v", resourceType, id, is, said, *last))
		}
	}
	for id, r := range s.roles {
		check("Role", id, r.Description)
	}
	for id, set := range s.sets {
		check("PermissionSet", id, set.Name)
	}
	for id, u := range s.users {
		check("User", id, u.Title)
	}
	return wrong
}

// lastOf is the record of the last change of what is there; nil if that cannot be told:
// a record of a creation is older than the creation, and so perhaps than the record of
// the deletion before it. Each other change was begun after the one before it.
func lastOf(records []auditRecord) *auditRecord {
	records = slices.SortedFunc(slices.Values(records), func(a, b auditRecord) int { return cmp.Compare(a.ID, b.ID) })
	deleted := -1
	for i, r := range records {
		if r.Operation == audit.Delete {
			deleted = i
		}
	}
	if since := records[deleted+1:]; len(since) > 0 && (deleted < 0 || since[0].Operation == audit.Create) {
		return &since[len(since)-1]
	}
	return nil
}
