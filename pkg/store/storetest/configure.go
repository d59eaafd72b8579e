package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func (f fixture) configure(t *testing.T, set string) {
	t.Helper()
	if _, err := f.Configure(t.Context(), f.acme, actor, configuring(set)); err != nil {
		t.Fatalf("configure %s: %v", set, err)
	}
}

func configuring(set string) func(tenant.Configuration) (tenant.Configuration, error) {
	return func(c tenant.Configuration) (tenant.Configuration, error) {
		c.ConfiguredPermissionSet = set
		return c, nil
	}
}

func testConfigure(t *testing.T, f fixture) {
	f.createSet(t, "FS_NEW", limited(permission.AssignRole))
	f.configure(t, "FS_NEW")
	if set, err := f.ConfiguredPermissionSet(t.Context(), f.acme); err != nil || set.ID != "FS_NEW" || !set.Configured || set.Version != 1 {
		t.Errorf("ConfiguredPermissionSet = %+v, %v", set, err)
	}
	if set := f.configured(t, f.acme); set.Configured || set.Version != 1 {
		t.Errorf("FS_RLASG is still configured: %+v", set)
	}
	if err := f.DeletePermissionSet(t.Context(), f.acme, actor, "FS_NEW", anySet); !errors.Is(err, permission.ErrInUse) {
		t.Errorf("the configured set can be deleted: %v", err)
	}
	if _, err := f.Configure(t.Context(), f.acme, actor, configuring("NONE")); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("Configure(NONE) = %v", err)
	}
	if _, err := f.Configure(t.Context(), mustParse(t, "nobody"), actor, configuring("FS_NEW")); !errors.Is(err, tenant.ErrUnknown) {
		t.Errorf("Configure of no tenant = %v", err)
	}
	f.configure(t, "FS_RLASG")
	if err := f.DeletePermissionSet(t.Context(), f.acme, actor, "FS_NEW", anySet); err != nil {
		t.Errorf("a set that is configured no more: %v", err)
	}
}

// testSyncAfterConfigure: roles with updatePermissionSet move to the set that is
// configured now; what was said stays.
func testSyncAfterConfigure(t *testing.T, f fixture) {
	f.create(t, f.acme, "A")
	f.create(t, f.acme, "SAID")
	f.sync(t, "A")
	f.createSet(t, "FS_NEW", limited(permission.AssignRole), limited(permission.ChangeRole, "RL_RFE"))
	f.replaceItems(t, "FS_RLASG", limited(permission.AssignRole), limited(permission.ReadRole), limited(permission.DeleteRole, "SAID"))
	f.configure(t, "FS_NEW")
	f.apply(t, sync.Hint{Tenant: f.acme})
	set, err := f.PermissionSet(t.Context(), f.acme, "FS_NEW")
	if err != nil {
		t.Fatal(err)
	}
	assign, _ := set.Item(permission.AssignRole)
	if change, _ := set.Item(permission.ChangeRole); len(assign.Roles) != 15 || !slices.Contains(assign.Roles, "A") || !slices.Equal(change.Roles, []string{"RL_RFE"}) {
		t.Errorf("the newly configured set: %+v", set.Items)
	}
	old := f.configured(t, f.acme)
	if gone, _ := old.Item(permission.DeleteRole); !slices.Equal(gone.Roles, []string{"SAID"}) {
		t.Errorf("what was said of the old set: %+v", old.Items)
	}
	for _, code := range []permission.Code{permission.AssignRole, permission.ReadRole} {
		if roles := f.members(t, code); slices.Contains(roles, "A") || slices.Contains(roles, "SAID") {
			t.Errorf("%s of the old set names %v", code, roles)
		}
	}
	before := f.configured(t, f.acme).Version
	if changes := f.apply(t, sync.Hint{Tenant: f.acme}); len(changes) > 0 || f.configured(t, f.acme).Version != before {
		t.Errorf("a replay changed %+v", changes)
	}
}

// testSyncConfigureRace configures another set between a read and the write that
// rests on it.
func testSyncConfigureRace(t *testing.T, f fixture) {
	f.createSet(t, "FS_NEW", limited(permission.AssignRole))
	f.create(t, f.acme, "A")
	done := false
	if _, err := f.BringInLine(t.Context(), f.acme, []sync.Look{{Role: "A"}}, func(v sync.View) []permission.Code {
		wanted := sync.Wanted(v)
		if !done {
			done = true
			f.configure(t, "FS_NEW")
		}
		return wanted
	}); err != nil {
		t.Error(err)
	}
	if slices.Contains(f.members(t, permission.AssignRole), "A") {
		t.Error("a set names a role as if it were still configured")
	}
}

func testTenants(t *testing.T, f fixture) {
	for _, id := range []string{"a", "zz"} {
		if _, _, err := onboard.Onboard(t.Context(), f, mustParse(t, id), actor, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	behind, more := "", true
	for more {
		var page []tenant.ID
		var err error
		if page, more, err = f.Tenants(t.Context(), behind, 2); err != nil {
			t.Fatal(err)
		}
		for _, id := range page {
			behind = id.String()
			got = append(got, behind)
		}
	}
	if want := []string{"a", "acme", "acme-eu", "zz"}; !slices.Equal(got, want) {
		t.Errorf("Tenants = %v, want %v", got, want)
	}
}
