package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/role"
)

// newRole is the create request that HID's clients send.
const newRole = `{"id":"NEWROLE","name":"New Role","description":"my new role","updatePermissionSet":true}`

func TestCreateRoleOnTenantSurface(t *testing.T) {
	t.Parallel()
	s := newService(t)
	a := s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
	want := `{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"id":"NEWROLE",` +
		`"meta":{"resourceType":"Role","location":"https://host.example/dev/scim/acme/v2/Roles/NEWROLE","version":"1","created":"` + stamp + `","lastModified":"` + stamp + `"},` +
		`"name":"New Role","description":"my new role","updatePermissionSet":true}`
	if a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	if a.header.Get("Location") != baseURL+"/scim/acme/v2/Roles/NEWROLE" || a.header.Get("ETag") != `W/"1"` || a.header.Get("Content-Type") != "application/scim+json" {
		t.Errorf("got header %v", a.header)
	}
	got := s.do(t, call{path: "/acme/v2/Roles/NEWROLE/"}).is(200)
	if got.body != want || got.header.Get("ETag") != `W/"1"` || got.header.Get("Content-Location") != baseURL+"/scim/acme/v2/Roles/NEWROLE" {
		t.Errorf("read back %s\n%v", got.body, got.header)
	}
	s.do(t, call{tenant: "globex", path: "/globex/v2/Roles/NEWROLE"}).is(404)
}

func TestCreateRoleOnStandardSurface(t *testing.T) {
	t.Parallel()
	s := newService(t)
	body := `{"schemas":["urn:hid:scim:api:idp:2.0:Role","urn:rolecall:params:scim:schemas:extension:2.0:Role"],"id":7,"name":"A <b> & c",` +
		`"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[{"value":"FS_USERADM"},{"value":"FS_AUDITV","display":"mine"},{"value":"FS_USERADM"}],"builtIn":true}}`
	a := s.do(t, call{method: "POST", path: "/v2/Roles", body: body}).is(201)
	want := `{"schemas":["urn:hid:scim:api:idp:2.0:Role","urn:rolecall:params:scim:schemas:extension:2.0:Role"],"id":"made-1",` +
		`"meta":{"resourceType":"Role","location":"https://host.example/dev/scim/v2/Roles/made-1","version":"W/\"1\"","created":"` + stamp + `","lastModified":"` + stamp + `"},` +
		`"name":"A <b> & c","updatePermissionSet":true,` +
		`"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[` +
		`{"value":"FS_AUDITV","display":"Audit Viewer","$ref":"https://host.example/dev/scim/v2/PermissionSets/FS_AUDITV"},` +
		`{"value":"FS_USERADM","display":"User Administration","$ref":"https://host.example/dev/scim/v2/PermissionSets/FS_USERADM"}],"builtIn":false}}`
	if a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	if got := s.do(t, call{path: "/v2/Roles/made-1"}).is(200); got.body != want {
		t.Errorf("read back %s", got.body)
	}
}

func TestCreateRoleChoosesID(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for i, body := range []string{`{"name":"A"}`, `{"id":"","name":"B"}`, `{"id":null,"name":"C"}`} {
		var got struct {
			ID                  string
			UpdatePermissionSet bool
		}
		s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: body}).is(201).json(&got)
		if got.ID != fmt.Sprintf("made-%d", i+1) || !got.UpdatePermissionSet {
			t.Errorf("%s: got %+v", body, got)
		}
	}
}

func TestCreateRoleRefuses(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
	const schemas = `"schemas":["urn:hid:scim:api:idp:2.0:Role"]`
	const grants = `"urn:rolecall:params:scim:schemas:extension:2.0:Role"`
	var many []string
	for i := range role.MaxPermissionSets + 1 {
		many = append(many, fmt.Sprintf(`{"value":"S%d"}`, i))
	}
	tests := []struct {
		name      string
		call      call
		status    int
		scimType  string
		errorCode int
		detail    string
	}{
		{"id taken", call{path: "/acme/v2/Roles", body: `{"id":"NEWROLE","name":"Other"}`}, 409, "uniqueness", 0, "with this id exists"},
		{"name taken", call{path: "/acme/v2/Roles", body: `{"id":"OTHER","name":"NEW ROLE"}`}, 409, "uniqueness", 0, "has this name"},
		{"name of a built-in role taken", call{path: "/v2/Roles", body: `{` + schemas + `,"name":"audit viewer"}`}, 409, "uniqueness", 0, "has this name"},
		{"same again", call{path: "/acme/v2/Roles", body: newRole}, 409, "uniqueness", 0, ""},
		{"no name", call{path: "/acme/v2/Roles", body: `{"id":"X"}`}, 400, "invalidValue", 1000, "name is required"},
		{"empty name", call{path: "/acme/v2/Roles", body: `{"name":""}`}, 400, "invalidValue", 1000, "name is required"},
		{"long name", call{path: "/acme/v2/Roles", body: `{"name":"` + strings.Repeat("ä", 257) + `"}`}, 400, "invalidValue", 1008, "at most 256"},
		{"long description", call{path: "/acme/v2/Roles", body: `{"name":"X","description":"` + strings.Repeat("ä", 1025) + `"}`}, 400, "invalidValue", 1008, "at most 1024"},
		{"bad id", call{path: "/acme/v2/Roles", body: `{"id":"A B","name":"X"}`}, 400, "invalidValue", 1006, "id may hold only"},
		{"long id", call{path: "/acme/v2/Roles", body: `{"id":"` + strings.Repeat("A", 65) + `","name":"X"}`}, 400, "invalidValue", 1008, "id must have at most 64"},
		{"boolean in quotes", call{path: "/acme/v2/Roles", body: `{"name":"X","updatePermissionSet":"True"}`}, 400, "invalidValue", 1006, "without quotes"},
		{"boolean in quotes, standard", call{path: "/v2/Roles", body: `{` + schemas + `,"name":"X","updatePermissionSet":"True"}`}, 400, "invalidValue", 0, "without quotes"},
		{"bad JSON", call{path: "/acme/v2/Roles", body: `{"name":`}, 400, "invalidSyntax", 1006, "line 1, column 9"},
		{"no body", call{path: "/acme/v2/Roles"}, 400, "invalidSyntax", 1006, "must be a JSON object"},
		{"no schemas", call{path: "/v2/Roles", body: `{"name":"X"}`}, 400, "invalidValue", 0, "schemas is required"},
		{"other schemas", call{path: "/v2/Roles", body: `{"schemas":["urn:x"],"name":"X"}`}, 400, "invalidValue", 0, "urn:x"},
		{"unknown set", call{path: "/acme/v2/Roles", body: `{"name":"X",` + grants + `:{"permissionSets":[{"value":"NOSET"}]}}`}, 400, "invalidValue", 1009, "NOSET"},
		{"set without value", call{path: "/acme/v2/Roles", body: `{"name":"X",` + grants + `:{"permissionSets":[{"display":"x"}]}}`}, 400, "invalidValue", 1000, "permissionSets[0].value is required"},
		{"bad set id", call{path: "/acme/v2/Roles", body: `{"name":"X",` + grants + `:{"permissionSets":[{"value":"A B"}]}}`}, 400, "invalidValue", 1006, "permissionSets.value"},
		{"too many sets", call{path: "/acme/v2/Roles", body: `{"name":"X",` + grants + `:{"permissionSets":[` + strings.Join(many, ",") + `]}}`}, 400, "invalidValue", 1008, "at most 40"},
		{"form", call{path: "/acme/v2/Roles", body: newRole, header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 415, "", 0, "application/scim+json"},
		{"If-Match", call{path: "/acme/v2/Roles", body: `{"name":"X"}`, header: map[string]string{"If-Match": "*"}}, 412, "", 0, ""},
		{"malformed If-Match", call{path: "/acme/v2/Roles", body: `{"name":"X"}`, header: map[string]string{"If-Match": "x"}}, 400, "invalidValue", 1006, "If-Match"},
		{"viewer", call{principal: viewer, path: "/acme/v2/Roles", body: newRole}, 403, "", 0, "C_ROLE"},
		{"unknown principal", call{principal: nobody, path: "/v2/Roles", body: `{` + schemas + `,"name":"X"}`}, 403, "", 0, "C_ROLE"},
		{"set takes no roles", call{tenant: "bare", path: "/bare/v2/Roles", body: `{"name":"X"}`}, 400, "invalidValue", 1009, "M_U_ROLES"},
		{"limited to other roles", call{tenant: "bare", principal: limited, path: "/bare/v2/Roles", body: `{"id":"X","name":"X"}`}, 403, "", 0, "C_ROLE over the role X"},
		{"limited, id made by the service", call{tenant: "bare", principal: limited, path: "/bare/v2/Roles", body: `{"name":"X"}`}, 403, "", 0, "C_ROLE"},
		{"may create, but not grant sets", call{tenant: "bare", principal: limited, path: "/bare/v2/Roles", body: `{"id":"GHOST","name":"X",` + grants + `:{"permissionSets":[{"value":"PLAIN"}]}}`}, 403, "", 0, "U_PSET"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.call.method = "POST"
			s.do(t, test.call).fails(test.call.path, test.status, test.scimType, test.errorCode, test.detail)
		})
	}
	for path, caller := range map[string]string{"/acme/v2/Roles": "acme", "/bare/v2/Roles": "bare"} {
		var list struct{ TotalResults int }
		s.do(t, call{tenant: caller, path: path}).json(&list)
		if want := map[string]int{"acme": 14, "bare": 3}[caller]; list.TotalResults != want {
			t.Errorf("%s has %d roles, want %d: something refused was stored", caller, list.TotalResults, want)
		}
	}
}

func TestCreateRoleAccepts(t *testing.T) {
	t.Parallel()
	s := newService(t)
	tests := []call{
		{path: "/acme/v2/Roles", body: `{"NAME":"A"}`, header: map[string]string{"Content-Type": "application/json; charset=UTF-8", "If-None-Match": "*"}},
		{path: "/acme/v2/Roles/", body: `{"name":"B","unknown":{"x":[1]},"meta":"x","schemas":["urn:whatever"]}`},
		{path: "/v2/Roles?api-version=10.1&", body: `{"schemas":["URN:HID:scim:api:idp:2.0:role"],"name":"C"}`, header: map[string]string{"Content-Type": "application/scim+json", "Accept": "application/json"}},
		{tenant: "bare", path: "/bare/v2/Roles", body: `{"name":"D","updatePermissionSet":false}`},
		{tenant: "bare", principal: limited, path: "/bare/v2/Roles", body: `{"id":"GHOST","name":"E","updatePermissionSet":false}`},
	}
	for _, test := range tests {
		test.method = "POST"
		s.do(t, test).is(201)
	}
	// Whoever creates a role can read it at once.
	s.do(t, call{tenant: "bare", principal: limited, path: "/bare/v2/Roles/GHOST"}).is(200)
}

func TestGetRole(t *testing.T) {
	t.Parallel()
	s := newService(t)
	a := s.do(t, call{path: "/acme/v2/Roles/RL_AUDITV"}).is(200)
	want := `{"schemas":["urn:hid:scim:api:idp:2.0:Role","urn:rolecall:params:scim:schemas:extension:2.0:Role"],"id":"RL_AUDITV",` +
		`"meta":{"resourceType":"Role","location":"https://host.example/dev/scim/acme/v2/Roles/RL_AUDITV","version":"1","created":"` + stamp + `","lastModified":"` + stamp + `"},` +
		`"name":"Audit Viewer","updatePermissionSet":true,"urn:rolecall:params:scim:schemas:extension:2.0:Role":` +
		`{"permissionSets":[{"value":"FS_AUDITV","display":"Audit Viewer","$ref":"https://host.example/dev/scim/acme/v2/PermissionSets/FS_AUDITV"}],"builtIn":true}}`
	if a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	tests := []struct {
		name   string
		call   call
		status int
		detail string
	}{
		{"viewer", call{principal: viewer, path: "/acme/v2/Roles/RL_RFE"}, 200, ""},
		{"percent-encoded", call{path: "/%61cme/v2/Roles/RL%5FRFE"}, 200, ""},
		{"encoded twice", call{path: "/acme/v2/Roles/RL%255FRFE"}, 404, "no role"},
		{"other case", call{path: "/acme/v2/Roles/rl_rfe"}, 404, "no role"},
		{"not a code", call{path: "/acme/v2/Roles/50%25%20off"}, 404, "no role"},
		{"slash inside", call{path: "/acme/v2/Roles/A%2FB"}, 404, "no role"},
		{"too long", call{path: "/v2/Roles/" + strings.Repeat("A", 65)}, 404, "no role"},
		{"absent", call{path: "/v2/Roles/GHOST"}, 404, "no role"},
		{"absent, without permission", call{principal: nobody, path: "/v2/Roles/GHOST"}, 403, "R_ROLE over the role GHOST"},
		{"present, without permission", call{principal: nobody, path: "/v2/Roles/RL_RFE"}, 403, "R_ROLE over the role RL_RFE"},
		{"limited to it", call{tenant: "bare", principal: limited, path: "/v2/Roles/RL_RFE"}, 200, ""},
		{"limited to it, absent", call{tenant: "bare", principal: limited, path: "/v2/Roles/GHOST"}, 404, "no role"},
		{"limited to others", call{tenant: "bare", principal: limited, path: "/v2/Roles/ALL"}, 403, "R_ROLE over the role ALL"},
		{"limited to others, absent", call{tenant: "bare", principal: limited, path: "/v2/Roles/NOROLE"}, 403, "R_ROLE over the role NOROLE"},
		{"too deep", call{path: "/acme/v2/Roles/A/B"}, 404, "no such endpoint"},
		{"two slashes", call{path: "/acme/v2/Roles/A//"}, 404, "no such endpoint"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.do(t, test.call).is(test.status)
			if test.status >= 400 {
				a.fails(test.call.path, test.status, "", 0, test.detail)
			}
		})
	}
}

func TestConditionalGetRole(t *testing.T) {
	t.Parallel()
	s := newService(t)
	tests := []struct {
		ifMatch, ifNoneMatch string
		status               int
	}{
		{"", `W/"1"`, 304},
		{"", `"1"`, 304},
		{"", `1`, 304},
		{"", `*`, 304},
		{"", `"3", "1"`, 304},
		{"", `W/"2"`, 200},
		{`W/"1"`, "", 200},
		{`*`, "", 200},
		{`W/"2"`, "", 412},
		{`W/"2"`, `W/"1"`, 412},
		{`W/"1"`, `W/"1"`, 304},
		{`one`, "", 400},
		{"", `one`, 400},
	}
	for _, test := range tests {
		for _, path := range []string{"/acme/v2/Roles/RL_RFE", "/v2/PermissionSets/FS_RLASG"} {
			header := map[string]string{}
			if test.ifMatch != "" {
				header["If-Match"] = test.ifMatch
			}
			if test.ifNoneMatch != "" {
				header["If-None-Match"] = test.ifNoneMatch
			}
			a := s.do(t, call{path: path, header: header})
			if a.status != test.status {
				t.Errorf("%s, %+v: got %d", path, test, a.status)
			}
			if test.status == 304 && (a.body != "" || a.header.Get("ETag") != `W/"1"` || a.header.Get("Content-Type") != "") {
				t.Errorf("%+v: got %v %q", test, a.header, a.body)
			}
		}
	}
}

func TestDeleteRole(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
	tests := []struct {
		name   string
		call   call
		status int
		detail string
	}{
		{"viewer", call{principal: viewer, path: "/acme/v2/Roles/NEWROLE"}, 403, "D_ROLE over the role NEWROLE"},
		{"viewer, absent", call{principal: viewer, path: "/acme/v2/Roles/GHOST"}, 403, "D_ROLE over the role GHOST"},
		{"built in", call{path: "/acme/v2/Roles/RL_AUDITV"}, 403, "built in"},
		{"built in, at another version", call{path: "/v2/Roles/RL_AUDITV", header: map[string]string{"If-Match": `W/"9"`}}, 403, "built in"},
		{"other version", call{path: "/acme/v2/Roles/NEWROLE", header: map[string]string{"If-Match": `W/"2"`}}, 412, "read it again"},
		{"If-None-Match", call{path: "/acme/v2/Roles/NEWROLE", header: map[string]string{"If-None-Match": `*`}}, 412, "read it again"},
		{"absent", call{path: "/acme/v2/Roles/GHOST"}, 404, "no role"},
		{"absent, with If-Match", call{path: "/acme/v2/Roles/GHOST", header: map[string]string{"If-Match": `*`}}, 404, "no role"},
		{"not a code", call{path: "/acme/v2/Roles/A%20B"}, 404, "no role"},
		{"limited to others", call{tenant: "bare", principal: limited, path: "/bare/v2/Roles/ALL"}, 403, "D_ROLE over the role ALL"},
		{"of another tenant", call{tenant: "globex", path: "/globex/v2/Roles/NEWROLE"}, 404, "no role"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.call.method = "DELETE"
			s.do(t, test.call).fails(test.call.path, test.status, "", 0, test.detail)
		})
	}
	header := map[string]string{"If-Match": `"3", W/"1"`, "Content-Type": "text/plain"}
	a := s.do(t, call{method: "DELETE", path: "/acme/v2/Roles/NEWROLE", header: header}).is(204)
	if a.body != "" || a.header.Get("Content-Type") != "" {
		t.Errorf("got %v %q", a.header, a.body)
	}
	s.do(t, call{path: "/acme/v2/Roles/NEWROLE"}).is(404)
	s.do(t, call{method: "DELETE", path: "/acme/v2/Roles/NEWROLE"}).is(404)
	s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
}
