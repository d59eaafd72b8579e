package storetest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// records reads all audit records of a tenant, page by page.
func (f fixture) records(t *testing.T, in tenant.ID) []audit.Record {
	t.Helper()
	var records []audit.Record
	for after, more := "", true; more; {
		var page []audit.Record
		var err error
		if page, more, err = f.AuditRecords(t.Context(), in, resource.Span{}.Behind(after), 2); err != nil {
			t.Fatal(err)
		}
		if records = append(records, page...); len(page) > 0 {
			after = page[len(page)-1].ID
		}
	}
	if !slices.IsSortedFunc(records, func(a, b audit.Record) int { return strings.Compare(a.ID, b.ID) }) {
		t.Errorf("records are not in the order of their ids: %+v", records)
	}
	return records
}

// summary writes what a record tells of the change.
func summary(r audit.Record) string {
	return fmt.Sprintf("%s %s %s %d-%d %v", r.Operation, r.ResourceType, r.ResourceID, r.VersionBefore, r.VersionAfter, r.Attributes)
}

// testAuditRecords: each write leaves one record, and what writes nothing leaves
// none.
func testAuditRecords(t *testing.T, f fixture) {
	start := time.Now().Truncate(time.Millisecond)
	seen := map[string]bool{}
	for _, r := range f.records(t, f.acme) {
		seen[r.ID] = true
	}
	if len(seen) != 1 {
		t.Fatalf("onboarding leaves %d records, want 1", len(seen))
	}
	refused := errors.New("refused")
	for _, step := range []struct {
		name  string
		write func() error
		want  string // of the one record, empty for none
	}{
		{"create role", func() error {
			_, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "A", ExternalID: "a", Name: "a", PermissionSets: []string{"FS_AUDITV"}})
			return err
		}, "create Role A 0-1 [externalId id name permissionSets]"},
		{"create it again", func() error {
			_, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "A", Name: "b"})
			return err
		}, ""},
		{"change role", func() error { f.update(t, "A", func(r *role.Role) { r.Name, r.Description = "b", "x" }); return nil }, "update Role A 1-2 [description name]"},
		{"change nothing", func() error { f.update(t, "A", func(*role.Role) {}); return nil }, ""},
		{"refuse a change", func() error {
			_, err := f.UpdateRole(t.Context(), f.acme, actor, "A", func(role.Role) (role.Role, resource.Proof, error) { return role.Role{}, resource.Proof{}, refused })
			return err
		}, ""},
		{"refuse a deletion", func() error {
			return f.DeleteRole(t.Context(), f.acme, actor, "A", func(role.Role) (resource.Proof, error) { return resource.Proof{}, refused })
		}, ""},
		{"create set", func() error { f.createSet(t, "S", limited(permission.ReadRole, "A")); return nil }, "create PermissionSet S 0-1 [id name permissionSetItems]"},
		{"change set", func() error { f.replaceItems(t, "S", limited(permission.ReadRole)); return nil }, "update PermissionSet S 1-2 [permissionSetItems]"},
		{"change nothing of the set", func() error { f.replaceItems(t, "S", limited(permission.ReadRole)); return nil }, ""},
		{"configure", func() error { f.configure(t, "S"); return nil }, "update Tenant acme 0-0 [configuredPermissionSet]"},
		{"refuse to delete the configured set", func() error { return f.DeletePermissionSet(t.Context(), f.acme, actor, "S", anySet) }, ""},
		{"configure again", func() error { f.configure(t, "FS_RLASG"); return nil }, "update Tenant acme 0-0 [configuredPermissionSet]"},
		{"delete set", func() error { return f.DeletePermissionSet(t.Context(), f.acme, actor, "S", anySet) }, "delete PermissionSet S 2-0 [id name permissionSetItems]"},
		{"rotate cursor keys", func() error {
			_, err := f.RotateCursorKeys(t.Context(), f.acme, actor, tenant.NewCursorKey(time.Now()))
			return err
		}, "update Tenant acme 0-0 [cursorKeys]"},
		{"bring sets in line", func() error { f.sync(t, "A"); return nil }, ""},
		{"delete role", func() error { f.delete(t, f.acme, "A"); return nil }, "delete Role A 2-0 [description externalId id name permissionSets]"},
	} {
		err := step.write()
		if step.want != "" && err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		var added []string
		for _, r := range f.records(t, f.acme) {
			if seen[r.ID] {
				continue
			}
			seen[r.ID] = true
			if added = append(added, summary(r)); r.Actor != actor || r.Time.Before(start) || r.Time.After(time.Now()) {
				t.Errorf("%s: %+v", step.name, r)
			}
			if read, err := f.AuditRecord(t.Context(), f.acme, r.ID); err != nil || fmt.Sprint(read) != fmt.Sprint(r) {
				t.Errorf("%s: AuditRecord = %+v, %v; want %+v", step.name, read, err, r)
			}
		}
		if got := strings.Join(added, "; "); got != step.want {
			t.Errorf("%s: records %q, want %q", step.name, got, step.want)
		}
	}
	// Nothing takes a record away.
	if left := f.records(t, f.acme); len(left) != len(seen) {
		t.Errorf("%d records of %v are left", len(left), slices.Collect(maps.Keys(seen)))
	}
}

func testAuditSpans(t *testing.T, f fixture) {
	for i := range 4 {
		f.create(t, f.acme, fmt.Sprint("R", i))
		time.Sleep(2 * time.Millisecond) // for a time of its own
	}
	f.create(t, f.acmeEU, "THEIRS")
	all := f.records(t, f.acme)
	if len(all) != 5 {
		t.Fatalf("%d records", len(all))
	}
	moment := func(i int) string { return audit.IDPrefix(all[i].Time) }
	for name, test := range map[string]struct {
		in         resource.Span
		first, end int
	}{
		"all":              {resource.Span{}, 0, 5},
		"one":              {resource.Span{From: all[2].ID, To: all[2].ID}, 2, 3},
		"behind one":       {resource.Span{}.Behind(all[1].ID), 2, 5},
		"from a time on":   {resource.Span{From: moment(3)}, 3, 5},
		"up to a time":     {resource.Span{To: moment(3)}, 0, 3},
		"of one moment":    {resource.Span{}.WithPrefix(moment(1)), 1, 2},
		"long ago":         {resource.Span{To: "2001"}, 0, 0},
		"none":             {resource.Span{From: "3", To: "2"}, 0, 0},
		"what is no id":    {resource.Span{From: "20é"}, 5, 5},
		"beyond all times": {resource.Span{From: "A"}, 5, 5},
	} {
		page, more, err := f.AuditRecords(t.Context(), f.acme, test.in, 10)
		if err != nil || more || fmt.Sprint(page) != fmt.Sprint(all[test.first:test.end]) {
			t.Errorf("%s: %+v, %t, %v", name, page, more, err)
		}
	}
	theirs := f.records(t, f.acmeEU)
	if len(theirs) != 2 || theirs[1].ResourceID != "THEIRS" {
		t.Errorf("acme-eu has %+v", theirs)
	}
	for _, id := range []string{theirs[1].ID, "NONE", "20260131T120000.000Z-AAAAAAAA"} {
		if r, err := f.AuditRecord(t.Context(), f.acme, id); !errors.Is(err, resource.ErrNotFound) {
			t.Errorf("AuditRecord(%s) = %+v, %v", id, r, err)
		}
	}
}
