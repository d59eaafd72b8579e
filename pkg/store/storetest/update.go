package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

func (f fixture) update(t *testing.T, id string, change func(*role.Role)) role.Role {
	t.Helper()
	r, err := f.UpdateRole(t.Context(), f.acme, actor, id, changing(change))
	if err != nil {
		t.Fatalf("update role %s: %v", id, err)
	}
	return r
}

func testUpdateRole(t *testing.T, f fixture) {
	before := f.create(t, f.acme, "A")
	after := f.update(t, "A", func(r *role.Role) {
		r.Description, r.PermissionSets = "changed", []string{"FS_AUDITV", "FS_RLASG"}
		r.ID, r.BuiltIn, r.CreatedBy, r.Version = "Z", true, "nobody", 70 // not to be changed
	})
	want := before
	want.Description, want.PermissionSets, want.Version, want.LastModified = "changed", []string{"FS_AUDITV", "FS_RLASG"}, 2, after.LastModified
	read, err := f.Role(t.Context(), f.acme, "A")
	if err != nil || fmt.Sprint(after) != fmt.Sprint(want) || fmt.Sprint(read) != fmt.Sprint(want) {
		t.Errorf("updated to %+v, read as %+v, %v; want %+v", after, read, err, want)
	}
	if same := f.update(t, "A", func(*role.Role) {}); fmt.Sprint(same) != fmt.Sprint(after) {
		t.Errorf("a change that changes nothing: %+v, want %+v", same, after)
	}
	refused := errors.New("refused")
	if _, err := f.UpdateRole(t.Context(), f.acme, actor, "A", func(role.Role) (role.Role, resource.Proof, error) { return role.Role{}, resource.Proof{}, refused }); !errors.Is(err, refused) {
		t.Errorf("UpdateRole = %v", err)
	}
	if _, err := f.UpdateRole(t.Context(), f.acme, actor, "NONE", changing(func(*role.Role) {})); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("UpdateRole(NONE) = %v", err)
	}
	var value *resource.ValueError
	if _, err := f.UpdateRole(t.Context(), f.acme, actor, "A", changing(func(r *role.Role) { r.PermissionSets = []string{"FS_NONE"} })); !errors.As(err, &value) {
		t.Errorf("UpdateRole to an unknown set = %v", err)
	}
}

func testUpdateRoleName(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.create(t, f.acme, "B")
	if _, err := f.UpdateRole(t.Context(), f.acme, actor, "A", changing(func(r *role.Role) { r.Name = "NAME OF B" })); !errors.Is(err, resource.ErrNameTaken) {
		t.Errorf("UpdateRole to a name that is taken = %v", err)
	}
	if r := f.update(t, "A", func(r *role.Role) { r.Name = "Name Of A" }); r.Name != "Name Of A" || r.Version != 2 {
		t.Errorf("another spelling: %+v", r)
	}
	f.update(t, "A", func(r *role.Role) { r.Name = "free" })
	if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "C", Name: "name of a"}); err != nil {
		t.Errorf("the old name is still held: %v", err)
	}
	if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "D", Name: "FREE"}); !errors.Is(err, resource.ErrNameTaken) {
		t.Errorf("the new name is not held: %v", err)
	}
}

// testUpdateRoleRace lets writers count in one role: none may be lost.
func testUpdateRoleRace(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.update(t, "A", func(r *role.Role) { r.Description = "" })
	const writers = 6
	for _, err := range together(writers, func(int) error {
		_, err := f.UpdateRole(t.Context(), f.acme, actor, "A", changing(func(r *role.Role) { r.Description += "+" }))
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if r, err := f.Role(t.Context(), f.acme, "A"); len(r.Description) != writers || r.Version != writers+1 || err != nil {
		t.Errorf("after %d writers: %+v, %v", writers, r, err)
	}
	won := slices.DeleteFunc(together(writers, func(int) error {
		_, err := f.UpdateRole(t.Context(), f.acme, actor, "A", func(r role.Role) (role.Role, resource.Proof, error) {
			if r.Version != writers+1 {
				return role.Role{}, resource.Proof{}, resource.ErrVersionMismatch
			}
			r.Description += "-"
			return r, resource.Proof{}, nil
		})
		return err
	}), func(err error) bool { return err != nil })
	if len(won) != 1 {
		t.Errorf("%d writers won with one version", len(won))
	}
}
