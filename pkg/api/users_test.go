package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/user"
)

const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// wholeUser has every attribute that a client may write, but for roles.
const wholeUser = `"externalId":"701984","userName":"bjensen@example.com",` +
	`"name":{"formatted":"Ms. Barbara J Jensen, III","familyName":"Jensen","givenName":"Barbara","middleName":"Jane","honorificPrefix":"Ms.","honorificSuffix":"III"},` +
	`"displayName":"Babs Jensen","title":"Tour Guide","userType":"Employee","locale":"en-US","timezone":"America/Los_Angeles","active":true,` +
	`"emails":[{"value":"bjensen@example.com","display":"At work","type":"work","primary":true},{"value":"babs@jensen.org","type":"home"}],` +
	`"phoneNumbers":[{"value":"tel:+1-201-555-0123","type":"work"}],` +
	`"entitlements":[{"value":"Parking"}]`

const wholeEnterprise = `"` + enterpriseURN + `":{"employeeNumber":"701984","costCenter":"4130","organization":"Universal Studios","division":"Theme Park","department":"Tour Operations",` +
	`"manager":{"value":"made-26"%s,"displayName":"John Smith"}}`

func userSchemas(urns ...string) string { return `"schemas":["` + strings.Join(urns, `","`) + `"],` }

// userBody is what creates a user on either surface.
func userBody(members string) string { return `{` + userSchemas(userURN) + members + `}` }

// patchBody is a PATCH with these operations.
func patchBody(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
}

// everything is the span of all ids.
var everything = resource.Span{}

// createUser makes a user of acme and returns its id.
func (s *service) createUser(t *testing.T, members string) string {
	t.Helper()
	var made struct{ ID string }
	s.do(t, call{method: "POST", path: "/v2/Users", body: userBody(members)}).is(201).json(&made)
	return made.ID
}

// permit makes a principal of acme that may do what the items say.
func (s *service) permit(t *testing.T, principal string, items ...permission.Item) {
	t.Helper()
	id := strings.ToUpper(principal)
	set := permission.Set{ID: "FS_" + id, Name: id, Items: items}
	if _, err := s.CreatePermissionSet(t.Context(), tenantID(t, "acme"), operator, set); err != nil {
		t.Fatal(err)
	}
	s.createRoles(t, role.Role{ID: "ROLE_" + id, Name: id, PermissionSets: []string{set.ID}})
	addPrincipal(t, s.Store, "acme", principal, "ROLE_"+id)
}

// over limits a permission to roles.
func over(code permission.Code, roles ...string) permission.Item {
	return permission.Item{Permission: code, Limited: true, Roles: roles}
}

// without limit, a permission is over everything.
func unlimited(codes ...permission.Code) []permission.Item {
	items := make([]permission.Item, len(codes))
	for i := range codes {
		items[i].Permission = codes[i]
	}
	return items
}

func TestCreateUser(t *testing.T) {
	t.Parallel()
	for base, version := range map[string]string{"/acme/v2": `"1"`, "/v2": `"W/\"1\""`} {
		s := newService(t)
		at := baseURL + "/scim" + base
		body := `{` + userSchemas(userURN, enterpriseURN) + `"id":"MINE","meta":{"version":"9"},` + wholeUser +
			`,"roles":[{"value":"RL_RFE","type":"day","primary":true,"display":"mine","$ref":"x"},{"value":"RL_HELPDSK"}],` + fmt.Sprintf(wholeEnterprise, `,"$ref":"x"`) + `,"unknown":{}}`
		a := s.do(t, call{method: "POST", path: base + "/Users", body: body}).is(201)
		meta := `"meta":{"resourceType":"User","location":"` + at + `/Users/made-1","version":` + version + `,"created":"` + stamp + `","lastModified":"` + stamp + `"},`
		external, rest, _ := strings.Cut(wholeUser, ",")
		want := `{` + userSchemas(userURN, enterpriseURN) + `"id":"made-1",` + external + `,` + meta + rest +
			`,"roles":[{"value":"RL_HELPDSK","display":"Help Desk","$ref":"` + at + `/Roles/RL_HELPDSK"},` +
			`{"value":"RL_RFE","display":"RADIUS Front End","type":"day","primary":true,"$ref":"` + at + `/Roles/RL_RFE"}],` +
			fmt.Sprintf(wholeEnterprise, `,"$ref":"`+at+`/Users/made-26"`) + `}`
		if a.body != want {
			t.Errorf("got  %s\nwant %s", a.body, want)
		}
		if a.header.Get("Location") != at+"/Users/made-1" || a.header.Get("ETag") != `W/"1"` || a.header.Get("Content-Location") != "" {
			t.Errorf("got header %v", a.header)
		}
		got := s.do(t, call{path: base + "/Users/made-1/"}).is(200)
		if got.body != want || got.header.Get("ETag") != `W/"1"` || got.header.Get("Content-Location") != at+"/Users/made-1" || got.header.Get("Location") != "" {
			t.Errorf("read back %s\n%v", got.body, got.header)
		}
		s.do(t, call{tenant: "globex", path: "/v2/Users/made-1"}).is(404)
		// What is written back as it came changes nothing.
		if same := s.do(t, call{method: "PUT", path: base + "/Users/made-1", body: got.body}).is(200); same.body != want {
			t.Errorf("written back: %s", same.body)
		}
	}
}

func TestCreateSmallestUser(t *testing.T) {
	t.Parallel()
	s := newService(t)
	a := s.do(t, call{method: "POST", path: "/acme/v2/Users", body: `{"USERNAME":"x"}`}).is(201)
	want := `{` + userSchemas(userURN) + `"id":"made-1","meta":{"resourceType":"User","location":"` + baseURL + `/scim/acme/v2/Users/made-1","version":"1","created":"` + stamp + `","lastModified":"` + stamp + `"},"userName":"x","active":true}`
	if a.body != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
}

func TestCreateUserRefuses(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createUser(t, `"userName":"Taken"`)
	s.permit(t, "reader", unlimited(permission.ReadUser, permission.ChangeUser, permission.DeleteUser)...)
	long := strings.Repeat("ä", 257)
	roles := make([]string, 151)
	for i := range roles {
		roles[i] = fmt.Sprintf(`"R%d"`, i)
	}
	tests := []struct {
		name      string
		principal string
		members   string
		status    int
		scimType  string
		errorCode int
		detail    string
	}{
		{"no userName", "", `"displayName":"x"`, 400, "invalidValue", 1000, "userName is required"},
		{"empty userName", "", `"userName":""`, 400, "invalidValue", 1000, "userName is required"},
		{"null userName", "", `"userName":null`, 400, "invalidValue", 1000, "userName is required"},
		{"long userName", "", `"userName":"` + long + `"`, 400, "invalidValue", 1008, "at most 256"},
		{"long title", "", `"userName":"x","title":"` + long + `"`, 400, "invalidValue", 1008, "title"},
		{"long department", "", `"userName":"x","` + enterpriseURN + `":{"department":"` + long + `"}`, 400, "invalidValue", 1008, "department"},
		{"taken", "", `"userName":"taken"`, 409, "uniqueness", 0, "Another user has this name"},
		{"userName of a wrong type", "", `"userName":7`, 400, "invalidValue", 1006, "userName must be a string"},
		{"active of a wrong type", "", `"userName":"x","active":"yes"`, 400, "invalidValue", 1006, "active must be true or false"},
		{"email without value", "", `"userName":"x","emails":[{"type":"work"}]`, 400, "invalidValue", 1000, "emails[0].value is required"},
		{"email with empty value", "", `"userName":"x","emails":[""]`, 400, "invalidValue", 1000, "emails"},
		{"nine emails", "", `"userName":"x","emails":[` + strings.Repeat(`"a",`, 8) + `"a"]`, 400, "invalidValue", 1008, "at most 8 emails"},
		{"two primary emails", "", `"userName":"x","emails":[{"value":"a","primary":true},{"value":"b","primary":"True"}]`, 400, "invalidValue", 1009, "primary"},
		{"two primary roles", "", `"userName":"x","roles":[{"value":"RL_RFE","primary":true},{"value":"RL_CONFIG","primary":"True"}]`, 400, "invalidValue", 1009, "primary"},
		{"unknown role", "", `"userName":"x","roles":[{"value":"RL_RFE"},{"value":"GHOST"}]`, 400, "invalidValue", 1292, "no role \"GHOST\""},
		{"no role at all", "", `"userName":"x","roles":[{"value":""}]`, 400, "invalidValue", 1292, "no role"},
		{"role in another case", "", `"userName":"x","roles":["rl_rfe"]`, 400, "invalidValue", 1292, "no role"},
		{"many roles", "", `"userName":"x","roles":[` + strings.Join(roles, ",") + `]`, 400, "invalidValue", 1008, "at most 75 roles"},
		{"bad JSON", "", `"userName":`, 400, "invalidSyntax", 1006, "line 1"},
		{"viewer", viewer, `"userName":"x"`, 403, "", 0, "C_USER"},
		{"nobody", nobody, `"userName":"taken"`, 403, "", 0, "C_USER"},
		{"may do all but create", "reader", `"userName":"taken"`, 403, "", 0, "C_USER"},
	}
	for _, test := range tests {
		for _, path := range []string{"/acme/v2/Users", "/v2/Users"} {
			t.Run(test.name+path, func(t *testing.T) {
				s.do(t, call{principal: test.principal, method: "POST", path: path, body: userBody(test.members)}).fails(path, test.status, test.scimType, test.errorCode, test.detail)
			})
		}
	}
	s.do(t, call{method: "POST", path: "/acme/v2/Users", body: `{"userName":"x","roles":["Help Desk"]}`}).fails("/acme", 400, "invalidValue", 1292, "id of one")
	s.do(t, call{method: "POST", path: "/v2/Users", body: `{"userName":"x"}`}).fails("/v2", 400, "invalidValue", 0, "schemas is required")
	s.do(t, call{method: "POST", path: "/v2/Users", body: userBody(`"userName":"x"`), header: map[string]string{"If-Match": "*"}}).fails("/v2", 412, "", 0, "")
	s.do(t, call{method: "POST", path: "/v2/Users", body: userBody(`"userName":"x"`), header: map[string]string{"Content-Type": "text/plain"}}).is(415)
	if n, err := s.CountUsers(t.Context(), tenantID(t, "acme")); err != nil || n != 1 {
		t.Errorf("%d users, %v: something refused was stored", n, err)
	}
}

// TestCreateUserLeniently sends what Entra ID and SailPoint do.
func TestCreateUserLeniently(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for i, members := range []string{
		`"active":"True","roles":[{"value":"RL_RFE","primary":"True"}],"emails":[{"value":"a@x","type":"work","primary":true}]`,
		`"active":true,"roles":{"value":"RL_RFE","primary":true},"emails":{"value":"a@x","type":"work","primary":"true"}`,
		`"roles":"{\"id\":\"06b07648\",\"value\":\"RL_RFE\",\"primary\":\"True\",\"displayName\":\"x\"}","emails":"{\"value\":\"a@x\",\"type\":\"work\",\"primary\":true}"`,
		`"roles":[{"value":"{\"id\":\"06b07648\",\"value\":\"RL_RFE\",\"displayName\":\"x\"}","primary":true}],"emails":[{"value":"a@x","type":"work","primary":"TRUE"}]`,
		`"roles":[{"value":"RL_RFE"},{"value":"RL_RFE","primary":true}],"emails":[{"value":"a@x","type":"work","primary":"TRUE"}]`,
	} {
		for _, base := range []string{"/acme/v2", "/v2"} {
			a := s.do(t, call{method: "POST", path: base + "/Users", body: userBody(fmt.Sprintf(`"userName":"u%d%s",%s`, i, base, members))}).is(201)
			if !strings.Contains(a.body, `"active":true`) || !strings.Contains(a.body, `"emails":[{"value":"a@x","type":"work","primary":true}]`) ||
				!strings.Contains(a.body, `"roles":[{"value":"RL_RFE","display":"RADIUS Front End","primary":true,"$ref"`) {
				t.Errorf("%s: %s", members, a.body)
			}
		}
	}
	a := s.do(t, call{method: "POST", path: "/acme/v2/Users", body: `{"userName":"plain","active":"false","emails":["a@x"],"phoneNumbers":"1","roles":["RL_RFE","RL_RFE"],"` + enterpriseURN + `":{"manager":"m 1"}}`}).is(201)
	for _, want := range []string{`"active":false`, `"emails":[{"value":"a@x"}]`, `"phoneNumbers":[{"value":"1"}]`, `"roles":[{"value":"RL_RFE","display":"RADIUS Front End","$ref":"` + baseURL + `/scim/acme/v2/Roles/RL_RFE"}]`, `"manager":{"value":"m 1"}`} {
		if !strings.Contains(a.body, want) {
			t.Errorf("want %s: %s", want, a.body)
		}
	}
}

func TestGetUser(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.createUser(t, `"userName":"x"`)
	s.permit(t, "writer", unlimited(permission.ChangeUser, permission.CreateUser, permission.AssignRole)...)
	tests := []struct {
		name   string
		call   call
		status int
		detail string
	}{
		{"viewer", call{principal: viewer, path: "/acme/v2/Users/" + id}, 200, ""},
		{"absent", call{path: "/v2/Users/GHOST"}, 404, "no user"},
		{"other case", call{path: "/v2/Users/" + strings.ToUpper(id)}, 404, "no user"},
		{"not a code", call{path: "/acme/v2/Users/a%20b"}, 404, "no user"},
		{"of another tenant", call{tenant: "globex", path: "/v2/Users/" + id}, 404, "no user"},
		{"not allowed", call{principal: nobody, path: "/v2/Users/" + id}, 403, "R_USER"},
		{"not allowed, absent", call{principal: nobody, path: "/v2/Users/GHOST"}, 403, "R_USER"},
		{"writer", call{principal: "writer", path: "/v2/Users/" + id}, 403, "R_USER"},
		{"same version", call{path: "/v2/Users/" + id, header: map[string]string{"If-None-Match": `W/"1"`}}, 304, ""},
		{"another version", call{path: "/v2/Users/" + id, header: map[string]string{"If-Match": `W/"2"`}}, 412, "read it again"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := s.do(t, test.call).is(test.status)
			if test.status >= 400 {
				a.fails(test.call.path, test.status, "", 0, test.detail)
			}
		})
	}
	a := s.do(t, call{path: "/v2/Users/" + id + "?attributes=userName"}).is(200)
	if want := `{` + userSchemas(userURN) + `"id":"` + id + `","userName":"x"}`; a.body != want {
		t.Errorf("got %s", a.body)
	}
}

// TestUserNames: no two users have the same name, whatever its case, however they
// come by it.
func TestUserNames(t *testing.T) {
	t.Parallel()
	s := newService(t)
	a, b := s.createUser(t, `"userName":"Straße"`), s.createUser(t, `"userName":"other"`)
	for _, base := range []string{"/acme/v2", "/v2"} {
		for _, name := range []string{"Straße", "STRASSE", "strasse"} {
			s.do(t, call{method: "POST", path: base + "/Users", body: userBody(`"userName":"` + name + `"`)}).fails(base, 409, "uniqueness", 0, "Another user")
			s.do(t, call{method: "PUT", path: base + "/Users/" + b, body: userBody(`"userName":"` + name + `"`)}).fails(base, 409, "uniqueness", 0, "Another user")
			s.do(t, call{method: "PATCH", path: base + "/Users/" + b, body: patchBody(`{"op":"replace","path":"userName","value":"` + name + `"}`)}).fails(base, 409, "uniqueness", 0, "Another user")
		}
	}
	// Its own it may spell in another way.
	for i, name := range []string{"STRASSE", "strasse"} {
		got := s.do(t, call{method: "PUT", path: "/v2/Users/" + a, body: userBody(`"userName":"` + name + `"`)}).is(200)
		if !strings.Contains(got.body, `"userName":"`+name+`"`) || got.header.Get("ETag") != fmt.Sprintf(`W/"%d"`, i+2) {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	// A name that is given up, or whose user is deleted, is free.
	s.do(t, call{method: "PATCH", path: "/v2/Users/" + a, body: patchBody(`{"op":"replace","path":"userName","value":"new"}`)}).is(200)
	s.do(t, call{method: "PUT", path: "/v2/Users/" + b, body: userBody(`"userName":"Straße"`)}).is(200)
	s.do(t, call{method: "DELETE", path: "/v2/Users/" + b}).is(204)
	s.createUser(t, `"userName":"strasse"`)
}

func TestReplaceUser(t *testing.T) {
	t.Parallel()
	s := newService(t)
	whole := `{` + userSchemas(userURN, enterpriseURN) + wholeUser + `,"roles":["RL_RFE"],` + fmt.Sprintf(wholeEnterprise, "") + `}`
	id := func(base string) string {
		var made struct{ ID string }
		s.do(t, call{method: "POST", path: base + "/Users", body: strings.ReplaceAll(whole, "bjensen@example.com", "bjensen"+strings.ReplaceAll(base, "/", "."))}).is(201).json(&made)
		return made.ID
	}
	// The standard surface replaces all but active.
	one := id("/v2")
	s.do(t, call{method: "PATCH", path: "/v2/Users/" + one, body: patchBody(`{"op":"replace","path":"active","value":false}`)}).is(200)
	a := s.do(t, call{method: "PUT", path: "/v2/Users/" + one, body: userBody(`"id":"OTHER","userName":"one","name":{"givenName":"B"}`)}).is(200)
	if !strings.HasPrefix(a.body, `{`+userSchemas(userURN)+`"id":"`+one+`","meta":`) || !strings.HasSuffix(a.body, `"userName":"one","name":{"givenName":"B"},"active":false}`) ||
		a.header.Get("ETag") != `W/"3"` || a.header.Get("Content-Location") != baseURL+"/scim/v2/Users/"+one {
		t.Errorf("replaced: %v %s", a.header, a.body)
	}
	s.do(t, call{method: "PUT", path: "/v2/Users/" + one, body: userBody(`"displayName":"x"`)}).fails("/v2", 400, "invalidValue", 0, "userName is required")
	// The tenant surface merges.
	two := id("/acme/v2")
	before := s.do(t, call{path: "/acme/v2/Users/" + two}).is(200)
	same := s.do(t, call{method: "PUT", path: "/acme/v2/Users/" + two, body: `{}`}).is(200)
	if same.body != before.body {
		t.Errorf("an empty PUT changed something: %s", same.body)
	}
	a = s.do(t, call{method: "PUT", path: "/acme/v2/Users/" + two, body: `{"id":"OTHER","name":{"givenName":"B"},"title":"","emails":[],"phoneNumbers":null,"` + enterpriseURN + `":{"manager":{"value":"boss"},"division":""}}`}).is(200)
	want := strings.NewReplacer(`"givenName":"Barbara"`, `"givenName":"B"`, `"title":"Tour Guide",`, "", `"value":"made-26"`, `"value":"boss"`, `Users/made-26`, `Users/boss`, `"division":"Theme Park",`, "", `"version":"1"`, `"version":"2"`).Replace(before.body)
	from, to := strings.Index(want, `"emails"`), strings.Index(want, `"phoneNumbers"`)
	if want = want[:from] + want[to:]; a.body != want {
		t.Errorf("merged\n%s\nwant\n%s", a.body, want)
	}
	s.do(t, call{method: "PUT", path: "/acme/v2/Users/" + two, body: `{"userName":""}`}).fails("/acme", 400, "invalidValue", 1000, "userName is required")
	a = s.do(t, call{method: "PUT", path: "/acme/v2/Users/" + two, body: `{"roles":[]}`}).is(200)
	if strings.Contains(a.body, "roles") {
		t.Errorf("roles are left: %s", a.body)
	}
	for _, test := range []struct {
		call   call
		status int
		detail string
	}{
		{call{path: "/acme/v2/Users/GHOST"}, 404, "no user"},
		{call{path: "/acme/v2/Users/" + two, header: map[string]string{"If-Match": `W/"1"`}}, 412, "read it again"},
		{call{path: "/acme/v2/Users/" + two, header: map[string]string{"If-None-Match": `*`}}, 412, "read it again"},
		{call{path: "/acme/v2/Users/GHOST", header: map[string]string{"If-Match": `*`}}, 404, "no user"},
		{call{principal: viewer, path: "/acme/v2/Users/" + two}, 403, "M_USER"},
		{call{principal: nobody, path: "/acme/v2/Users/GHOST"}, 403, "M_USER"},
		{call{tenant: "globex", path: "/v2/Users/" + two}, 404, "no user"},
	} {
		test.call.method, test.call.body = "PUT", userBody(`"userName":"x"`)
		s.do(t, test.call).fails(test.call.path, test.status, "", 0, test.detail)
	}
	s.do(t, call{method: "PUT", path: "/acme/v2/Users/" + two, body: `{"displayName":"z"}`, header: map[string]string{"If-Match": `W/"3"`}}).is(200)
}

func TestDeleteUser(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.createUser(t, `"userName":"x","roles":["RL_RFE"]`)
	s.permit(t, "changer", unlimited(permission.ReadUser, permission.ChangeUser, permission.CreateUser)...)
	for _, test := range []struct {
		call   call
		status int
		detail string
	}{
		{call{principal: viewer, path: "/v2/Users/" + id}, 403, "D_USER"},
		{call{principal: "changer", path: "/v2/Users/" + id}, 403, "D_USER"},
		{call{principal: nobody, path: "/v2/Users/GHOST"}, 403, "D_USER"},
		{call{path: "/acme/v2/Users/GHOST"}, 404, "no user"},
		{call{path: "/v2/Users/" + id, header: map[string]string{"If-Match": `W/"2"`}}, 412, ""},
		{call{tenant: "globex", path: "/v2/Users/" + id}, 404, "no user"},
	} {
		test.call.method = "DELETE"
		s.do(t, test.call).fails(test.call.path, test.status, "", 0, test.detail)
	}
	if a := s.do(t, call{method: "DELETE", path: "/acme/v2/Users/" + id, header: map[string]string{"If-Match": `W/"1"`}}).is(204); a.body != "" {
		t.Errorf("got %s", a.body)
	}
	s.do(t, call{path: "/v2/Users/" + id}).is(404)
	s.do(t, call{method: "DELETE", path: "/v2/Users/" + id}).is(404)
	s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"add","path":"title","value":"x"}`)}).is(404)
	page, _, err := s.UsersBy(t.Context(), tenantID(t, "acme"), user.ByRole, "RL_RFE", everything, 10)
	if err != nil || len(page) != 0 {
		t.Errorf("the role leads to %v, %v", page, err)
	}
}

// TestManagementDeletesNoUsers: clients that disable users are told so.
func TestManagementDeletesNoUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.createUser(t, `"userName":"x"`)
	management := call{base: "https://host.example/management-api"}
	for _, base := range []string{"/v2", "/acme/v2"} {
		c := management
		c.method, c.path = "DELETE", base+"/Users/"+id
		s.do(t, c).fails(c.path, 501, "", 0, "active false")
		c.path = base + "/Bulk"
		answer := s.bulk(t, c, 0, `{"method":"DELETE","path":"/Users/`+id+`"}`, `{"method":"PATCH","path":"/Users/`+id+`","data":`+patchBody(`{"op":"replace","path":"active","value":false}`)+`}`)
		wantStatuses(t, answer, "501", "200")
	}
	if s.log.Len() > 0 {
		t.Errorf("it is logged as a failure: %s", s.log)
	}
	c := management
	c.path = "/v2/Users/" + id
	if a := s.do(t, c).is(200); !strings.Contains(a.body, `"location":"https://host.example/management-api/scim/v2/Users/`+id+`"`) || !strings.Contains(a.body, `"active":false`) {
		t.Errorf("got %s", a.body)
	}
}

// TestUserAudit: what is done to users is recorded with the names of what changed.
func TestUserAudit(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.createUser(t, `"userName":"x","roles":["RL_RFE"]`)
	s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"add","path":"title","value":"x"},{"op":"remove","path":"roles"}`)}).is(200)
	s.do(t, call{method: "DELETE", path: "/v2/Users/" + id}).is(204)
	records, _, err := s.AuditRecords(t.Context(), tenantID(t, "acme"), everything, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range records {
		if r.ResourceType == "User" && r.ResourceID == id && r.Principal == admin && r.RequestID == "request-1" {
			got = append(got, strings.TrimSpace(fmt.Sprintln(r.Operation, r.VersionBefore, r.VersionAfter, r.Attributes)))
		}
	}
	slices.Sort(got)
	want := []string{"create 0 1 [active id roles userName]", "delete 2 0 [active id title userName]", "update 1 2 [roles title]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
