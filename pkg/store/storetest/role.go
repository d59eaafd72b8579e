package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

func testCreateRole(t *testing.T, f fixture) {
	created, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{
		ID: "NEWROLE", Name: "New Role", Description: "my new role", UpdatePermissionSet: true, PermissionSets: []string{"FS_RLASG", "FS_AUDITV"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if created.Version != 1 || created.CreatedBy != actor.Principal || !slices.Equal(created.PermissionSets, []string{"FS_AUDITV", "FS_RLASG"}) {
		t.Errorf("created %+v", created)
	}
	read, err := f.Role(t.Context(), f.acme, "NEWROLE")
	if err != nil || fmt.Sprint(read) != fmt.Sprint(created) {
		t.Errorf("Role = %+v, %v; want %+v", read, err, created)
	}
	if _, err := f.Role(t.Context(), f.acme, "newrole"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("ids are compared case-insensitively: %v", err)
	}
}

func testCreateRoleConflicts(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	for _, test := range []struct {
		id, name string
		want     error
	}{
		{"A", "another", resource.ErrIDTaken},
		{"A", "name of A", resource.ErrIDTaken},
		{"B", "name of A", resource.ErrNameTaken},
		{"B", "NAME OF a", resource.ErrNameTaken},
		{"B", "name of \uff21", nil}, // a full-width A is another letter
		{"C", "Straße", nil},
		{"D", "STRASSE", resource.ErrNameTaken},
		{"E", "Cafe\u0301", nil},
		{"F", "CAF\u00c9", resource.ErrNameTaken},
	} {
		_, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: test.id, Name: test.name})
		if !errors.Is(err, test.want) {
			t.Errorf("create %s %q = %v, want %v", test.id, test.name, err, test.want)
		}
	}
	if _, err := f.Role(t.Context(), f.acme, "D"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("a refused role is there: %v", err)
	}
}

func testCreateRoleUnknownSet(t *testing.T, f fixture) {
	_, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "A", Name: "a", PermissionSets: []string{"FS_RLASG", "NONE"}})
	var value *resource.ValueError
	if !errors.As(err, &value) || !strings.Contains(value.Detail, "NONE") {
		t.Fatalf("CreateRole = %v, want a ValueError about NONE", err)
	}
	if _, err := f.Role(t.Context(), f.acme, "A"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("a refused role is there: %v", err)
	}
	f.create(t, f.acme, "A")
}

func testCreateRoleRace(t *testing.T, f fixture) {
	errs := together(8, func(i int) error {
		_, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: fmt.Sprint("R", i), Name: "the same"})
		return err
	})
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, resource.ErrNameTaken):
			t.Errorf("CreateRole = %v", err)
		}
	}
	if n, _ := f.CountRoles(t.Context(), f.acme); won != 1 || n != 14 {
		t.Errorf("%d of 8 won, %d roles; want 1, 14", won, n)
	}
}

func testDeleteRole(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.delete(t, f.acme, "A")
	if _, err := f.Role(t.Context(), f.acme, "A"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("Role after delete = %v", err)
	}
	if err := f.DeleteRole(t.Context(), f.acme, actor, "A", anyRole); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("second delete = %v", err)
	}
	if r := f.create(t, f.acme, "A"); r.Version != 1 {
		t.Errorf("created again at version %d", r.Version)
	}
}

func testDeleteRoleRefused(t *testing.T, f fixture) {
	refused := errors.New("refused")
	err := f.DeleteRole(t.Context(), f.acme, actor, "RL_CONFIG", func(r role.Role) (resource.Proof, error) {
		if !r.BuiltIn || r.Name != "Configuration" {
			t.Errorf("check sees %+v", r)
		}
		return resource.Proof{}, refused
	})
	if !errors.Is(err, refused) {
		t.Errorf("DeleteRole = %v", err)
	}
	if _, err := f.Role(t.Context(), f.acme, "RL_CONFIG"); err != nil {
		t.Errorf("a refused delete deleted: %v", err)
	}
}

func testDeleteRoleRace(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	errs := together(8, func(int) error { return f.DeleteRole(t.Context(), f.acme, actor, "A", anyRole) })
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, resource.ErrNotFound):
			t.Errorf("DeleteRole = %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 8 deletes won", won)
	}
}

func testLongNames(t *testing.T, f fixture) {
	long := strings.Repeat("\U0001F600", role.MaxNameLength)
	for _, test := range []struct {
		id, name string
		want     error
	}{
		{"A", long, nil},
		{"B", long, resource.ErrNameTaken},
		{"C", strings.TrimSuffix(long, "\U0001F600") + "x", nil},
		{"D", strings.TrimSuffix(long, "\U0001F600") + "X", resource.ErrNameTaken},
		{"E", strings.Repeat("\u0390", role.MaxNameLength), nil}, // folds to three runes
	} {
		_, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: test.id, Name: test.name})
		if !errors.Is(err, test.want) {
			t.Errorf("create %s = %v, want %v", test.id, err, test.want)
		}
	}
}

func testRolePages(t *testing.T, f fixture) {
	var want []string
	for _, id := range []string{"a", "B", "a.b", "a-b", "a_b", "Z", "0"} {
		f.create(t, f.acme, id)
		want = append(want, id)
	}
	all, _, err := f.Roles(t.Context(), f.acme, resource.Span{}, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.BuiltIn {
			want = append(want, r.ID)
		}
	}
	slices.Sort(want)
	for limit := 1; limit <= len(want)+1; limit++ {
		var got []string
		after, more := "", true
		for more {
			var page []role.Role
			if page, more, err = f.Roles(t.Context(), f.acme, resource.Span{}.Behind(after), limit); err != nil {
				t.Fatal(err)
			}
			for _, r := range page {
				got = append(got, r.ID)
				after = r.ID
			}
			if len(page) > limit || more && len(page) < limit {
				t.Fatalf("a page of %d for limit %d, more %t", len(page), limit, more)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %d: %v, want %v", limit, got, want)
		}
	}
}

// together runs n calls at the same time.
func together(n int, call func(i int) error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = call(i) })
	}
	group.Wait()
	return errs
}
