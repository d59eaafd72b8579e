package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/audit"
)

// checkRecords compares the audit records with what clients were answered, and with
// the versions that there are.
func (s *state) checkRecords() (wrong []string) {
	principals := map[string]bool{"viewer": true}
	for _, c := range s.clients {
		principals[c.name] = !c.broken
	}
	wrong = s.ledger.compare(s.records, principals)
	versions := map[string]map[string]int64{"Role": {}, "PermissionSet": {}, "User": {}} // by type and id; 0 is not there
	byResource := map[string][]auditRecord{}
	for _, r := range s.records {
		if versions[r.ResourceType] != nil {
			versions[r.ResourceType][r.ResourceID] = 0
			byResource[r.ResourceType+r.ResourceID] = append(byResource[r.ResourceType+r.ResourceID], r)
		}
	}
	for id, r := range s.roles {
		versions["Role"][id] = r.Meta.version()
	}
	for id, set := range s.sets {
		versions["PermissionSet"][id] = set.Meta.version()
	}
	for id, u := range s.users {
		versions["User"][id] = u.Meta.version()
	}
	wrong = append(wrong, s.checkSaid(byResource)...)
	for resourceType, ids := range versions {
		for id, version := range ids {
			records := byResource[resourceType+id]
			if s.isFirst(resourceType, id) { // which has no record of its own
				records = append(records, auditRecord{Operation: audit.Create, VersionAfter: 1})
			}
			if problem := checkFlow(records, version, resourceType == "Role"); problem != "" {
				wrong = append(wrong, fmt.Sprintf("%s %s, %s, has the records %+v", resourceType, id, problem, records))
			}
		}
	}
	return wrong
}

// isFirst tells whether a tenant begins with the resource.
func (s *state) isFirst(resourceType, id string) bool {
	switch resourceType {
	case "Role":
		return s.roles[id] != nil && s.roles[id].Extension.BuiltIn
	case "PermissionSet":
		return slices.Contains([]string{configuredSet, "FS_SADMIN", "FS_AUDITV", "FS_USERADM"}, id)
	default:
		return false
	}
}

// checkFlow tells whether changes can be put in an order in which each finds the
// version that the one before left, and the last leaves the version that there is, 0
// for none. What the stream does has no record: unless every change has one, versions
// may be skipped.
func checkFlow(records []auditRecord, version int64, every bool) (problem string) {
	lives := 0
	arrived, left := map[int64]int{}, map[int64]int{} // at and from a version
	for _, r := range records {
		switch r.Operation {
		case audit.Create:
			lives++
		case audit.Delete:
			lives--
		}
		arrived[r.VersionAfter]++
		left[r.VersionBefore]++
	}
	is := func(condition bool) int { return map[bool]int{true: 1}[condition] }
	if lives != is(version > 0) {
		return fmt.Sprintf("which is at version %d", version)
	}
	levels := map[int64]bool{version: true}
	for _, r := range records {
		levels[r.VersionAfter], levels[r.VersionBefore] = true, true
	}
	delete(levels, 0)
	for _, level := range slices.Sorted(maps.Keys(levels)) {
		if every && arrived[level]-left[level] != is(level == version) {
			return fmt.Sprintf("which is at version %d, where they leave version %d", version, level)
		}
		above := 0 // how many more changes led to the level or above it than away from there
		for _, r := range records {
			above += is(r.VersionBefore < level && level <= r.VersionAfter) - is(r.VersionAfter < level && level <= r.VersionBefore)
		}
		if above > is(version >= level) {
			return fmt.Sprintf("which is at version %d, although they lead to version %d", version, level)
		}
	}
	return ""
}
