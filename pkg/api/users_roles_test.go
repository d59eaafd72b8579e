package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
)

// roleRef is a role as a user of the standard surface shows it.
func roleRef(id, display, rest string) string {
	return `{"value":"` + id + `","display":"` + display + `",` + rest + `"$ref":"` + baseURL + `/scim/v2/Roles/` + id + `"}`
}

// pass lets the store's clock go on, so that a role that is created again has
// another time of creation.
func (s *service) pass() { s.passed.Add(1) }

// holds checks which roles a user has on the standard surface, and its version.
func (s *service) holds(t *testing.T, id string, version int, roles ...string) {
	t.Helper()
	a := s.do(t, call{path: "/v2/Users/" + id}).is(200)
	if got := rolesOf(a); !slices.Equal(got, roles) || a.header.Get("ETag") != fmt.Sprintf(`W/"%d"`, version) {
		t.Errorf("user %s holds %q at %s, want %q at %d", id, got, a.header.Get("ETag"), roles, version)
	}
}

// rolesOf returns the codes of a user's roles; that of the primary one with a
// star, and types behind a colon.
func rolesOf(a answer) []string {
	a.t.Helper()
	var body struct {
		Roles []struct {
			Value, Display, Type string
			Primary              bool
		}
	}
	a.json(&body)
	roles := []string{}
	for _, r := range body.Roles {
		code := r.Value
		if r.Primary {
			code += "*"
		}
		if r.Type != "" {
			code += ":" + r.Type
		}
		roles = append(roles, code)
	}
	return roles
}

func TestUserRolesByName(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for i, roles := range []string{`["help DESK"]`, `"Help Desk"`, `[{"value":"Help Desk"}]`, `[{"value":"{\"id\":\"1\",\"value\":\"Help Desk\",\"displayName\":\"x\"}"}]`, `["RL_HELPDSK","Help Desk"]`} {
		a := s.do(t, call{method: "POST", path: "/v2/Users", body: userBody(fmt.Sprintf(`"userName":"u%d","roles":%s`, i, roles))}).is(201)
		if want := `"roles":[` + roleRef("RL_HELPDSK", "Help Desk", "") + `]`; !strings.Contains(a.body, want) {
			t.Errorf("%s: %s", roles, a.body)
		}
		s.do(t, call{method: "POST", path: "/acme/v2/Users", body: userBody(fmt.Sprintf(`"userName":"t%d","roles":%s`, i, roles))}).fails("/acme", 400, "invalidValue", 1292, "no role")
	}
	// An id comes before a name.
	s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: `{"id":"TWO","name":"RL_HELPDSK"}`}).is(201)
	s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: `{"id":"THREE","name":"Three"}`}).is(201)
	id := s.createUser(t, `"userName":"x","roles":["rl_helpdsk","three"]`)
	s.holds(t, id, 1, "THREE", "TWO")
	s.do(t, call{method: "PUT", path: "/v2/Users/" + id, body: userBody(`"userName":"x","roles":["RL_HELPDSK"]`)}).is(200)
	s.holds(t, id, 2, "RL_HELPDSK")
	// What stands last counts.
	for i, test := range []struct{ roles, want string }{
		{`[{"value":"RL_RFE","type":"a"},{"value":"RADIUS Front End","primary":true}]`, "RL_RFE*:a"},
		{`[{"value":"RL_RFE","type":"a","primary":true},{"value":"RADIUS Front End","type":"b"}]`, "RL_RFE*:b"},
		{`[{"value":"RL_RFE","primary":true},{"value":"RADIUS Front End","primary":false}]`, "RL_RFE"},
	} {
		s.holds(t, s.createUser(t, fmt.Sprintf(`"userName":"two%d","roles":%s`, i, test.roles)), 1, test.want)
	}
}

// TestRenamedRole: users show the present name of a role, at the version they had.
func TestRenamedRole(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
	id := s.createUser(t, `"userName":"x","roles":["NEWROLE"]`)
	s.do(t, call{method: "PUT", path: "/acme/v2/Roles/NEWROLE", body: `{"name":"Newer Role"}`}).is(200)
	for _, a := range []answer{s.do(t, call{path: "/v2/Users/" + id}), s.do(t, call{path: "/v2/Users"})} {
		if a.is(200); !strings.Contains(a.body, roleRef("NEWROLE", "Newer Role", "")) || !strings.Contains(a.body, `"version":"W/\"1\""`) {
			t.Errorf("got %s", a.body)
		}
	}
	s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"add","path":"roles","value":"newer role"}`)}).is(200)
	s.holds(t, id, 1, "NEWROLE")
}

// TestDeletedRole: a role that was deleted is not held, nor is one that is created
// anew under its id until it is given.
func TestDeletedRole(t *testing.T) {
	t.Parallel()
	s := newService(t)
	create := func() {
		s.pass()
		s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: `{"id":"NEWROLE","name":"New Role",` + fmt.Sprintf(grantsOnly, `{"value":"FS_AUDITV"}`)[1:]}).is(201)
	}
	for _, give := range []call{
		{method: "PATCH", body: patchBody(`{"op":"add","path":"roles","value":"NEWROLE"}`)},
		{method: "PATCH", body: patchBody(`{"op":"add","path":"roles","value":[{"value":"NEWROLE"},{"value":"RL_RFE"}]}`)},
		{method: "PUT", body: userBody(`"userName":"x","roles":["RL_RFE","NEWROLE"]`)},
	} {
		for _, base := range []string{"/acme/v2", "/v2"} {
			create()
			id := s.createUser(t, `"userName":"x","roles":["RL_RFE","NEWROLE"]`)
			mine := call{principal: "user:" + id, path: "/v2/Users"}
			s.do(t, mine).is(200)
			s.do(t, call{method: "DELETE", path: "/acme/v2/Roles/NEWROLE"}).is(204)
			for range 2 {
				s.holds(t, id, 1, "RL_RFE")
				s.do(t, mine).fails("/v2", 403, "", 0, "R_USER")
				if a := s.do(t, call{path: "/v2/Users?filter=" + escaped(`roles.value eq "NEWROLE" or roles.display eq "New Role" or roles[value eq "NEWROLE"] or roles.$ref ew "NEWROLE"`)}).is(200); len(idsOf(a)) != 0 {
					t.Errorf("found %s", a.body)
				}
				if found, _ := s.ids(t, "/v2/Users", "filter="+escaped(`roles.value eq "NEWROLE"`)); len(found) != 0 {
					t.Errorf("found %v", found)
				}
				s.pass()
				if s.do(t, call{path: "/acme/v2/Roles/NEWROLE"}).status == 404 {
					create()
				}
			}
			give.path = base + "/Users/" + id
			if got := rolesOf(s.do(t, give).is(200)); !slices.Equal(got, []string{"NEWROLE", "RL_RFE"}) {
				t.Errorf("%s %s: %v", give.method, give.body, got)
			}
			s.holds(t, id, 2, "NEWROLE", "RL_RFE")
			s.do(t, mine).is(200)
			s.do(t, call{method: "DELETE", path: "/v2/Users/" + id}).is(204)
			s.do(t, call{method: "DELETE", path: "/acme/v2/Roles/NEWROLE"}).is(204)
		}
	}
}

// TestWhoGivesRoles: every role that is given or taken asks for M_U_ROLES over it,
// and nothing else does.
func TestWhoGivesRoles(t *testing.T) {
	t.Parallel()
	s := newService(t)
	clerk := append(unlimited(permission.ReadUser), over(permission.AssignRole, "RL_RFE", "RL_CONFIG"))
	s.permit(t, "clerk", clerk...)
	s.permit(t, "blind", over(permission.AssignRole, "RL_RFE", "RL_CONFIG"))
	s.permit(t, "changer", unlimited(permission.ChangeUser)...)
	s.permit(t, "assigner", unlimited(permission.ReadUser, permission.AssignRole)...)
	s.permit(t, "creator", append(unlimited(permission.CreateUser), over(permission.AssignRole, "RL_RFE"))...)
	s.permit(t, "hirer", unlimited(permission.CreateUser)...)
	const title = `{"op":"add","path":"title","value":"x"}`
	const give, take = `{"op":"add","path":"roles","value":"RL_RFE"}`, `{"op":"remove","path":"roles[value eq \"RL_RFE\"]"}`
	const giveOther = `{"op":"add","path":"roles","value":"RL_HELPDSK"}`
	tests := []struct {
		principal, method string
		held              string // roles beforehand
		body              string
		status            int
		detail            string // of an error; of others the roles that the user holds then
	}{
		{"clerk", "PATCH", ``, patchBody(give), 200, "RL_RFE"},
		{"clerk", "PATCH", `"RL_RFE"`, patchBody(take), 200, ""},
		{"clerk", "PATCH", `"RL_HELPDSK"`, patchBody(give), 200, "RL_HELPDSK RL_RFE"},
		{"clerk", "PATCH", `"RL_HELPDSK","RL_RFE"`, patchBody(`{"op":"replace","path":"roles","value":["RL_CONFIG","RL_HELPDSK"]}`), 200, "RL_CONFIG RL_HELPDSK"},
		{"clerk", "PATCH", ``, patchBody(giveOther), 403, "M_U_ROLES over the role RL_HELPDSK"},
		{"clerk", "PATCH", ``, patchBody(give + "," + giveOther), 403, "M_U_ROLES over the role RL_HELPDSK"},
		{"clerk", "PATCH", `"RL_HELPDSK","RL_RFE"`, patchBody(`{"op":"remove","path":"roles"}`), 403, "M_U_ROLES over the role RL_HELPDSK"},
		{"clerk", "PATCH", `"RL_RFE"`, patchBody(title), 403, "M_USER"},
		{"clerk", "PATCH", `"RL_RFE"`, patchBody(give + "," + title), 403, "M_USER"},
		{"clerk", "PATCH", `"RL_RFE"`, patchBody(`{"op":"replace","path":"active","value":false}`), 403, "M_USER"},
		{"clerk", "PATCH", `"RL_RFE"`, patchBody(`{"op":"add","path":"roles","value":{"value":"RL_RFE","primary":true,"type":"x"}}`), 200, "RL_RFE*:x"},
		{"clerk", "PATCH", `"RL_HELPDSK"`, patchBody(`{"op":"add","path":"roles","value":{"value":"RL_HELPDSK","primary":true}}`), 403, "M_U_ROLES over the role RL_HELPDSK"},
		{"clerk", "PUT", `"RL_RFE"`, userBody(`"userName":"%s","roles":["RL_CONFIG"]`), 200, "RL_CONFIG"},
		{"clerk", "PUT", `"RL_RFE"`, userBody(`"userName":"%s","title":"x","roles":["RL_CONFIG"]`), 403, "M_USER"},
		{"clerk", "PUT", `"RL_RFE"`, userBody(`"userName":"%s","roles":["RL_HELPDSK"]`), 403, "M_U_ROLES over the role RL_HELPDSK"},
		{"blind", "PATCH", ``, patchBody(give), 403, "R_USER"},
		{"changer", "PATCH", `"RL_RFE"`, patchBody(title), 200, "RL_RFE"},
		{"changer", "PATCH", `"RL_RFE"`, patchBody(give + "," + title), 200, "RL_RFE"},
		{"changer", "PATCH", `"RL_RFE"`, patchBody(take), 403, "M_U_ROLES over the role RL_RFE"},
		{"changer", "PATCH", ``, patchBody(give), 403, "M_U_ROLES over the role RL_RFE"},
		{"changer", "PUT", `"RL_RFE"`, userBody(`"userName":"%s","title":"x","roles":[{"value":"RL_RFE"}]`), 200, "RL_RFE"},
		{"changer", "PUT", `"RL_RFE"`, userBody(`"userName":"%s","title":"x"`), 403, "M_U_ROLES over the role RL_RFE"},
		{"assigner", "PATCH", `"RL_RFE"`, patchBody(take + `,{"op":"add","path":"roles","value":"RL_SADMIN"}`), 200, "RL_SADMIN"},
		{"assigner", "PATCH", ``, patchBody(title), 403, "M_USER"},
		{"creator", "POST", ``, userBody(`"userName":"new %s","roles":["RL_RFE"]`), 201, "RL_RFE"},
		{"creator", "POST", ``, userBody(`"userName":"new %s","roles":["RL_RFE","RL_CONFIG"]`), 403, "M_U_ROLES over the role RL_CONFIG"},
		{"creator", "PATCH", ``, patchBody(give), 403, "R_USER"},
		{"hirer", "POST", ``, userBody(`"userName":"new %s"`), 201, ""},
		{"hirer", "POST", ``, userBody(`"userName":"new %s","roles":["RL_RFE"]`), 403, "M_U_ROLES over the role RL_RFE"},
		{viewer, "PATCH", ``, patchBody(give), 403, "M_USER"},
	}
	for i, test := range tests {
		t.Run(fmt.Sprint(i, " ", test.principal, " ", test.method), func(t *testing.T) {
			for _, name := range []string{fmt.Sprint("user ", i), fmt.Sprint("bulk user ", i)} {
				id := s.createUser(t, `"userName":"`+name+`","roles":[`+test.held+`]`)
				c := call{principal: test.principal, method: test.method, path: "/v2/Users/" + id, body: strings.ReplaceAll(test.body, "%s", name)}
				if test.method == "POST" {
					c.path = "/v2/Users"
				}
				if strings.HasPrefix(name, "bulk") {
					c.body = fmt.Sprintf(`{"method":%q,"bulkId":"b","path":%q,"data":%s}`, c.method, strings.TrimPrefix(c.path, "/v2"), c.body)
					wantStatuses(t, s.bulk(t, call{principal: test.principal, path: "/v2/Bulk"}, 0, c.body), fmt.Sprint(test.status))
				} else if a := s.do(t, c).is(test.status); test.status >= 400 {
					a.fails("/v2", test.status, "", 0, test.detail)
				}
				found := s.do(t, call{path: "/v2/Users?filter=" + escaped(`userName eq "`+name+`" or userName eq "new `+name+`"`)}).is(200)
				if ids := idsOf(found); test.status == 201 {
					id = ids[slices.IndexFunc(ids, func(other string) bool { return other != id })]
				} else if len(ids) != 1 {
					t.Errorf("stored %v", ids)
				}
				if got := strings.Join(rolesOf(s.do(t, call{path: "/v2/Users/" + id}).is(200)), " "); test.status < 400 && got != test.detail {
					t.Errorf("%s holds %q", name, got)
				}
			}
		})
	}
	// Whether a user exists is not told.
	for _, principal := range []string{"blind", "creator", nobody} {
		for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
			body := map[string]string{"PUT": userBody(`"userName":"x"`), "PATCH": patchBody(give)}[method]
			known := s.do(t, call{principal: principal, method: method, path: "/v2/Users/made-1", body: body}).is(403)
			if unknown := s.do(t, call{principal: principal, method: method, path: "/v2/Users/GHOST", body: body}).is(403); known.body != unknown.body {
				t.Errorf("%s %s: %s and %s", principal, method, known.body, unknown.body)
			}
		}
	}
}

// TestNobodyRaisesThemselves: whoever may give only some roles gives none that
// grants more than they hold.
func TestNobodyRaisesThemselves(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const set = `{"id":%q,"name":%q,"permissionSetItems":[%s]}`
	const granting = `{"id":%q,"name":%q,"updatePermissionSet":true,` + `"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[%s]}}`
	for _, body := range []string{
		fmt.Sprintf(set, "FS_READ", "Read", `{"id":"R_USER"}`),
		fmt.Sprintf(set, "FS_LIKE", "Like the configured set", strings.ReplaceAll(`{"id":"M_U_ROLES","parameter":"*"},{"id":"R_ROLE","parameter":"*"}`, "*", builtIn)),
		fmt.Sprintf(set, "FS_ROLE", "Some roles", `{"id":"R_ROLE","parameter":"RL_RFE|RL_CONFIG"}`),
		fmt.Sprintf(set, "FS_GHOSTLY", "No roles", `{"id":"R_ROLE","parameter":""}`),
		fmt.Sprintf(set, "FS_MORE", "More roles", `{"id":"D_ROLE","parameter":"RL_RFE"}`),
		fmt.Sprintf(set, "FS_HIRE", "Hire", `{"id":"C_USER"}`),
		fmt.Sprintf(set, "FS_PSET", "Sets", `{"id":"U_PSET"}`),
		fmt.Sprintf(set, "FS_ANY", "Any role", `{"id":"M_U_ROLES"}`),
		fmt.Sprintf(set, "FS_ANYREAD", "Any role to read", `{"id":"R_ROLE"}`),
	} {
		s.do(t, call{method: "POST", path: "/acme/v2/PermissionSets", body: body}).is(201)
	}
	for id, sets := range map[string][]string{
		"ASSIGN": {"FS_RLASG", "FS_READ"}, "EMPTY": nil, "READ": {"FS_READ"}, "ROLES": {"FS_ROLE", "FS_GHOSTLY"}, "SAME": {"FS_RLASG"}, "MORE": {"FS_READ", "FS_MORE"}, "HIRE": {"FS_HIRE"},
		"ANY": {"FS_ANY", "FS_READ"}, "LIKE": {"FS_LIKE", "FS_READ"}, "PSET": {"FS_PSET", "FS_RLASG", "FS_READ"}, "ANYREAD": {"FS_ANYREAD"},
	} {
		var references []string
		for _, set := range sets {
			references = append(references, `{"value":"`+set+`"}`)
		}
		s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: fmt.Sprintf(granting, id, "role "+id, strings.Join(references, ","))}).is(201)
	}
	s.do(t, call{method: "PUT", path: "/acme/v2/Roles/RL_CONFIG", body: fmt.Sprintf(grantsOnly, `{"value":"FS_RLASG"}`)}).is(200)
	other := s.createUser(t, `"userName":"other"`)
	callers := map[string]string{}
	for _, r := range []string{"ASSIGN", "LIKE", "ANY", "PSET"} {
		callers[r] = s.createUser(t, `"userName":"`+r+`","roles":["`+r+`"]`)
	}
	tests := []struct {
		caller, give string
		status       int
		detail       string
	}{
		{"ASSIGN", "EMPTY", 200, ""},
		{"ASSIGN", "RL_HELPDSK", 200, ""},
		{"ASSIGN", "READ", 200, ""},
		{"ASSIGN", "ROLES", 200, ""},
		{"ASSIGN", "SAME", 200, ""},
		{"ASSIGN", "ASSIGN", 200, ""},
		{"ASSIGN", "RL_SADMIN", 403, "RL_SADMIN"},
		{"ASSIGN", "RL_AUDITV", 403, "RL_AUDITV"},
		{"ASSIGN", "RL_USERADM", 403, "RL_USERADM"},
		{"ASSIGN", "MORE", 403, "the role MORE, because it grants the permission D_ROLE over the role RL_RFE"},
		{"ASSIGN", "HIRE", 403, "C_USER"},
		{"ASSIGN", "ANY", 403, "M_U_ROLES"},
		{"ASSIGN", "ANYREAD", 403, "R_ROLE"},
		{"LIKE", "RL_RFE", 200, ""},
		{"LIKE", "RL_CONFIG", 403, "M_U_ROLES"}, // which grants the configured set
		{"ANY", "RL_SADMIN", 200, ""},
		{"ANY", "HIRE", 200, ""},
		{"PSET", "RL_SADMIN", 200, ""},
		{"PSET", "MORE", 200, ""},
	}
	for _, test := range tests {
		t.Run(test.caller+" gives "+test.give, func(t *testing.T) {
			for _, to := range []string{other, callers[test.caller]} {
				for _, body := range []string{patchBody(`{"op":"add","path":"roles","value":"` + test.give + `"}`), patchBody(`{"op":"remove","path":"roles[value eq \"` + test.give + `\"]"}`)} {
					if strings.Contains(body, "remove") && (test.give == test.caller || test.give == "RL_SADMIN" || test.status != 200) {
						continue
					}
					c := call{principal: "user:" + callers[test.caller], method: "PATCH", path: "/acme/v2/Users/" + to, body: body}
					if a := s.do(t, c).is(test.status); test.status != 200 {
						a.fails(c.path, test.status, "", 0, test.detail)
					}
				}
			}
		})
	}
	// With C_USER and limited M_U_ROLES, no new user is made for more either.
	s.do(t, call{method: "PUT", path: "/acme/v2/PermissionSets/FS_READ", body: `{"permissionSetItems":[{"id":"R_USER"},{"id":"C_USER"}]}`}).is(200)
	c := call{principal: "user:" + callers["ASSIGN"], method: "POST", path: "/v2/Users"}
	c.body = userBody(`"userName":"puppet","roles":["RL_SADMIN"]`)
	s.do(t, c).fails("/v2", 403, "", 0, "RL_SADMIN")
	c.body = userBody(`"userName":"puppet","roles":["HIRE"]`)
	s.do(t, c).is(201)
}

// TestPowerOfUsers: nobody takes U_PSET from themselves, and only who has it from
// others.
func TestPowerOfUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.permit(t, "manager", unlimited(permission.ReadUser, permission.ChangeUser, permission.DeleteUser, permission.AssignRole)...)
	takings := map[string]func(id string) call{
		"patch": func(id string) call {
			return call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"remove","path":"roles[value eq \"RL_SADMIN\"]"}`)}
		},
		"put": func(id string) call {
			return call{method: "PUT", path: "/v2/Users/" + id, body: userBody(`"userName":"x","roles":["RL_RFE"]`)}
		},
		"disable": func(id string) call {
			return call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"replace","path":"active","value":"False"}`)}
		},
		"put away": func(id string) call {
			return call{method: "PUT", path: "/acme/v2/Users/" + id, body: `{"active":false}`}
		},
		"delete": func(id string) call { return call{method: "DELETE", path: "/v2/Users/" + id} },
	}
	for name, take := range takings {
		t.Run(name, func(t *testing.T) {
			id := s.createUser(t, `"userName":"x","roles":["RL_SADMIN"]`)
			before := s.do(t, call{path: "/v2/Users/" + id}).is(200)
			c := take(id)
			c.principal = "user:" + id
			s.do(t, c).fails(c.path, 409, "", 0, "U_PSET")
			c.path = strings.Replace(c.path, "Users/"+id, "Me", 1)
			s.do(t, c).fails(c.path, 409, "", 0, "U_PSET")
			c = take(id)
			c.principal = "manager"
			s.do(t, c).fails(c.path, 403, "", 0, "U_PSET")
			if after := s.do(t, call{path: "/v2/Users/" + id}).is(200); after.body != before.body {
				t.Errorf("changed to %s", after.body)
			}
			// Whoever is not active has no power to take.
			other := s.createUser(t, `"userName":"y","active":false,"roles":["RL_SADMIN"]`)
			c = take(other)
			c.principal, c.body = "manager", strings.Replace(c.body, `"userName":"x"`, `"userName":"y"`, 1)
			if a := s.do(t, c); a.status != 200 && a.status != 204 {
				t.Errorf("not active: %d %s", a.status, a.body)
			}
			// By another way it may.
			s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: `{"id":"SECOND","name":"Second",` + fmt.Sprintf(grantsOnly, `{"value":"FS_SADMIN"}`)[1:]})
			s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"add","path":"roles","value":"SECOND"}`)}).is(200)
			if name == "patch" {
				c = take(id)
				c.principal = "user:" + id
				s.do(t, c).is(200)
				c.body = patchBody(`{"op":"remove","path":"roles"}`)
				s.do(t, c).fails(c.path, 409, "", 0, "U_PSET")
			}
			s.do(t, take(id)) // by the administrator
			s.do(t, call{method: "DELETE", path: "/v2/Users/" + id})
			s.do(t, call{method: "DELETE", path: "/v2/Users/" + other})
			s.do(t, call{path: "/v2/Users/" + id}).is(404)
		})
	}
	id := s.createUser(t, `"userName":"x","roles":["RL_SADMIN"]`)
	for _, operation := range []string{`{"op":"add","path":"title","value":"x"}`, `{"op":"add","path":"roles","value":"RL_RFE"}`, `{"op":"add","path":"roles","value":{"value":"RL_SADMIN","primary":true}}`} {
		s.do(t, call{principal: "manager", method: "PATCH", path: "/v2/Users/" + id, body: patchBody(operation)}).is(200)
	}
	// Nor can one without it let a user in again who has it.
	const activate = `{"op":"replace","path":"active","value":true}`
	s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"replace","path":"active","value":false}`)}).is(200)
	s.do(t, call{principal: "manager", method: "PATCH", path: "/v2/Users/" + id, body: patchBody(activate)}).fails("/v2", 403, "", 0, "U_PSET")
	s.do(t, call{principal: "manager", method: "PATCH", path: "/v2/Users/" + id, body: patchBody(activate + `,{"op":"remove","path":"roles"}`)}).is(200)
	other := s.createUser(t, `"userName":"y","active":false,"roles":["RL_AUDITV"]`)
	s.do(t, call{principal: "manager", method: "PATCH", path: "/v2/Users/" + other, body: patchBody(activate)}).is(200)
	back := s.createUser(t, `"userName":"z","active":false,"roles":["RL_SADMIN"]`)
	s.do(t, call{method: "PATCH", path: "/v2/Users/" + back, body: patchBody(activate)}).is(200)
}

// TestInactiveUser: who is not active may do nothing from the next call on.
func TestInactiveUser(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.createUser(t, `"userName":"x","roles":["RL_SADMIN"]`)
	calls := []call{
		{path: "/v2/Me"}, {path: "/acme/v2/Me"}, {path: "/v2/Users/" + id}, {path: "/v2/Users"}, {path: "/acme/v2/Roles"}, {path: "/v2/Roles/RL_RFE"}, {path: "/v2/PermissionSets/FS_RLASG"}, {path: "/v2/AuditRecords?cursor"},
		{method: "PATCH", path: "/v2/Me", body: patchBody(`{"op":"add","path":"title","value":"x"}`)}, {method: "PUT", path: "/acme/v2/Me", body: `{}`}, {method: "DELETE", path: "/v2/Me"},
		{method: "POST", path: "/acme/v2/Users", body: `{"userName":"y"}`}, {method: "POST", path: "/acme/v2/Roles", body: newRole}, {method: "POST", path: "/acme/v2/.search", body: `{}`},
		{method: "PUT", path: "/acme/v2/PermissionSets/FS_RLASG", body: `{}`}, {method: "DELETE", path: "/acme/v2/Roles/RL_RFE"},
	}
	active := func(value string) {
		t.Helper()
		s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"replace","path":"active","value":` + value + `}`)}).is(200)
	}
	refused := func() {
		t.Helper()
		for _, c := range calls {
			c.principal = "user:" + id
			s.do(t, c).fails(c.path, 403, "", 0, "not an active user")
		}
		answer := s.bulk(t, call{principal: "user:" + id, path: "/v2/Bulk"}, 0, `{"method":"DELETE","path":"/Users/`+id+`"}`)
		wantStatuses(t, answer, "403")
	}
	active(`"False"`)
	refused()
	active(`true`)
	s.do(t, call{principal: "user:" + id, path: "/v2/Me"}).is(200)
	s.do(t, call{principal: "user:" + id, path: "/acme/v2/Roles"}).is(200)
	active(`false`)
	s.do(t, call{method: "DELETE", path: "/v2/Users/" + id}).is(204)
	refused()
}

// TestUserOfAnotherTenant: a principal is a user of its own tenant alone.
func TestUserOfAnotherTenant(t *testing.T) {
	t.Parallel()
	s := newService(t)
	id := s.createUser(t, `"userName":"x","roles":["RL_SADMIN"]`)
	s.do(t, call{tenant: "globex", principal: "user:" + id, path: "/v2/Roles"}).fails("/v2", 403, "", 0, "not an active user")
	s.do(t, call{tenant: "globex", principal: "user:" + id, path: "/v2/Me"}).fails("/v2", 403, "", 0, "not an active user")
	s.do(t, call{principal: "user:" + id, path: "/v2/Roles"}).is(200)
}
