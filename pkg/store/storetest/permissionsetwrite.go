package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

func limited(code permission.Code, roles ...string) permission.Item {
	return permission.Item{Permission: code, Limited: true, Roles: roles}
}

func (f fixture) createSet(t *testing.T, id string, items ...permission.Item) permission.Set {
	t.Helper()
	set, err := f.CreatePermissionSet(t.Context(), f.acme, actor, permission.Set{ID: id, Name: "name of " + id, Items: items})
	if err != nil {
		t.Fatalf("create permission set %s: %v", id, err)
	}
	return set
}

func (f fixture) replaceItems(t *testing.T, id string, items ...permission.Item) permission.Set {
	t.Helper()
	set, err := f.UpdatePermissionSet(t.Context(), f.acme, actor, id, changing(func(set *permission.Set) { set.Items = items }))
	if err != nil {
		t.Fatalf("update permission set %s: %v", id, err)
	}
	stored, err := f.PermissionSet(t.Context(), f.acme, id)
	if err != nil || fmt.Sprint(stored) != fmt.Sprint(set) {
		t.Errorf("update answers %+v, and stored is %+v, %v", set, stored, err)
	}
	return set
}

func wantItems(t *testing.T, set permission.Set, version int64, items ...permission.Item) {
	t.Helper()
	if set.Version != version || !slices.EqualFunc(set.Items, items, sameItem) {
		t.Errorf("set %+v, want version %d with %+v", set, version, items)
	}
}

func testCreatePermissionSet(t *testing.T, f fixture) {
	items := []permission.Item{limited(permission.ReadRole, "RL_CONFIG", "RL_RFE"), {Permission: permission.ReadReferenceData}, limited(permission.ChangeRole)}
	wantItems(t, f.createSet(t, "FS_NEW", items...), 1, items...)
	if _, err := f.CreatePermissionSet(t.Context(), f.acme, actor, permission.Set{ID: "FS_NEW", Name: "x"}); !errors.Is(err, resource.ErrIDTaken) {
		t.Errorf("second create = %v", err)
	}
	_, err := f.CreatePermissionSet(t.Context(), f.acme, actor, permission.Set{ID: "FS_OTHER", Name: "x", Items: []permission.Item{limited(permission.ReadRole, "RL_CONFIG", "NONE")}})
	wantUnknownRole(t, err)
	if _, err := f.PermissionSet(t.Context(), f.acme, "FS_OTHER"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("a refused set is there: %v", err)
	}
}

func wantUnknownRole(t *testing.T, err error) {
	t.Helper()
	var value *resource.ValueError
	if !errors.As(err, &value) || value.Problem != resource.UnknownRole {
		t.Errorf("error %v, want an unknown role", err)
	}
}

func testUpdatePermissionSet(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.create(t, f.acme, "B")
	f.createSet(t, "FS_NEW", limited(permission.ReadRole, "A"))
	wantItems(t, f.replaceItems(t, "FS_NEW", limited(permission.ReadRole, "A", "B"), limited(permission.ChangeRole, "B")), 2,
		limited(permission.ReadRole, "A", "B"), limited(permission.ChangeRole, "B"))
	wantItems(t, f.replaceItems(t, "FS_NEW", limited(permission.ChangeRole, "B"), limited(permission.ReadRole, "B", "A")), 2,
		limited(permission.ReadRole, "A", "B"), limited(permission.ChangeRole, "B")) // order is no change
	wantItems(t, f.replaceItems(t, "FS_NEW", permission.Item{Permission: permission.ReadRole}, limited(permission.ChangeRole)), 3,
		permission.Item{Permission: permission.ReadRole}, limited(permission.ChangeRole))
	wantItems(t, f.replaceItems(t, "FS_NEW"), 4)
	_, err := f.UpdatePermissionSet(t.Context(), f.acme, actor, "FS_NEW", changing(func(set *permission.Set) {
		set.Items = []permission.Item{limited(permission.ReadRole, "NONE")}
	}))
	wantUnknownRole(t, err)
	renamed, err := f.UpdatePermissionSet(t.Context(), f.acme, actor, "FS_NEW", changing(func(set *permission.Set) { set.Name = "renamed" }))
	if err != nil || renamed.Name != "renamed" || renamed.Version != 5 {
		t.Errorf("renamed %+v, %v", renamed, err)
	}
	if _, err := f.UpdatePermissionSet(t.Context(), f.acme, actor, "NONE", changing(func(*permission.Set) {})); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("UpdatePermissionSet(NONE) = %v", err)
	}
}

// testUpdateConfiguredSet: what a client writes stands, but roles with
// updatePermissionSet stay.
func testUpdateConfiguredSet(t *testing.T, f fixture) {
	f.create(t, f.acme, "MEMBER")
	f.sync(t, "MEMBER")
	if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "OTHER", Name: "other"}); err != nil {
		t.Fatal(err)
	}
	all := f.members(t, permission.ReadRole)
	set := f.replaceItems(t, "FS_RLASG", limited(permission.AssignRole, "OTHER"), limited(permission.ReadRole), limited(permission.ChangeRole, "MEMBER"))
	assign, _ := set.Item(permission.AssignRole)
	read, _ := set.Item(permission.ReadRole)
	change, _ := set.Item(permission.ChangeRole)
	withOther := slices.Sorted(slices.Values(append(slices.Clone(all), "OTHER")))
	if !slices.Equal(assign.Roles, withOther) || !slices.Equal(read.Roles, all) || !slices.Equal(change.Roles, []string{"MEMBER"}) {
		t.Errorf("set %+v", set)
	}
	f.update(t, "OTHER", func(r *role.Role) { r.Description = "changed" })
	if changes := f.sync(t, "OTHER", "MEMBER"); len(changes) > 0 {
		t.Errorf("the stream undid what a client wrote: %+v", changes)
	}
	set = f.replaceItems(t, "FS_RLASG", limited(permission.AssignRole))
	if assign, _ = set.Item(permission.AssignRole); !slices.Equal(assign.Roles, all) {
		t.Errorf("without R_ROLE: %+v", set)
	}
	set = f.replaceItems(t, "FS_RLASG", limited(permission.AssignRole), limited(permission.ReadRole))
	if read, _ = set.Item(permission.ReadRole); !slices.Equal(read.Roles, all) {
		t.Errorf("an item that takes roles was added without them: %+v", set)
	}
	f.update(t, "MEMBER", func(r *role.Role) { r.UpdatePermissionSet = false })
	f.sync(t, "MEMBER")
	if slices.Contains(f.members(t, permission.AssignRole), "MEMBER") {
		t.Error("a role whose updatePermissionSet was switched off is still in the set")
	}
}

// testUpdateLargeSet writes a set that lies in many buckets.
func testUpdateLargeSet(t *testing.T, f fixture) {
	var ids []string
	for i := range 150 {
		id := fmt.Sprintf("%050d", i)
		f.create(t, f.acme, id)
		ids = append(ids, id)
	}
	f.createSet(t, "FS_NEW", limited(permission.ReadRole, ids...))
	if version := f.configured(t, f.acme).Version; version != 1 {
		t.Errorf("creating a set raised the version of the configured set to %d", version)
	}
	wantItems(t, f.replaceItems(t, "FS_NEW", limited(permission.ReadRole, ids[40:]...), limited(permission.ChangeRole, ids[:90]...)), 2,
		limited(permission.ReadRole, ids[40:]...), limited(permission.ChangeRole, ids[:90]...))
	f.delete(t, f.acme, ids[77])
	f.sync(t, ids[77])
	set, err := f.PermissionSet(t.Context(), f.acme, "FS_NEW")
	if err != nil {
		t.Fatal(err)
	}
	wantItems(t, set, 3, limited(permission.ReadRole, slices.Concat(ids[40:77], ids[78:])...), limited(permission.ChangeRole, slices.Concat(ids[:77], ids[78:90])...))
	if err := f.DeletePermissionSet(t.Context(), f.acme, actor, "FS_NEW", anySet); err != nil {
		t.Fatal(err)
	}
	wantItems(t, f.createSet(t, "FS_NEW", limited(permission.ReadRole)), 1, limited(permission.ReadRole))
}

func anySet(permission.Set) error { return nil }

func testDeletePermissionSet(t *testing.T, f fixture) {
	for id, want := range map[string]error{"NONE": resource.ErrNotFound, "FS_RLASG": permission.ErrInUse, "FS_SADMIN": permission.ErrInUse} {
		if err := f.DeletePermissionSet(t.Context(), f.acme, actor, id, anySet); !errors.Is(err, want) {
			t.Errorf("DeletePermissionSet(%s) = %v, want %v", id, err, want)
		}
	}
	f.createSet(t, "FS_NEW", limited(permission.ReadRole, "RL_RFE"))
	refused := errors.New("refused")
	if err := f.DeletePermissionSet(t.Context(), f.acme, actor, "FS_NEW", func(permission.Set) error { return refused }); !errors.Is(err, refused) {
		t.Errorf("DeletePermissionSet = %v", err)
	}
	f.create(t, f.acme, "A")
	f.update(t, "A", func(r *role.Role) { r.PermissionSets = []string{"FS_NEW"} })
	if err := f.DeletePermissionSet(t.Context(), f.acme, actor, "FS_NEW", anySet); !errors.Is(err, permission.ErrInUse) {
		t.Errorf("a granted set: %v", err)
	}
	f.delete(t, f.acme, "A")
	if err := f.DeletePermissionSet(t.Context(), f.acme, actor, "FS_NEW", anySet); err != nil {
		t.Errorf("a set that is granted no more: %v", err)
	}
	if _, err := f.PermissionSet(t.Context(), f.acme, "FS_NEW"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("after the delete: %v", err)
	}
}

// testDeleteSetWhileGranting races a set's deletion with a role that comes to
// grant it: only one of them may win.
func testDeleteSetWhileGranting(t *testing.T, f fixture) {
	for round := range 8 {
		set, id := fmt.Sprint("FS_", round), fmt.Sprint("R", round)
		f.createSet(t, set)
		errs := together(2, func(i int) error {
			if i == 0 {
				return f.DeletePermissionSet(t.Context(), f.acme, actor, set, anySet)
			}
			_, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: id, Name: id, PermissionSets: []string{set}})
			return err
		})
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("round %d: delete %v, grant %v", round, errs[0], errs[1])
		}
	}
}
