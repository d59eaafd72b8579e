package api_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/role"
)

func TestSort(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createRoles(t,
		role.Role{ID: "T1", Name: "b", Description: "x"},
		role.Role{ID: "T2", Name: "A", UpdatePermissionSet: true},
		role.Role{ID: "T3", Name: "C", Description: "W", UpdatePermissionSet: true},
		role.Role{ID: "T4", Name: "a2", PermissionSets: []string{"FS_USERADM"}},
	)
	const only = "filter=id+sw+%22T%22&"
	tests := []struct{ query, want string }{
		{"sortBy=id", "T1 T2 T3 T4"},
		{"sortBy=id&sortOrder=descending", "T4 T3 T2 T1"},
		{"sortBy=name", "T2 T4 T1 T3"},
		{"sortBy=NAME&sortOrder=Ascending", "T2 T4 T1 T3"},
		{"sortBy=urn:hid:scim:api:idp:2.0:Role:name&sortOrder=descending", "T3 T1 T4 T2"},
		{"sortBy=description", "T3 T1 T2 T4"},
		{"sortBy=description&sortOrder=descending", "T2 T4 T1 T3"},
		{"sortBy=updatePermissionSet", "T1 T4 T2 T3"},
		{"sortBy=meta.created", "T1 T2 T3 T4"},
		{"sortBy=meta.lastModified&sortOrder=descending", "T1 T2 T3 T4"},
		{"sortBy=urn:rolecall:params:scim:schemas:extension:2.0:Role:permissionSets", "T4 T1 T2 T3"},
		{"sortBy=urn:rolecall:params:scim:schemas:extension:2.0:Role:permissionSets.display", "T4 T1 T2 T3"},
		{"sortBy=externalId", "T1 T2 T3 T4"},
		{"sortOrder=descending", "T1 T2 T3 T4"},
	}
	for _, test := range tests {
		want := strings.Fields(test.want)
		for _, path := range []string{"/v2/Roles", "/acme/v2/Roles"} {
			if ids, _ := s.ids(t, path, only+test.query); !slices.Equal(ids, want) {
				t.Errorf("%s: got %v, want %v", test.query, ids, want)
			}
			if ids := s.walk(t, path, only+"count=1&"+test.query, nil); !slices.Equal(ids, want) {
				t.Errorf("%s, by cursor: got %v, want %v", test.query, ids, want)
			}
			if ids, a := s.ids(t, path, only+"startIndex=3&count=4&"+test.query); !slices.Equal(ids, want[2:]) || !strings.Contains(a.body, `"totalResults":4,"itemsPerPage":2,"startIndex":3,`) {
				t.Errorf("%s, from 3: got %.200s", test.query, a.body)
			}
		}
	}
	// What is asked for no page is whole on the tenant surface, sorted or not.
	ids, a := s.ids(t, "/acme/v2/Roles", "sortBy=id&sortOrder=descending")
	if len(ids) != 17 || ids[0] != "T4" || strings.Contains(a.body, "startIndex") {
		t.Errorf("got %v", ids)
	}
	if ids, _ := s.ids(t, "/v2/PermissionSets", "sortBy=name"); !slices.Equal(ids, []string{"FS_AUDITV", "FS_RLASG", "FS_SADMIN", "FS_USERADM"}) {
		t.Errorf("got %v", ids)
	}
}
