package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/role"
)

func TestListRoles(t *testing.T) {
	t.Parallel()
	s := newService(t)
	var one struct{ Resources []any }
	a := s.do(t, call{path: "/acme/v2/Roles"}).is(200)
	a.json(&one)
	if !strings.HasPrefix(a.body, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":13,"resources":[{"schemas":`) || strings.Contains(a.body, "Resources") {
		t.Errorf("tenant surface: %s", a.body)
	}
	tag := a.header.Get("ETag")
	if len(one.Resources) != 13 || !strings.HasPrefix(tag, `W/"`) {
		t.Errorf("got %d roles, header %v", len(one.Resources), a.header)
	}
	same := s.do(t, call{path: "/acme/v2/Roles", header: map[string]string{"If-None-Match": tag, "If-Match": tag}}).is(304)
	if same.header.Get("ETag") != tag || same.body != "" {
		t.Errorf("not modified: header %v, body %s", same.header, same.body)
	}
	s.do(t, call{path: "/acme/v2/Roles?count=2", header: map[string]string{"If-None-Match": tag}}).is(200)
	get := s.do(t, call{path: "/acme/v2/Roles/RL_AUDITV"}).is(200)
	if !strings.Contains(a.body, get.body) {
		t.Errorf("the list shows a role otherwise than get does:\n%s\n%s", a.body, get.body)
	}
	b := s.do(t, call{principal: viewer, path: "/v2/Roles/"}).is(200)
	if !strings.HasPrefix(b.body, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":13,"itemsPerPage":13,"startIndex":1,"Resources":[{"schemas":`) ||
		strings.Contains(b.body, `"resources"`) || !strings.Contains(b.body, `"version":"W/\"1\""`) {
		t.Errorf("standard surface: %s", b.body)
	}
}

func TestListPages(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for i := 13; i < 105; i++ {
		r := role.Role{ID: fmt.Sprintf("R%05d", i), Name: fmt.Sprintf("Role %d", i), PermissionSets: []string{"FS_AUDITV"}}
		if _, err := s.CreateRole(t.Context(), tenantID(t, "acme"), audit.Actor{Principal: admin}, r); err != nil {
			t.Fatal(err)
		}
	}
	const head = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":105,`
	tests := []struct {
		path  string
		start string
		rows  int
	}{
		{"/acme/v2/Roles", `"resources":[{`, 105},
		{"/acme/v2/Roles?count=100&startIndex=0", `"itemsPerPage":100,"startIndex":0,"resources":[{`, 100},
		{"/acme/v2/Roles?count=100&startIndex=100", `"itemsPerPage":5,"startIndex":100,"resources":[{`, 5},
		{"/acme/v2/Roles?count=100&startIndex=101", `"itemsPerPage":5,"startIndex":101,"resources":[{`, 5},
		{"/acme/v2/Roles?count=0", `"itemsPerPage":0,"startIndex":1,"resources":[]}`, 0},
		{"/acme/v2/Roles?itemsPerPage=10", `"itemsPerPage":10,"startIndex":1,"resources":[{`, 10},
		{"/v2/Roles", `"itemsPerPage":100,"startIndex":1,"Resources":[{`, 100},
		{"/v2/Roles?startIndex=101", `"itemsPerPage":5,"startIndex":101,"Resources":[{`, 5},
		{"/v2/Roles?startIndex=1000", `"itemsPerPage":0,"startIndex":1000,"Resources":[]}`, 0},
		{"/v2/Roles?count=-1", `"itemsPerPage":0,"startIndex":1,"Resources":[]}`, 0},
		{"/v2/Roles?count=2&sortBy=name&sortOrder=descending", `"itemsPerPage":2,"startIndex":1,"Resources":[{`, 2},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			a := s.do(t, call{path: test.path}).is(200)
			var list struct{ Resources []struct{ ID string } }
			a.json(&list)
			if !strings.HasPrefix(a.body, head+test.start) || len(list.Resources) != test.rows {
				t.Errorf("got %d rows: %.200s", len(list.Resources), a.body)
			}
		})
	}
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	s := newService(t)
	tests := []struct {
		query    string
		scimType string
		detail   string
	}{
		{"count=ten", "invalidValue", "count must be one whole number"},
		{"count=", "invalidValue", "count must be one whole number"},
		{"count=1.5", "invalidValue", "count must be one whole number"},
		{"count=1&count=2", "invalidValue", "count must be one whole number"},
		{"startIndex=x", "invalidValue", "startIndex must be one whole number"},
		{"itemsPerPage=x&count=1", "invalidValue", "itemsPerPage must be one whole number"},
		{"filter=name%20like%20%22x%22", "invalidFilter", "at character 6"},
		{"filter=", "invalidFilter", "expected an attribute name"},
		{"filter=colour%20pr", "invalidFilter", "no attribute"},
		{"filter=id%20pr&filter=name%20pr", "invalidFilter", "send it once"},
		{"sortBy=colour", "invalidValue", "sortBy must name an attribute"},
		{"sortBy=meta", "invalidValue", "sortBy must name an attribute"},
		{"sortBy=id&sortOrder=up", "invalidValue", "ascending or descending"},
		{"sortBy=id&sortBy=name", "invalidValue", "send it once"},
		{"attributes=name&excludedAttributes=meta", "invalidValue", "cannot be combined"},
		{"cursor=VZUTiyhEQJ94IR", "invalidCursor", "an empty cursor to start again"},
		{"cursor=%20", "invalidCursor", "an empty cursor to start again"},
		{"cursor&cursor", "invalidCursor", "send it once"},
		{"cursor&count=101", "invalidCount", "at most 100"},
		{"cursor&count=ten", "invalidCount", "one whole number"},
		{"cursor&startIndex=1", "invalidValue", "cannot be combined"},
		{"api-version=x", "invalidValue", "api-version"},
		{"api-version=10&api-version=0", "invalidValue", "api-version"},
		{"count=%zz", "invalidValue", "percent-encode"},
		{"count=1;startIndex=2", "invalidValue", "percent-encode"},
	}
	for _, test := range tests {
		for _, path := range []string{"/acme/v2/Roles?", "/v2/PermissionSets?"} {
			t.Run(path+test.query, func(t *testing.T) {
				code := 1006
				for _, unsupported := range []string{"sortBy must", "ascending", "combined", "start again", "at most"} {
					if strings.Contains(test.detail, unsupported) {
						code = 1009
					}
				}
				s.do(t, call{path: path + test.query}).fails(path, 400, test.scimType, code, test.detail)
			})
		}
	}
	for _, path := range []string{"/acme/v2/Roles", "/v2/Roles", "/acme/v2/PermissionSets", "/v2/PermissionSets", "/v2/PermissionSets/FS_RLASG", "/v2/PermissionSets/GHOST"} {
		s.do(t, call{principal: nobody, path: path}).fails(path, 403, "", 0, "R_REFDATA")
	}
	s.do(t, call{path: "/v2/Roles", header: map[string]string{"If-Match": `W/"1"`}}).is(412)
	s.do(t, call{path: "/v2/Roles", header: map[string]string{"If-Match": `*`, "If-None-Match": `W/"1"`}}).is(200)
	s.do(t, call{path: "/v2/Roles", header: map[string]string{"If-None-Match": `*`}}).is(304)
}

// builtIn are the roles that a tenant starts with.
const builtIn = "RL_AUDITV|RL_CFGMGR|RL_CONFIG|RL_DEVADM|RL_HELPDSK|RL_RFE|RL_RGWADM|RL_SADMIN|RL_SSPADM|RL_STPADM|RL_SUSRADM|RL_SYSTEM|RL_USERADM"

func TestPermissionSets(t *testing.T) {
	t.Parallel()
	s := newService(t)
	a := s.do(t, call{path: "/acme/v2/PermissionSets/FS_RLASG"}).is(200)
	want := `{"schemas":["urn:hid:scim:api:idp:2.0:PermissionSet"],"id":"FS_RLASG","name":"Roles Assignment",` +
		`"meta":{"resourceType":"PermissionSet","location":"https://host.example/dev/scim/acme/v2/PermissionSets/FS_RLASG","version":"1","created":"` + stamp + `","lastModified":"` + stamp + `"},` +
		`"permissionSetItems":[{"schemas":["urn:hid:scim:api:idp:2.0:PermissionSetItem"],"id":"M_U_ROLES","parameter":"` + builtIn + `"},` +
		`{"schemas":["urn:hid:scim:api:idp:2.0:PermissionSetItem"],"id":"R_ROLE","parameter":"` + builtIn + `"}]}`
	if a.body != want || a.header.Get("ETag") != `W/"1"` {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	list := s.do(t, call{path: "/acme/v2/PermissionSets"}).is(200)
	if !strings.HasPrefix(list.body, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":4,"resources":[`) || !strings.Contains(list.body, want) {
		t.Errorf("got %s", list.body)
	}
	page := s.do(t, call{path: "/v2/PermissionSets?startIndex=4&count=2"}).is(200)
	if !strings.Contains(page.body, `"totalResults":4,"itemsPerPage":1,"startIndex":4,"Resources":[{`) {
		t.Errorf("got %s", page.body)
	}
	// Not limited, limited to no role, and no items at all.
	for path, part := range map[string]string{
		"/v2/PermissionSets/EVERYTHING": `{"schemas":["urn:hid:scim:api:idp:2.0:PermissionSetItem"],"id":"R_REFDATA"},`,
		"/v2/PermissionSets/NONE":       `"id":"M_U_ROLES","parameter":""}]}`,
		"/v2/PermissionSets/PLAIN/":     `"permissionSetItems":[]}`,
	} {
		if a := s.do(t, call{tenant: "bare", path: path}).is(200); !strings.Contains(a.body, part) {
			t.Errorf("%s: got %s", path, a.body)
		}
	}
	s.do(t, call{path: "/v2/PermissionSets/GHOST"}).fails("/v2", 404, "", 0, "no permission set")
	s.do(t, call{path: "/acme/v2/PermissionSets/PLAIN"}).fails("/acme", 404, "", 0, "no permission set")
	s.do(t, call{path: "/acme/v2/PermissionSets/A%20B"}).fails("/acme", 404, "", 0, "no permission set")
}
