package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
)

func testPermissionSetPages(t *testing.T, f fixture) {
	want := []string{"FS_AUDITV", "FS_RLASG", "FS_SADMIN", "FS_USERADM"}
	if n, err := f.CountPermissionSets(t.Context(), f.acme); n != len(want) || err != nil {
		t.Errorf("CountPermissionSets = %d, %v", n, err)
	}
	for limit := 1; limit <= len(want)+1; limit++ {
		var got []string
		after, more := "", true
		for more {
			page, further, err := f.PermissionSets(t.Context(), f.acme, resource.Span{}.Behind(after), limit)
			if err != nil {
				t.Fatal(err)
			}
			for _, set := range page {
				got = append(got, set.ID)
				after = set.ID
				whole, err := f.PermissionSet(t.Context(), f.acme, set.ID)
				if err != nil || !slices.EqualFunc(whole.Items, set.Items, sameItem) {
					t.Errorf("%s in a page = %+v; alone = %+v, %v", set.ID, set, whole, err)
				}
			}
			more = further
		}
		if !slices.Equal(got, want) {
			t.Errorf("by %d: %v, want %v", limit, got, want)
		}
	}
	if _, err := f.PermissionSet(t.Context(), f.acme, "FS"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("PermissionSet(FS) = %v", err)
	}
}

func sameItem(a, b permission.Item) bool {
	return a.Permission == b.Permission && a.Limited == b.Limited && slices.Equal(a.Roles, b.Roles)
}
