package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
)

func always() bool { return true }

// testReconcile: changes whose records were lost are found and repaired.
func testReconcile(t *testing.T, f fixture) {
	for _, id := range []string{"DEAD", "OFF", "SAID"} {
		f.create(t, f.acme, id)
	}
	f.sync(t, "DEAD", "OFF", "SAID")
	f.createSet(t, "FS_NEW", limited(permission.ChangeRole, "DEAD", "SAID"))
	f.delete(t, f.acme, "DEAD")
	f.update(t, "OFF", func(r *role.Role) { r.UpdatePermissionSet = false })
	f.create(t, f.acme, "MISSING")

	dry := sync.Reconciler{Store: f, DryRun: true}
	found, err := dry.Tenant(t.Context(), f.acme, "", always)
	if err != nil || found.Checked != 16 || found.More || changedRoles(found.Changes) != "DEAD DEAD MISSING OFF" && changedRoles(found.Changes) != "DEAD MISSING OFF DEAD" {
		t.Errorf("dry run = %+v, %v", found, err)
	}
	if version := f.configured(t, f.acme).Version; version != 2 {
		t.Errorf("a dry run raised the version to %d", version)
	}
	repair := sync.Reconciler{Store: f}
	if done, err := repair.Tenant(t.Context(), f.acme, "", always); err != nil || len(done.Changes) != 2 {
		t.Errorf("repair = %+v, %v", done, err)
	}
	want := []string{"MISSING", "SAID"}
	if got := slices.DeleteFunc(f.members(t, permission.AssignRole), func(id string) bool { return id[:2] == "RL" }); !slices.Equal(got, want) {
		t.Errorf("after the repair the set names %v, want %v", got, want)
	}
	set, err := f.PermissionSet(t.Context(), f.acme, "FS_NEW")
	if err != nil {
		t.Fatal(err)
	}
	wantItems(t, set, 2, limited(permission.ChangeRole, "SAID"))
	if again, err := repair.Tenant(t.Context(), f.acme, "", always); err != nil || len(again.Changes) > 0 {
		t.Errorf("a second repair = %+v, %v", again, err)
	}
}

// testReconcilePages: drift is found on every page, and a run that is stopped
// goes on where it was.
func testReconcilePages(t *testing.T, f fixture) {
	var ids []string
	for i := range 1100 {
		ids = append(ids, fmt.Sprintf("%040d", i))
	}
	together(8, func(i int) error {
		for j := i; j < len(ids); j += 8 {
			if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: ids[j], Name: ids[j], UpdatePermissionSet: j%100 == 0}); err != nil {
				t.Error(err)
			}
		}
		return nil
	})
	pages := 0
	repair := sync.Reconciler{Store: f}
	var changes []sync.SetChange
	for done := (sync.Reconciled{More: true}); done.More; pages++ {
		asked := false
		once := func() bool { defer func() { asked = true }(); return !asked }
		var err error
		if done, err = repair.Tenant(t.Context(), f.acme, done.Last, once); err != nil {
			t.Fatal(err)
		}
		changes = append(changes, done.Changes...)
	}
	if pages != 2 || len(changes) != 2 {
		t.Errorf("%d pages, %d changes; want 2, 2", pages, len(changes))
	}
	if roles := f.members(t, permission.ReadRole); len(roles) != 13+11 {
		t.Errorf("the set names %d roles, want %d", len(roles), 13+11)
	}
}
