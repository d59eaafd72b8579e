package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
)

func testSyncCreateAndDelete(t *testing.T, f fixture) {
	f.create(t, f.acme, "NEWROLE")
	changes := f.sync(t, "NEWROLE")
	if len(changes) != 1 || changes[0].Set != "FS_RLASG" || changes[0].Version != 2 || changedRoles(changes) != "NEWROLE" {
		t.Errorf("changes after create: %+v", changes)
	}
	for _, code := range []permission.Code{permission.AssignRole, permission.ReadRole} {
		if roles := f.members(t, code); !slices.Contains(roles, "NEWROLE") || !slices.IsSorted(roles) || len(roles) != 14 {
			t.Errorf("%s names %v", code, roles)
		}
	}
	if set := f.configured(t, f.acme); set.Version != 2 || set.LastModified.Before(set.Created) {
		t.Errorf("set after create: %+v", set.Meta)
	}
	f.delete(t, f.acme, "NEWROLE")
	f.sync(t, "NEWROLE")
	if set := f.configured(t, f.acme); set.Version != 3 || slices.Contains(f.members(t, permission.ReadRole), "NEWROLE") {
		t.Errorf("set after delete: %+v", set)
	}
}

// changedRoles joins the roles of all changes.
func changedRoles(changes []sync.SetChange) string {
	var ids []string
	for _, change := range changes {
		for _, r := range change.Roles {
			ids = append(ids, r.Role)
		}
	}
	return strings.Join(ids, " ")
}

func testSyncReplay(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.create(t, f.acme, "B")
	f.delete(t, f.acme, "B")
	f.sync(t, "B", "A", "A", "B", "RL_CONFIG", "NEVER")
	before := f.configured(t, f.acme)
	if before.Version != 2 {
		t.Errorf("version %d, want 2", before.Version)
	}
	for range 3 {
		if changes := f.sync(t, "A", "B"); len(changes) != 0 {
			t.Errorf("a replay changed %+v", changes)
		}
	}
	if after := f.configured(t, f.acme); after.Version != 2 || !after.LastModified.Equal(before.LastModified) {
		t.Errorf("a replay moved %+v to %+v", before.Meta, after.Meta)
	}
}

func testSyncRoleWithoutMembership(t *testing.T, f fixture) {
	if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "OUT", Name: "out"}); err != nil {
		t.Fatal(err)
	}
	if changes := f.sync(t, "OUT"); len(changes) != 0 {
		t.Errorf("a role without updatePermissionSet changed %+v", changes)
	}
}

func testSyncRecreatedRole(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.sync(t, "A")
	f.delete(t, f.acme, "A")
	if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "A", Name: "again"}); err != nil {
		t.Fatal(err)
	}
	f.sync(t, "A", "A")
	if slices.Contains(f.members(t, permission.AssignRole), "A") {
		t.Error("a role created again without updatePermissionSet is still in the set")
	}
}

// testSyncManyRoles compares the set with a plain model while it grows past
// many buckets and shrinks to nothing.
func testSyncManyRoles(t *testing.T, f fixture) {
	random := rand.New(rand.NewPCG(1, 2))
	model := map[string]bool{}
	for _, id := range f.members(t, permission.ReadRole) {
		model[id] = true
	}
	var live []string
	for step := range 12 {
		var changed []string
		for i := range 60 {
			if step >= 6 && len(live) > 0 {
				j := random.IntN(len(live))
				f.delete(t, f.acme, live[j])
				delete(model, live[j])
				changed = append(changed, live[j])
				live = slices.Delete(live, j, j+1)
				continue
			}
			id := fmt.Sprintf("%c%052d-%d-%d", 'A'+rune(random.IntN(26)), random.IntN(1000), step, i)
			f.create(t, f.acme, id)
			model[id] = true
			live = append(live, id)
			changed = append(changed, id)
		}
		f.sync(t, changed...)
		for _, code := range []permission.Code{permission.AssignRole, permission.ReadRole} {
			roles := f.members(t, code)
			if len(roles) != len(model) || !slices.IsSorted(roles) {
				t.Fatalf("step %d: %s names %d roles, want %d", step, code, len(roles), len(model))
			}
			for _, id := range roles {
				if !model[id] {
					t.Fatalf("step %d: %s names %s", step, code, id)
				}
			}
		}
		set := f.configured(t, f.acme)
		for _, id := range changed {
			if named, err := f.SetNames(t.Context(), f.acme, set, permission.ReadRole, id); named != model[id] || err != nil {
				t.Fatalf("step %d: SetNames(%s) = %t, %v", step, id, named, err)
			}
		}
	}
}

// testSyncRace lets rivals bring the same roles in line.
func testSyncRace(t *testing.T, f fixture) {
	var ids []string
	for i := range 10 {
		id := fmt.Sprint("R", i)
		ids = append(ids, id)
		f.create(t, f.acme, id)
	}
	for _, err := range together(6, func(i int) error {
		_, err := f.tryApply(t.Context(), sync.Hint{Tenant: f.acme, Role: ids[i]}, sync.Hint{Tenant: f.acme, Role: ids[i+4]})
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	set := f.configured(t, f.acme)
	item, _ := set.Item(permission.AssignRole)
	for _, id := range ids {
		if !slices.Contains(item.Roles, id) {
			t.Errorf("%s is missing", id)
		}
	}
	if set.Version > 7 {
		t.Errorf("6 batches raised the version to %d", set.Version)
	}
}

// testSyncStaleDecision changes the role after it was read and before the set
// is written: the decision that rests on the old state must not be written.
func testSyncStaleDecision(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	deleted := false
	changes, err := f.BringInLine(t.Context(), f.acme, []sync.Look{{Role: "A"}}, func(v sync.View) []permission.Code {
		wanted := sync.Wanted(v)
		if !deleted {
			deleted = true
			f.delete(t, f.acme, "A")
		}
		return wanted
	})
	if err != nil || len(changes) != 0 {
		t.Errorf("BringInLine = %+v, %v; want no change", changes, err)
	}
	if slices.Contains(f.members(t, permission.ReadRole), "A") {
		t.Error("the set names a role that was deleted before the write")
	}

	f.create(t, f.acme, "B")
	f.sync(t, "B")
	f.delete(t, f.acme, "B")
	created := false
	if _, err = f.BringInLine(t.Context(), f.acme, []sync.Look{{Role: "B"}}, func(v sync.View) []permission.Code {
		wanted := sync.Wanted(v)
		if !created {
			created = true
			f.create(t, f.acme, "B")
		}
		return wanted
	}); err != nil {
		t.Error(err)
	}
	if !slices.Contains(f.members(t, permission.ReadRole), "B") {
		t.Error("the set misses a role that was created again before the write")
	}
}

// testSetsAreReadWholeWhileChanging reads a set while it grows: each version
// has to have exactly one content.
func testSetsAreReadWholeWhileChanging(t *testing.T, f fixture) {
	done, cancel := context.WithCancel(t.Context())
	var writer error
	go func() {
		defer cancel()
		for i := range 60 {
			id := fmt.Sprintf("%060d", i)
			if _, writer = f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: id, Name: id, UpdatePermissionSet: true}); writer != nil {
				return
			}
			if _, writer = f.tryApply(t.Context(), sync.Hint{Tenant: f.acme, Role: id}); writer != nil {
				return
			}
		}
	}()
	for reads := 0; done.Err() == nil || reads < 10; reads++ {
		var sets []permission.Set
		one, err := f.PermissionSet(t.Context(), f.acme, "FS_RLASG")
		if err != nil {
			t.Error(err)
		}
		page, _, err := f.PermissionSets(t.Context(), f.acme, resource.Span{}, 10)
		if err != nil {
			t.Error(err)
		}
		for _, set := range append(page, one) {
			if set.ID == "FS_RLASG" {
				sets = append(sets, set)
			}
		}
		for _, set := range sets {
			item, _ := set.Item(permission.ReadRole)
			if int64(len(item.Roles)) != 12+set.Version {
				t.Errorf("version %d names %d roles, want %d", set.Version, len(item.Roles), 12+set.Version)
			}
		}
	}
	if writer != nil && !errors.Is(writer, context.Canceled) {
		t.Error(writer)
	}
}
