package api_test

import (
	"net/url"
	"strings"
	"testing"
)

func TestProjection(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const (
		extension = "urn:rolecall:params:scim:schemas:extension:2.0:Role"
		role      = `{"schemas":["urn:hid:scim:api:idp:2.0:Role","` + extension + `"],"id":"RL_AUDITV"`
		set       = `{"schemas":["urn:hid:scim:api:idp:2.0:PermissionSet"],"id":"FS_USERADM"`
		list      = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],`
	)
	tests := []struct {
		path, query, want string
	}{
		{"/v2/Roles/RL_AUDITV", "attributes=name", role + `,"name":"Audit Viewer"}`},
		{"/acme/v2/Roles/RL_AUDITV", "attributes=NAME, meta.version", role + `,"meta":{"version":"1"},"name":"Audit Viewer"}`},
		{"/v2/Roles/RL_AUDITV", "attributes=name&attributes=urn:hid:scim:api:idp:2.0:Role:updatePermissionSet", role + `,"name":"Audit Viewer","updatePermissionSet":true}`},
		{"/v2/Roles/RL_AUDITV", "attributes=" + extension + ":builtIn", role + `,"` + extension + `":{"builtIn":true}}`},
		{"/v2/Roles/RL_AUDITV", "attributes=" + extension + ":permissionSets.value", role + `,"` + extension + `":{"permissionSets":[{"value":"FS_AUDITV"}]}}`},
		{"/v2/Roles/RL_AUDITV", "attributes=unknown", role + `}`},
		{"/v2/Roles/RL_AUDITV", "excludedAttributes=meta,id, schemas ,name," + extension, role + `,"updatePermissionSet":true}`},
		{"/v2/PermissionSets/FS_USERADM", "excludedAttributes=permissionSetItems,meta", set + `,"name":"User Administration"}`},
		{"/acme/v2/PermissionSets/FS_USERADM", "attributes=permissionSetItems.id", set + `,"permissionSetItems":[{"id":"R_REFDATA"},{"id":"R_USER"},{"id":"C_USER"},{"id":"M_USER"},{"id":"D_USER"}]}`},
		{"/v2/Roles", "attributes=name&count=1", list + `"totalResults":13,"itemsPerPage":1,"startIndex":1,"Resources":[` + role + `,"name":"Audit Viewer"}]}`},
		{"/acme/v2/PermissionSets", `attributes=id&filter=id eq FS_USERADM`, list + `"totalResults":1,"itemsPerPage":1,"startIndex":1,"resources":[` + set + `}]}`},
	}
	for _, test := range tests {
		a := s.do(t, call{path: test.path + "?" + strings.NewReplacer(" ", "%20", `"`, "%22").Replace(test.query)}).is(200)
		if a.body != test.want {
			t.Errorf("%s?%s:\ngot  %s\nwant %s", test.path, test.query, a.body, test.want)
		}
	}
	a := s.do(t, call{method: "POST", path: "/acme/v2/Roles?attributes=description", body: newRole}).is(201)
	if want := `{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"id":"NEWROLE","description":"my new role"}`; a.body != want || a.header.Get("Location") == "" || a.header.Get("ETag") == "" {
		t.Errorf("create: %v %s", a.header, a.body)
	}
	s.do(t, call{path: "/v2/Roles/GHOST?attributes=id"}).fails("/v2", 404, "", 0, "no role")
	s.do(t, call{path: "/v2/Roles/RL_RFE?attributes=id&excludedAttributes=name"}).fails("/v2", 400, "invalidValue", 0, "cannot be combined")
}

// ids asks for a list and returns the ids in it.
func (s *service) ids(t *testing.T, path, query string) ([]string, answer) {
	t.Helper()
	a := s.do(t, call{path: path + "?" + query}).is(200)
	return idsOf(a), a
}

func idsOf(a answer) []string {
	a.t.Helper()
	var list struct{ Resources []struct{ ID string } }
	a.json(&list)
	ids := []string{}
	for _, r := range list.Resources {
		ids = append(ids, r.ID)
	}
	return ids
}

func escaped(text string) string { return url.QueryEscape(text) }
