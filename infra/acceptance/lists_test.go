package acceptance_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
)

// page is an answer to a list or a search.
type page struct {
	TotalResults *int
	NextCursor   string
	Resources    []struct{ ID string }
}

func (p page) ids() (ids []string) {
	for _, r := range p.Resources {
		ids = append(ids, r.ID)
	}
	return ids
}

// testLists: filters, searches and walks reach their functions on every path,
// and a key that is rotated breaks no walk.
func testLists(t *testing.T, s service) {
	for _, base := range []string{"/scim/acme/v2", "/scim/v2", "/management-api/scim/v2"} {
		var all page
		s.call(t, "GET", base+"/Roles?count=100", "dev-acme-admin", "").decode(t, &all)
		var walked []string
		for cursor, more := "", true; more; {
			var p page
			a := s.call(t, "GET", base+"/Roles?count=4&cursor="+url.QueryEscape(cursor), "dev-acme-admin", "")
			a.decode(t, &p)
			if a.status != 200 || len(p.Resources) == 0 {
				t.Fatalf("%s: %d %s", base, a.status, a.body)
			}
			walked = append(walked, p.ids()...)
			cursor, more = p.NextCursor, p.NextCursor != ""
			if result, err := s.Invoke(t.Context(), "rotate-cursor-key", []byte(`{"tenant":"acme"}`)); err != nil || result.FunctionError != "" {
				t.Fatalf("rotate: %v %s", err, result.Payload)
			}
		}
		if !slices.Equal(walked, all.ids()) || len(walked) < 13 {
			t.Errorf("%s: walked %v, want %v", base, walked, all.ids())
		}
		for _, test := range []struct{ method, path, body, want string }{
			{"GET", "/Roles?filter=" + url.QueryEscape(`id eq "RL_RFE"`), "", "[RL_RFE]"},
			{"GET", "/PermissionSets?sortBy=id&sortOrder=descending&count=1", "", "[FS_USERADM]"},
			{"POST", "/Roles/.search", `"filter":"id eq \"RL_RFE\""`, "[RL_RFE]"},
			{"POST", "/Roles/.search", `"filter":"name eq \"radius front end\""`, "[RL_RFE]"},
			{"POST", "/Roles/.search", `"filter":"id sw \"RL_\"","cursor":"","count":1`, "[RL_AUDITV]"},
			{"GET", "/PermissionSets?cursor=&count=1&filter=" + url.QueryEscape(`id ge "FS_S"`), "", "[FS_SADMIN]"},
			{"POST", "/PermissionSets/.search", `"filter":"id ge \"FS_S\"","cursor":"","count":1`, "[FS_SADMIN]"},
			{"POST", "/PermissionSets/.search", `"filter":"id sw \"FS_U\""`, "[FS_USERADM]"},
			{"POST", "/.search", `"filter":"id eq \"RL_RFE\" or id eq \"FS_USERADM\""`, "[RL_RFE FS_USERADM]"},
		} {
			if test.body != "" {
				test.body = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],` + test.body + `}`
			}
			var p page
			a := s.call(t, test.method, base+test.path, "dev-acme-admin", test.body)
			a.decode(t, &p)
			if a.status != 200 || fmt.Sprint(p.ids()) != test.want {
				t.Errorf("%s %s: %d %s", test.method, base+test.path, a.status, a.body)
			}
		}
		for _, path := range []string{"/Roles/.search", "/PermissionSets/.search", "/.search"} {
			if a := s.call(t, "GET", base+path, "dev-acme-admin", ""); a.status != 405 || a.header.Get("Allow") != "POST" {
				t.Errorf("GET %s: %d %v %s", base+path, a.status, a.header, a.body)
			}
		}
	}
}
