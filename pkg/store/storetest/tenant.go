package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
)

func testOnboard(t *testing.T, f fixture) {
	roles, more, err := f.Roles(t.Context(), f.acme, resource.Span{}, 100)
	if err != nil || more || len(roles) != 13 {
		t.Fatalf("Roles = %d roles, more %t, %v; want 13", len(roles), more, err)
	}
	for _, r := range roles {
		if !r.BuiltIn || !r.UpdatePermissionSet || r.Version != 1 || r.Created.IsZero() || !r.LastModified.Equal(r.Created) {
			t.Errorf("built-in role %+v", r)
		}
	}
	if n, err := f.CountRoles(t.Context(), f.acme); n != 13 || err != nil {
		t.Errorf("CountRoles = %d, %v", n, err)
	}
	set := f.configured(t, f.acme)
	if set.Name != "Roles Assignment" || set.Version != 1 || len(set.Items) != 2 {
		t.Errorf("FS_RLASG = %+v", set)
	}
	for _, code := range []permission.Code{permission.AssignRole, permission.ReadRole} {
		if item, _ := set.Item(code); !item.Limited || len(item.Roles) != 13 {
			t.Errorf("FS_RLASG item %s = %+v", code, item)
		}
	}
	configured, err := f.ConfiguredPermissionSet(t.Context(), f.acme)
	if err != nil || configured.ID != "FS_RLASG" {
		t.Errorf("ConfiguredPermissionSet = %v, %v", configured.ID, err)
	}
	names, err := f.PermissionSetNames(t.Context(), f.acme, []string{"FS_SADMIN", "FS_RLASG", "FS_SADMIN", "NONE"})
	if err != nil || len(names) != 2 || names["FS_RLASG"] != "Roles Assignment" {
		t.Errorf("PermissionSetNames = %v, %v", names, err)
	}
}

func testOnboardTwice(t *testing.T, f fixture) {
	f.create(t, f.acme, "KEPT")
	if _, _, err := onboard.Onboard(t.Context(), f, f.acme, actor, time.Now()); !errors.Is(err, onboard.ErrTenantExists) {
		t.Errorf("second Onboard = %v, want ErrTenantExists", err)
	}
	if _, err := f.Role(t.Context(), f.acme, "KEPT"); err != nil {
		t.Errorf("after the second Onboard, Role = %v", err)
	}
}

func testTenantsApart(t *testing.T, f fixture) {
	f.create(t, f.acme, "MINE")
	f.create(t, f.acmeEU, "THEIRS")
	if _, err := f.Role(t.Context(), f.acme, "THEIRS"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("acme reads acme-eu's role: %v", err)
	}
	if err := f.DeleteRole(t.Context(), f.acme, actor, "THEIRS", anyRole); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("acme deletes acme-eu's role: %v", err)
	}
	f.sync(t, "MINE", "THEIRS")
	if set := f.configured(t, f.acmeEU); set.Version != 1 {
		t.Errorf("syncing acme changed acme-eu: version %d", set.Version)
	}
	if n, _ := f.CountRoles(t.Context(), f.acme); n != 14 {
		t.Errorf("acme has %d roles, want 14", n)
	}
}
