package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// testSyncSaid: what a client said of a role outlives its updatePermissionSet,
// permission by permission, and is not said by being sent back.
func testSyncSaid(t *testing.T, f fixture) {
	if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "A", Name: "a"}); err != nil {
		t.Fatal(err)
	}
	put := func(change func(assign, read []string) ([]string, []string)) {
		t.Helper()
		assign, read := change(f.members(t, permission.AssignRole), f.members(t, permission.ReadRole))
		f.replaceItems(t, "FS_RLASG", limited(permission.AssignRole, assign...), limited(permission.ReadRole, read...))
	}
	same := func(assign, read []string) ([]string, []string) { return assign, read }
	flip := func(on bool) {
		t.Helper()
		f.update(t, "A", func(r *role.Role) { r.UpdatePermissionSet = on })
		f.sync(t, "A")
	}
	want := func(step string, assign, read bool) {
		t.Helper()
		if got := slices.Contains(f.members(t, permission.AssignRole), "A"); got != assign {
			t.Errorf("%s: M_U_ROLES names A: %t", step, got)
		}
		if got := slices.Contains(f.members(t, permission.ReadRole), "A"); got != read {
			t.Errorf("%s: R_ROLE names A: %t", step, got)
		}
	}
	put(func(assign, read []string) ([]string, []string) { return assign, insert(read, "A") })
	want("said of one permission", false, true)
	flip(true)
	want("and switched on", true, true)
	put(same)
	flip(false)
	want("and switched off after it was sent back", false, true)
	flip(true)
	before := f.configured(t, f.acme)
	put(func(assign, read []string) ([]string, []string) { return assign, without(read, "A") })
	if after := f.configured(t, f.acme); after.Meta != before.Meta {
		t.Errorf("a change that nobody sees made %+v of %+v", after.Meta, before.Meta)
	}
	want("taken back while switched on", true, true)
	flip(false)
	want("taken back, and switched off", false, false)
	flip(true)
	f.update(t, "A", func(r *role.Role) { r.UpdatePermissionSet = false })
	put(func(assign, _ []string) ([]string, []string) { return assign, nil })
	want("switched off, and sent back in one item before the stream has told", false, false)
}

// testSyncDeletedRoleSentBack: a client that changes one item of a set says nothing
// of the roles in the others, whether they still exist or not.
func testSyncDeletedRoleSentBack(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.createSet(t, "FS_NEW", limited(permission.ChangeRole, "A", "RL_RFE"), limited(permission.DeleteRole, "A"))
	f.delete(t, f.acme, "A")
	set := f.replaceItems(t, "FS_NEW", limited(permission.ChangeRole, "A", "RL_RFE"), limited(permission.DeleteRole, "RL_RFE"))
	wantItems(t, set, 2, limited(permission.ChangeRole, "RL_RFE"), limited(permission.DeleteRole, "RL_RFE"))
}

func insert(ids []string, id string) []string {
	return slices.Sorted(slices.Values(append(slices.Clone(ids), id)))
}

func without(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(other string) bool { return other == id })
}

// testSyncRecreatedRoleIsAnother: what a client said of a role is not said of
// one that is created under its id before the stream has told of the deletion.
func testSyncRecreatedRoleIsAnother(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.createSet(t, "FS_NEW", limited(permission.ChangeRole, "A", "RL_RFE"))
	f.delete(t, f.acme, "A")
	f.create(t, f.acme, "A")
	f.apply(t, sync.Hint{Tenant: f.acme, Role: "A", Deleted: true}, sync.Hint{Tenant: f.acme, Role: "A"})
	set, err := f.PermissionSet(t.Context(), f.acme, "FS_NEW")
	if err != nil {
		t.Fatal(err)
	}
	wantItems(t, set, 2, limited(permission.ChangeRole, "RL_RFE"))
	if !slices.Contains(f.members(t, permission.ReadRole), "A") {
		t.Error("the new role is not in the configured set")
	}
	f.replaceItems(t, "FS_NEW", limited(permission.ChangeRole, "A"))
	f.apply(t, sync.Hint{Tenant: f.acme, Role: "A", Deleted: true}) // a replay, hours later
	if set, err = f.PermissionSet(t.Context(), f.acme, "FS_NEW"); err != nil {
		t.Fatal(err)
	}
	wantItems(t, set, 3, limited(permission.ChangeRole, "A"))
}

// testSyncRecreatedSet deletes a set and creates it again between a read and the
// write that rests on it: the new one must not get the old one's content.
func testSyncRecreatedSet(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.createSet(t, "FS_NEW", limited(permission.ChangeRole, "A", "RL_RFE"))
	f.delete(t, f.acme, "A")
	done := false
	_, err := f.BringInLine(t.Context(), f.acme, []sync.Look{{Role: "A"}}, func(v sync.View) []permission.Code {
		wanted := sync.Wanted(v)
		if v.Set.ID == "FS_NEW" && !done {
			done = true
			if err := f.DeletePermissionSet(t.Context(), f.acme, actor, "FS_NEW", anySet); err != nil {
				t.Error(err)
			}
			f.createSet(t, "FS_NEW", limited(permission.ReadRole, "RL_CONFIG"))
		}
		return wanted
	})
	if err != nil || !done {
		t.Errorf("BringInLine = %v", err)
	}
	set, err := f.PermissionSet(t.Context(), f.acme, "FS_NEW")
	if err != nil {
		t.Fatal(err)
	}
	wantItems(t, set, 1, limited(permission.ReadRole, "RL_CONFIG"))
}

// testSyncUnknownTenant: of a tenant that is not there, nothing is out of line.
func testSyncUnknownTenant(t *testing.T, f fixture) {
	nobody := mustParse(t, "nobody")
	if changes, err := f.BringInLine(t.Context(), nobody, []sync.Look{{Role: "A"}}, sync.Wanted); len(changes) > 0 || err != nil {
		t.Errorf("BringInLine = %+v, %v", changes, err)
	}
	if _, err := f.OutOfLine(t.Context(), nobody, "", sync.Wanted); !errors.Is(err, tenant.ErrUnknown) {
		t.Errorf("OutOfLine = %v", err)
	}
}

// testSyncBatchIsOneVersion: all changes of a batch to one set are one version.
func testSyncBatchIsOneVersion(t *testing.T, f fixture) {
	var ids []string
	for i := range 90 {
		id := "R" + string(rune('a'+i/10)) + string(rune('0'+i%10))
		f.create(t, f.acme, id)
		ids = append(ids, id)
	}
	changes := f.sync(t, ids...)
	if len(changes) != 1 || changes[0].Version != 2 || len(changes[0].Roles) != len(ids) || f.configured(t, f.acme).Version != 2 {
		t.Errorf("%d roles were %d changes, up to version %d", len(ids), len(changes), f.configured(t, f.acme).Version)
	}
}
