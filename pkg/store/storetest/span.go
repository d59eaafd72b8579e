package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func testRoleSpans(t *testing.T, f fixture) {
	for _, id := range []string{"A", "A-1", "A1", "AB", "B", "aa"} {
		f.create(t, f.acme, id)
	}
	for _, test := range []struct {
		in   resource.Span
		want string
	}{
		{resource.Span{}.WithPrefix("A"), "A A-1 A1 AB"},
		{resource.Span{}.WithPrefix("A").Behind("A1"), "AB"},
		{resource.Span{From: "A1", To: "A1"}, "A1"},
		{resource.Span{From: "A0", To: "A0"}, ""},
		{resource.Span{From: "S"}, "aa"},
		{resource.Span{To: "B"}, "A A-1 A1 AB B"},
		{resource.Span{From: "B", To: "A"}, ""},
		{resource.Span{From: "Aé", To: "Bé"}, "B"},
		{resource.Span{From: "A" + strings.Repeat("é", 2000), To: "B" + strings.Repeat("z", 3000)}, "B"},
	} {
		page, more, err := f.Roles(t.Context(), f.acme, test.in, 100)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range page {
			got = append(got, r.ID)
		}
		if more || strings.Join(got, " ") != test.want {
			t.Errorf("%.60q: got %v, more %t, want %s", test.in, got, more, test.want)
		}
	}
	headers, more, err := f.PermissionSetHeaders(t.Context(), f.acme, resource.Span{}.WithPrefix("FS_R"), 100)
	if err != nil || more || len(headers) != 1 || len(headers[0].Items) != 2 || headers[0].Items[0].Roles != nil || headers[0].Version != 1 {
		t.Errorf("PermissionSetHeaders = %+v, %t, %v", headers, more, err)
	}
	if empty, _, err := f.PermissionSetHeaders(t.Context(), f.acme, resource.Span{From: "B", To: "A"}, 100); len(empty) > 0 || err != nil {
		t.Errorf("PermissionSetHeaders = %+v, %v", empty, err)
	}
}

func testRoleNames(t *testing.T, f fixture) {
	long := strings.Repeat("\u0390", 256)
	for id, name := range map[string]string{"S1": "Straße", "S2": "str", "S3": "STRICT", "S4": "Stra\u0308hle", "L1": long, "L2": long[:2*255] + "x"} {
		if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: id, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"STRASSE": "S1", "straße": "S1", "STR": "S2", "Audit viewer": "RL_AUDITV", "st": "", "": "", "stra\u00e4hle": "", "str\u00e4hle": "S4", long: "L1"} {
		got, err := f.RoleByName(t.Context(), f.acme, name)
		if want == "" && !errors.Is(err, resource.ErrNotFound) || want != "" && (err != nil || got.ID != want) {
			t.Errorf("RoleByName(%q) = %q, %v, want %q", name, got.ID, err, want)
		}
	}
	if _, err := f.RoleByName(t.Context(), f.acmeEU, "Straße"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("acme-eu finds acme's role: %v", err)
	}
	// What begins with the prefix must be there; what begins with a little less may be.
	for prefix, want := range map[string]string{"STRA": "S1 S4", "str": "S1 S2 S3 S4", "stric": "S3", "Stra\u0308": "S4", "power user": "RL_SUSRADM", long: "L1"} {
		roles, few, err := f.RolesByNamePrefix(t.Context(), f.acme, prefix, 10)
		if err != nil || !few {
			t.Errorf("RolesByNamePrefix(%.20q) = %t, %v", prefix, few, err)
		}
		var ids []string
		for _, r := range roles {
			ids = append(ids, r.ID)
		}
		if !slices.IsSorted(ids) {
			t.Errorf("%.20q: not sorted: %v", prefix, ids)
		}
		for _, id := range strings.Fields(want) {
			if !slices.Contains(ids, id) {
				t.Errorf("%.20q: got %v, want %s", prefix, ids, want)
			}
		}
	}
	for prefix, few := range map[string]bool{"": false, "s": false, "st": true} {
		if roles, got, err := f.RolesByNamePrefix(t.Context(), f.acme, prefix, 8); got != few || err != nil || !few && roles != nil {
			t.Errorf("RolesByNamePrefix(%q) = %v, %t, %v", prefix, roles, got, err)
		}
	}
	f.delete(t, f.acme, "S2")
	f.create(t, f.acme, "S5")
	if _, err := f.RoleByName(t.Context(), f.acme, "str"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("a deleted role is found by its name: %v", err)
	}
}

func testRolesByID(t *testing.T, f fixture) {
	f.create(t, f.acmeEU, "THEIRS")
	var ids, want []string
	for i := range 120 { // more than DynamoDB reads at once
		ids = append(ids, fmt.Sprint("R", i))
	}
	for _, id := range []string{"R0", "R7", "R119"} {
		f.create(t, f.acme, id)
		want = append(want, id)
	}
	roles, err := f.RolesByID(t.Context(), f.acme, slices.Concat(ids, []string{"R7", "THEIRS", "RL_CONFIG"}, ids))
	if err != nil || len(roles) != len(want)+1 || roles["RL_CONFIG"].Name != "Configuration" {
		t.Errorf("RolesByID = %v, %v", roles, err)
	}
	for _, id := range want {
		if r, err := f.Role(t.Context(), f.acme, id); fmt.Sprint(roles[id]) != fmt.Sprint(r) || err != nil {
			t.Errorf("RolesByID finds %+v, and Role %+v, %v", roles[id], r, err)
		}
	}
	if ids[0] != "R0" || ids[119] != "R119" {
		t.Error("the ids have been changed")
	}
	if none, err := f.RolesByID(t.Context(), f.acme, nil); len(none) > 0 || err != nil {
		t.Errorf("of no ids, RolesByID = %v, %v", none, err)
	}
}

func testCursorKeys(t *testing.T, f fixture) {
	first, err := f.CursorKeys(t.Context(), f.acme)
	if err != nil || len(first) != 1 || first[0].Secret == [32]byte{} {
		t.Fatalf("CursorKeys = %d keys, %v", len(first), err)
	}
	other, err := f.CursorKeys(t.Context(), f.acmeEU)
	if err != nil || len(other) != 1 || other[0].Secret == first[0].Secret {
		t.Errorf("acme-eu has %d keys, %v", len(other), err)
	}
	added := tenant.NewCursorKey(time.Now())
	rotated, err := f.RotateCursorKeys(t.Context(), f.acme, actor, added)
	if err != nil || len(rotated) != 2 || rotated[0].Secret != added.Secret || rotated[1] != first[0] {
		t.Errorf("RotateCursorKeys = %v, %v", rotated, err)
	}
	stored, err := f.CursorKeys(t.Context(), f.acme)
	if err != nil || len(stored) != 2 || stored[0].ID != added.ID || stored[0].Secret != added.Secret || stored[1] != first[0] {
		t.Errorf("CursorKeys = %v, %v", stored, err)
	}
	if configured, err := f.ConfiguredPermissionSet(t.Context(), f.acme); err != nil || configured.ID != "FS_RLASG" {
		t.Errorf("after the rotation, ConfiguredPermissionSet = %v, %v", configured.ID, err)
	}
	// Operators that rotate at the same time lose no key.
	for _, err := range together(6, func(int) error {
		_, err := f.RotateCursorKeys(t.Context(), f.acme, actor, tenant.NewCursorKey(time.Now()))
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if keys, err := f.CursorKeys(t.Context(), f.acme); len(keys) != 8 || err != nil {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	if _, err := f.RotateCursorKeys(t.Context(), mustParse(t, "nobody"), actor, added); err == nil || fmt.Sprint(err) == "" {
		t.Error("a tenant that does not exist was given a key")
	}
}
