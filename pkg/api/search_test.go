package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const searchSchema = `"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]`

func TestSearch(t *testing.T) {
	t.Parallel()
	s := newService(t)
	tests := []struct{ path, members, want string }{
		{"/Roles/.search", `"filter":"id sw \"RL_S\""`, "RL_SADMIN RL_SSPADM RL_STPADM RL_SUSRADM RL_SYSTEM"},
		{"/Roles/.search", `"FILTER":"name co \"config\"","sortBy":"name","sortOrder":"descending"`, "RL_CFGMGR RL_CONFIG"},
		{"/Roles/.search", `"startIndex":12,"count":5,"filter":null`, "RL_SYSTEM RL_USERADM"},
		{"/Roles/.search", `"count":0`, ""},
		{"/PermissionSets/.search", `"filter":"permissionSetItems.id eq \"R_AUDIT\"","other":{}`, "FS_AUDITV FS_SADMIN"},
		{"/.search", `"filter":"name co \"audit\""`, "RL_AUDITV FS_AUDITV"},
		{"/.search", `"filter":"permissionSetItems.id eq \"R_AUDIT\" or updatePermissionSet eq true and id ew \"RFE\""`, "RL_RFE FS_AUDITV FS_SADMIN"},
		{"/.search", `"filter":"meta.resourceType eq \"PermissionSet\""`, "FS_AUDITV FS_RLASG FS_SADMIN FS_USERADM"},
		{"/.search", `"filter":"name co \"audit\" or id sw \"FS_S\"","sortBy":"id"`, "FS_AUDITV FS_SADMIN RL_AUDITV"},
		{"/.search", `"filter":"name sw \"user\"","sortBy":"updatePermissionSet"`, "RL_USERADM FS_USERADM"},
		{"/.search", `"startIndex":13,"count":4`, "RL_USERADM FS_AUDITV FS_RLASG FS_SADMIN"},
		{"/.search", `"startIndex":18`, ""},
	}
	for _, test := range tests {
		for _, base := range []string{"/v2", "/acme/v2"} {
			a := s.do(t, call{method: "POST", path: base + test.path, body: "{" + searchSchema + "," + test.members + "}"}).is(200)
			if got := strings.Join(idsOf(a), " "); got != test.want {
				t.Errorf("%s %s: got %q, want %q", test.path, test.members, got, test.want)
			}
		}
	}
	a := s.do(t, call{method: "POST", path: "/acme/v2/.search", body: `{"filter":"name co audit","attributes":["meta.resourceType","permissionSetItems.id"]}`}).is(200)
	want := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2,"itemsPerPage":2,"startIndex":1,"resources":[` +
		`{"schemas":["urn:hid:scim:api:idp:2.0:Role","urn:rolecall:params:scim:schemas:extension:2.0:Role"],"id":"RL_AUDITV","meta":{"resourceType":"Role"}},` +
		`{"schemas":["urn:hid:scim:api:idp:2.0:PermissionSet"],"id":"FS_AUDITV","meta":{"resourceType":"PermissionSet"},"permissionSetItems":[{"id":"R_REFDATA"},{"id":"R_ROLE"},{"id":"R_USER"},{"id":"R_AUDIT"}]}]}`
	if a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	whole := s.do(t, call{path: "/v2/PermissionSets/FS_RLASG"}).is(200)
	if a := s.do(t, call{method: "POST", path: "/v2/.search", body: "{" + searchSchema + `,"filter":"id eq \"FS_RLASG\""}`}).is(200); !strings.Contains(a.body, whole.body) {
		t.Errorf("the set is not whole: %s", a.body)
	}
}

// TestSearchWalk walks over both types by cursor.
func TestSearchWalk(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, order := range []string{"", `,"sortBy":"name"`, `,"filter":"name co \"a\""`, `,"sortBy":"description","sortOrder":"descending"`} {
		all := idsOf(s.do(t, call{method: "POST", path: "/v2/.search", body: "{" + searchSchema + order + "}"}).is(200))
		for _, count := range []int{1, 4, 13, 16, 17} {
			var walked []string
			for cursor, more := "", true; more; more = cursor != "" {
				a := s.do(t, call{method: "POST", path: "/v2/.search", body: fmt.Sprintf(`{%s%s,"count":%d,"cursor":%q}`, searchSchema, order, count, cursor)}).is(200)
				var list struct{ NextCursor string }
				a.json(&list)
				cursor = list.NextCursor
				walked = append(walked, idsOf(a)...)
			}
			if !slices.Equal(walked, all) {
				t.Errorf("%s by %d: got %v, want %v", order, count, walked, all)
			}
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	s := newService(t)
	tests := []struct {
		path, body, contentType string
		status                  int
		scimType                string
		code                    int
		detail                  string
	}{
		{"/v2/Roles/.search", `{}`, "", 400, "invalidValue", 0, "SearchRequest"},
		{"/acme/v2/Roles/.search", `{"schemas":["urn:other"]}`, "", 400, "invalidValue", 1000, "SearchRequest"},
		{"/v2/Roles/.search", `[]`, "", 400, "invalidSyntax", 0, "JSON object"},
		{"/acme/v2/Roles/.search", `{"filter":7}`, "", 400, "invalidValue", 1006, "filter must be a string"},
		{"/acme/v2/Roles/.search", `{"filter":"name zz 1"}`, "", 400, "invalidFilter", 1006, "character 6"},
		{"/acme/v2/Roles/.search", `{"attributes":[7]}`, "", 400, "invalidValue", 1006, "array of attribute names"},
		{"/acme/v2/Roles/.search", `{"attributes":["id"],"excludedAttributes":"meta"}`, "", 400, "invalidValue", 1009, "cannot be combined"},
		{"/acme/v2/Roles/.search", `{"count":1.5}`, "", 400, "invalidValue", 1006, "whole number"},
		{"/acme/v2/Roles/.search", `{"count":"7"}`, "", 400, "invalidValue", 1006, "whole number"},
		{"/acme/v2/Roles/.search", `{"count":101,"cursor":""}`, "", 400, "invalidCount", 1009, "at most 100"},
		{"/acme/v2/Roles/.search", `{"cursor":"x"}`, "", 400, "invalidCursor", 1009, "start again"},
		{"/acme/v2/Roles/.search", `{"sortBy":"colour"}`, "", 400, "invalidValue", 1009, "sortBy"},
		{"/acme/v2/.search", `{"filter":"colour pr"}`, "", 400, "invalidFilter", 1006, "colour"},
		{"/acme/v2/.search", `{"filter":"permissionSetItems.colour pr"}`, "", 400, "invalidFilter", 1006, "permissionSetItems.colour"},
		{"/acme/v2/.search", `{"filter":"updatePermissionSet gt 7"}`, "", 400, "invalidFilter", 1006, "updatePermissionSet"},
		{"/acme/v2/Roles/.search", `{}`, "text/xml", 415, "", 0, "application/scim+json"},
	}
	for _, test := range tests {
		c := call{method: "POST", path: test.path, body: test.body}
		if test.contentType != "" {
			c.header = map[string]string{"Content-Type": test.contentType}
		}
		t.Run(test.path+test.body, func(t *testing.T) {
			s.do(t, c).fails(test.path, test.status, test.scimType, test.code, test.detail)
		})
	}
	for _, path := range []string{"/acme/v2/.search", "/acme/v2/Roles/.search", "/acme/v2/PermissionSets/.search"} {
		s.do(t, call{method: "POST", principal: nobody, path: path, body: `{}`}).fails(path, 403, "", 0, "R_REFDATA")
		s.do(t, call{method: "POST", path: path, body: `{}`, header: map[string]string{"If-None-Match": "*"}}).is(412)
	}
	if a := s.do(t, call{path: "/v2/Roles/.search"}); a.status != 405 || a.header.Get("Allow") != "POST" {
		t.Errorf("GET of a search: %d %v", a.status, a.header)
	}
}
