package acceptance_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func TestService(t *testing.T) {
	s := start(t, "")
	t.Run("events", func(t *testing.T) { testEvents(t, s) })
	t.Run("main job", func(t *testing.T) { testMainJob(t, s) })
	t.Run("surfaces", func(t *testing.T) { testSurfaces(t, s) })
	t.Run("discovery", func(t *testing.T) { testDiscovery(t, s) })
	t.Run("methods", func(t *testing.T) { testMethods(t, s) })
	t.Run("changes", func(t *testing.T) { testChanges(t, s) })
	t.Run("power", func(t *testing.T) { testTakingPower(t, s) })
	t.Run("race", func(t *testing.T) { testRace(t, s) })
	t.Run("lists", func(t *testing.T) { testLists(t, s) })
	t.Run("users", func(t *testing.T) { testUsers(t, s) })
	t.Run("refusals", func(t *testing.T) { testRefusals(t, s) })
	t.Run("limited caller", func(t *testing.T) { testLimitedCaller(t, s) })
	t.Run("audit", func(t *testing.T) { testAudit(t, s) })
	t.Run("upkeep", func(t *testing.T) { testUpkeep(t, s) })
	t.Run("smoke", func(t *testing.T) { testSmoke(t, s) })
	t.Run("throttle", func(t *testing.T) { testThrottle(t, s) })
	t.Run("tenants", func(t *testing.T) { testTenants(t, s) })
	t.Run("conversations", func(t *testing.T) { testConversations(t, s) })
	t.Run("actions", func(t *testing.T) { testActions(t, s) })
}

const newRole = `{"id":"NEWROLE","name":"New Role","description":"my new role","updatePermissionSet":true}`

// testMainJob: a role is created, reaches the configured permission set, and
// leaves it when it is deleted.
func testMainJob(t *testing.T, s service) {
	created := s.call(t, "POST", "/scim/acme/v2/Roles", "dev-acme-admin", newRole)
	location := s.BaseURL() + "/scim/acme/v2/Roles/NEWROLE"
	if created.status != 201 || created.header.Get("Location") != location || created.header.Get("ETag") != `W/"1"` || created.header.Get("Content-Type") != "application/scim+json" {
		t.Fatalf("create: %d %v\n%s", created.status, created.header, created.body)
	}
	want := `{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"id":"NEWROLE","meta":{"resourceType":"Role","location":"` + location + `","version":"1","created":"TIME","lastModified":"TIME"},` +
		`"name":"New Role","description":"my new role","updatePermissionSet":true}`
	if got := masked(string(created.body)); got != want {
		t.Errorf("create answers\n%s\nwant\n%s", got, want)
	}
	s.drain(t)
	for _, permission := range []string{"M_U_ROLES", "R_ROLE"} {
		if members := s.members(t, permission); !slices.Contains(members, "NEWROLE") || len(members) != 14 {
			t.Errorf("%s names %v", permission, members)
		}
	}
	if deleted := s.call(t, "DELETE", "/scim/acme/v2/Roles/NEWROLE", "dev-acme-admin", ""); deleted.status != 204 || len(deleted.body) != 0 {
		t.Errorf("delete: %d %s", deleted.status, deleted.body)
	}
	if gone := s.call(t, "GET", "/scim/acme/v2/Roles/NEWROLE", "dev-acme-admin", ""); gone.status != 404 {
		t.Errorf("get after delete: %d %s", gone.status, gone.body)
	}
	s.drain(t)
	if members := s.members(t, "M_U_ROLES"); len(members) != 13 {
		t.Errorf("after the delete M_U_ROLES names %v", members)
	}
}

// testSurfaces: the same roles under three paths.
func testSurfaces(t *testing.T, s service) {
	type resource struct {
		ID   string
		Meta struct{ Version, Location string }
	}
	for _, test := range []struct{ path, member, version string }{
		{"/scim/acme/v2", "resources", "1"},
		{"/scim/v2", "Resources", `W/"1"`},
		{"/management-api/scim/v2", "Resources", `W/"1"`},
	} {
		var list map[string]any
		a := s.call(t, "GET", test.path+"/Roles/?api-version=10", "dev-acme-admin", "")
		a.decode(t, &list)
		roles, _ := list[test.member].([]any)
		if a.status != 200 || len(roles) != 13 || list["totalResults"] != 13.0 {
			t.Errorf("%s: %d %s", test.path, a.status, a.body)
		}
		if _, both := list[otherCase(test.member)]; both {
			t.Errorf("%s: both spellings of resources", test.path)
		}
		var r resource
		a = s.call(t, "GET", test.path+"/Roles/RL_CONFIG", "dev-acme-admin", "")
		a.decode(t, &r)
		if r.ID != "RL_CONFIG" || r.Meta.Version != test.version || r.Meta.Location != s.BaseURL()+test.path+"/Roles/RL_CONFIG" {
			t.Errorf("%s: %s", test.path, a.body)
		}
		if a = s.call(t, "GET", test.path+"/Roles/RL_CONFIG", "dev-acme-admin", "", "If-None-Match", a.header.Get("ETag")); a.status != 304 || len(a.body) > 0 {
			t.Errorf("%s: If-None-Match: %d %s", test.path, a.status, a.body)
		}
		if a = s.call(t, "DELETE", test.path+"/Roles/RL_RFE", "dev-acme-admin", "", "If-Match", `W/"7"`); a.status != 403 && a.status != 412 {
			t.Errorf("%s: If-Match: %d %s", test.path, a.status, a.body)
		}
	}
	a := s.call(t, "POST", "/scim/v2/Roles", "dev-acme-admin", `{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"id":"IGNORED","name":"Standard"}`)
	var r resource
	a.decode(t, &r)
	if a.status != 201 || r.ID == "IGNORED" || r.ID == "" {
		t.Errorf("create on the standard surface: %d %s", a.status, a.body)
	}
	if a := s.call(t, "DELETE", "/scim/v2/Roles/"+r.ID, "dev-acme-admin", ""); a.status != 204 {
		t.Errorf("delete on the standard surface: %d %s", a.status, a.body)
	}
}

func otherCase(member string) string {
	if member == "resources" {
		return "Resources"
	}
	return "resources"
}

// testRefusals: every refusal is a SCIM error that says what to do.
func testRefusals(t *testing.T, s service) {
	const roles = "/scim/acme/v2/Roles"
	if a := s.call(t, "POST", roles, "dev-acme-admin", newRole); a.status != 201 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	for name, test := range map[string]struct {
		method, path, token, body string
		headers                   []string
		status                    int
		scimType, says            string
	}{
		"same id again":          {"POST", roles, "dev-acme-admin", newRole, nil, 409, "uniqueness", "id"},
		"same name again":        {"POST", roles, "dev-acme-admin", `{"id":"OTHER","name":"NEW ROLE"}`, nil, 409, "uniqueness", "name"},
		"viewer creates":         {"POST", roles, "dev-acme-viewer", newRole, nil, 403, "", "C_ROLE"},
		"viewer deletes":         {"DELETE", roles + "/NEWROLE", "dev-acme-viewer", "", nil, 403, "", "D_ROLE"},
		"no token":               {"GET", roles, "", "", nil, 401, "", "Bearer"},
		"unknown token":          {"GET", roles, "dev-nobody", "", nil, 401, "", "Bearer"},
		"no bearer":              {"GET", roles, "", "", []string{"Authorization", "Basic ZGV2Og=="}, 401, "", "Bearer"},
		"other tenant's path":    {"GET", roles, "dev-globex-admin", "", nil, 403, "", "tenant"},
		"unknown tenant's path":  {"GET", "/scim/nobody/v2/Roles", "dev-globex-admin", "", nil, 403, "", "tenant"},
		"other tenant's role":    {"GET", "/scim/globex/v2/Roles/NEWROLE", "dev-globex-admin", "", nil, 404, "", "role"},
		"bad JSON":               {"POST", roles, "dev-acme-admin", `{"id":`, nil, 400, "invalidSyntax", "line 1"},
		"no name":                {"POST", roles, "dev-acme-admin", `{"id":"A"}`, nil, 400, "invalidValue", "name"},
		"bad id":                 {"POST", roles, "dev-acme-admin", `{"id":"A B","name":"a"}`, nil, 400, "invalidValue", "id"},
		"wrong type":             {"POST", roles, "dev-acme-admin", `{"id":"A","name":7}`, nil, 400, "invalidValue", "name"},
		"unknown permission set": {"POST", roles, "dev-acme-admin", `{"id":"A","name":"a","urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[{"value":"NONE"}]}}`, nil, 400, "invalidValue", "NONE"},
		"built-in role":          {"DELETE", roles + "/RL_AUDITV", "dev-acme-admin", "", nil, 403, "", "built in"},
		"unknown route":          {"GET", "/scim/acme/v2/Groups", "dev-acme-admin", "", nil, 404, "", "endpoint"},
		"unknown method":         {"TRACE", roles, "dev-acme-admin", "", nil, 404, "", "endpoint"},
		"malformed path":         {"GET", roles + "/50%25%20off", "dev-acme-admin", "", nil, 404, "", "role"},
		"wrong content type":     {"POST", roles, "dev-acme-admin", newRole, []string{"Content-Type", "text/xml"}, 415, "", "application/scim+json"},
		"wrong accept":           {"GET", roles, "dev-acme-admin", "", []string{"Accept", "text/html"}, 406, "", "application/scim+json"},
		"body too large":         {"POST", roles, "dev-acme-admin", `{"id":"A","name":"` + strings.Repeat("a", 11<<20) + `"}`, nil, 413, "", "large"},
		"body over the limit":    {"POST", roles, "dev-acme-admin", `{"id":"A","name":"` + strings.Repeat("a", 2<<20) + `"}`, nil, 413, "", "longer"},
		"bad api-version":        {"GET", roles + "?api-version=ten", "dev-acme-admin", "", nil, 400, "invalidValue", "api-version"},
		"stale If-Match":         {"DELETE", roles + "/NEWROLE", "dev-acme-admin", "", []string{"If-Match", `W/"9"`}, 412, "", "version"},
	} {
		a := s.call(t, test.method, test.path, test.token, test.body, test.headers...)
		var message struct {
			Schemas                  []string
			Status, ScimType, Detail string
		}
		a.decode(t, &message)
		if a.status != test.status || message.Status != fmt.Sprint(test.status) || message.ScimType != test.scimType ||
			!strings.Contains(message.Detail, test.says) || !slices.Equal(message.Schemas, []string{"urn:ietf:params:scim:api:messages:2.0:Error"}) ||
			a.header.Get("Content-Type") != "application/scim+json" {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if a.status == 401 && a.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%s: WWW-Authenticate is %q", name, a.header.Get("WWW-Authenticate"))
		}
	}
	other := s.call(t, "GET", roles, "dev-globex-admin", "")
	unknown := s.call(t, "GET", "/scim/nobody/v2/Roles", "dev-globex-admin", "")
	if string(other.body) != string(unknown.body) {
		t.Errorf("the answers tell a tenant that exists from one that does not:\n%s\n%s", other.body, unknown.body)
	}
	if a := s.call(t, "DELETE", roles+"/NEWROLE", "dev-acme-admin", "", "If-Match", `W/"1"`); a.status != 204 {
		t.Errorf("delete: %d %s", a.status, a.body)
	}
}

// testLimitedCaller: a caller whose permissions are limited to roles.
func testLimitedCaller(t *testing.T, s service) {
	const roles = "/scim/partial/v2/Roles"
	s.addPartialTenant(t)
	for _, test := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", roles, "", 403},
		{"GET", "/scim/partial/v2/PermissionSets", "", 403},
		{"GET", roles + "/PART", "", 200},
		{"GET", roles + "/NONE", "", 403},
		{"POST", roles, `{"id":"OTHER","name":"Other"}`, 403},
		{"POST", roles, `{"name":"Any"}`, 403},
		{"POST", roles, `{"id":"MINE","name":"Mine"}`, 201},
		{"GET", roles + "/MINE", "", 200}, // its creator may read it before the stream has run
		{"PUT", roles + "/MINE", `{"description":"mine"}`, 200},
		{"PATCH", roles + "/MINE", `{"Operations":[{"op":"remove","path":"description"}]}`, 200},
		{"PUT", roles + "/PART", `{"description":"mine"}`, 403},
		{"PATCH", roles + "/PART", `{"Operations":[{"op":"remove","path":"description"}]}`, 403},
		{"DELETE", roles + "/PART", "", 403},
		{"DELETE", roles + "/MINE", "", 204},
		{"POST", roles, `{"id":"MINE","name":"Mine"}`, 403}, // no set names a role that does not exist
	} {
		if a := s.call(t, test.method, test.path, "partial-token", test.body); a.status != test.status {
			t.Errorf("%s %s %s: %d %s, want %d", test.method, test.path, test.body, a.status, a.body, test.status)
		}
		s.drain(t)
	}
	s.addToken(t, "acme", "passing", "PASSING", "passing-token")
	const grants = `"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[{"value":"FS_AUDITV"}]}`
	if a := s.call(t, "POST", "/scim/acme/v2/Roles", "dev-acme-admin", `{"id":"PASSING","name":"Passing",`+grants+`}`); a.status != 201 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	if a := s.call(t, "GET", "/scim/acme/v2/Roles", "passing-token", ""); a.status != 200 {
		t.Errorf("a role does not grant its set: %d %s", a.status, a.body)
	}
	if a := s.call(t, "DELETE", "/scim/acme/v2/Roles/PASSING", "dev-acme-admin", ""); a.status != 204 {
		t.Fatalf("delete: %d %s", a.status, a.body)
	}
	if a := s.call(t, "GET", "/scim/acme/v2/Roles", "passing-token", ""); a.status != 403 {
		t.Errorf("a deleted role still grants: %d %s", a.status, a.body)
	}
}

// addPartialTenant makes a tenant with one caller, who may create and delete the
// role MINE and read the role PART, and a configured set that names no role.
func (s service) addPartialTenant(t *testing.T) {
	t.Helper()
	partial, err := tenant.ParseID("partial")
	if err != nil {
		t.Fatal(err)
	}
	limited := func(code permission.Code, roles ...string) permission.Item {
		return permission.Item{Permission: code, Limited: true, Roles: roles}
	}
	_, token := auth.NewToken(partial, "part", time.Now(), time.Hour)
	if err := s.store().CreateTenant(t.Context(), onboard.NewTenant{
		ID:                      partial,
		ConfiguredPermissionSet: "FS_CONFIGURED",
		Roles:                   []role.Role{{ID: "PART", Name: "Part", PermissionSets: []string{"FS_PART"}}},
		PermissionSets: []permission.Set{
			{ID: "FS_CONFIGURED", Name: "Configured", Items: []permission.Item{limited(permission.AssignRole), limited(permission.ReadRole)}},
			{ID: "FS_PART", Name: "Part", Items: []permission.Item{
				limited(permission.CreateRole, "MINE"), limited(permission.ChangeRole, "MINE"), limited(permission.DeleteRole, "MINE"), limited(permission.ReadRole, "PART"),
			}},
		},
		Administrator: auth.Principal{ID: "part", Roles: []string{"PART"}},
		Token:         token,
		TokenHash:     auth.HashToken("partial-token"),
	}); err != nil {
		t.Fatal(err)
	}
}

func (s service) store() *dynamo.Store {
	return dynamo.New(s.Client(), s.Template().Tables[0].Name, time.Now)
}

func (s service) addToken(t *testing.T, in, principal, role, secret string) {
	t.Helper()
	id, err := tenant.ParseID(in)
	if err != nil {
		t.Fatal(err)
	}
	_, token := auth.NewToken(id, principal, time.Now(), time.Hour)
	if err := s.store().CreateToken(t.Context(), audit.Actor{Principal: auth.OperatorPrincipal}, auth.Principal{ID: principal, Roles: []string{role}}, token, auth.HashToken(secret)); err != nil {
		t.Fatal(err)
	}
}

// testActions: after all of the above, each function has made every call that
// its statements allow it, and none was denied.
func testActions(t *testing.T, s service) {
	used := s.UsedActions()
	for _, f := range s.Template().Functions {
		allowed := map[string]bool{}
		for _, statement := range f.Statements {
			for _, action := range statement.Actions {
				allowed[action] = true
			}
		}
		if want := slices.Sorted(maps.Keys(allowed)); !slices.Equal(used[f.Folder], want) {
			t.Errorf("%s uses %v, its statements allow %v", f.Folder, used[f.Folder], want)
		}
	}
	for _, denial := range s.Denied() {
		t.Errorf("denied: %+v", denial)
	}
}
