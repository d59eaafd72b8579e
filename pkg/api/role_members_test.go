package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// holdingUsers makes n users, of whom most hold RL_RFE.
func (s *service) holdingUsers(t *testing.T, n int) []string {
	t.Helper()
	users := numberedUsers(n)
	var holding []string
	for i := range users {
		if i%10 != 1 {
			users[i].Roles = []user.Role{{ID: "RL_RFE"}}
			holding = append(holding, users[i].ID)
		}
	}
	s.createUsers(t, users...)
	return holding
}

// memberIDs are the members in an answer, and the cursor of the next page.
func memberIDs(a answer) (ids []string, next string) {
	a.t.Helper()
	var body struct {
		Members   []struct{ Value string }
		Extension struct{ MembersNextCursor string } `json:"urn:rolecall:params:scim:schemas:extension:2.0:Role"`
	}
	a.json(&body)
	for _, m := range body.Members {
		ids = append(ids, m.Value)
	}
	return ids, body.Extension.MembersNextCursor
}

func TestRoleMembers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createUsers(t,
		user.User{ID: "a", UserName: "a", DisplayName: "Ann", Name: user.Name{Formatted: "x"}, Active: true, Roles: []user.Role{{ID: "RL_RFE"}, {ID: "RL_CONFIG"}}},
		user.User{ID: "b", UserName: "b", Name: user.Name{Formatted: "Mr. B"}, Roles: []user.Role{{ID: "RL_RFE", Type: "t", Primary: true}}},
		user.User{ID: "c", UserName: "c", Active: true, Roles: []user.Role{{ID: "RL_CONFIG"}}},
		user.User{ID: "d", UserName: "Dora", Active: true, Roles: []user.Role{{ID: "RL_RFE"}}})
	for _, base := range []string{"/acme/v2", "/v2"} {
		at := baseURL + "/scim" + base + "/Users/"
		const start = `{"schemas":["urn:hid:scim:api:idp:2.0:Role","urn:rolecall:params:scim:schemas:extension:2.0:Role"],"id":"RL_RFE"`
		members := `"members":[{"value":"a","$ref":"` + at + `a","display":"Ann"},{"value":"b","$ref":"` + at + `b","display":"Mr. B"},{"value":"d","$ref":"` + at + `d","display":"Dora"}]`
		for query, want := range map[string]string{
			"attributes=members":      start + `,` + members + `}`,
			"attributes=name,MEMBERS": start + `,"name":"RADIUS Front End",` + members + `}`,
			"attributes=urn:hid:scim:api:idp:2.0:Role:members.value&attributes=members.display": start + `,"members":[{"value":"a","display":"Ann"},{"value":"b","display":"Mr. B"},{"value":"d","display":"Dora"}]}`,
			"attributes=members&count=0": start + `}`,
		} {
			a := s.do(t, call{path: base + "/Roles/RL_RFE?" + query}).is(200)
			if a.body != want || a.header.Get("ETag") != `W/"1"` || a.header.Get("Content-Location") != baseURL+"/scim"+base+"/Roles/RL_RFE" {
				t.Errorf("%s: %v\ngot  %s\nwant %s", query, a.header, a.body, want)
			}
		}
		for _, c := range []call{ // which answer without
			{path: "/Roles/RL_RFE"}, {path: "/Roles/RL_RFE?excludedAttributes=name"}, {path: "/Roles/RL_RFE?attributes=urn:hid:scim:api:idp:2.0:Role"},
			{path: "/Roles/RL_RFE?attributes=urn:rolecall:params:scim:schemas:extension:2.0:Role&count=1"}, {path: "/Roles?attributes=members"}, {path: "/Roles?filter=" + escaped(`id eq "RL_RFE"`) + "&attributes=members"},
			{method: "POST", path: "/.search", body: `{` + searchSchema + `,"attributes":["members"]}`},
			{method: "PUT", path: "/Roles/RL_RFE?attributes=members", body: `{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"name":"RADIUS Front End","members":[{"value":"c"}]}`},
		} {
			c.path = base + c.path
			if a := s.do(t, c).is(200); strings.Contains(a.body, "members") {
				t.Errorf("%s: %s", c.path, a.body)
			}
		}
		if a := s.do(t, call{path: base + "/Roles/RL_HELPDSK?attributes=members"}).is(200); strings.Contains(a.body, "members") {
			t.Errorf("nobody holds it: %s", a.body)
		}
		// The version does not count who holds the role.
		s.do(t, call{path: base + "/Roles/RL_RFE?attributes=members", header: map[string]string{"If-None-Match": `W/"1"`}}).is(200)
		s.do(t, call{path: base + "/Roles/RL_RFE?attributes=members", header: map[string]string{"If-Match": `W/"2"`}}).is(412)
		// Roles are given to users, and users not to roles.
		s.do(t, call{method: "PATCH", path: base + "/Roles/RL_RFE", body: patchBody(`{"op":"add","path":"members","value":[{"value":"c"}]}`)}).fails(base, 400, "mutability", 1009, "readOnly")
		s.do(t, call{method: "PATCH", path: base + "/Roles/RL_RFE", body: patchBody(`{"op":"add","value":{"members":[{"value":"c"}]}}`)}).is(200)
		for query, scimType := range map[string]string{"filter=" + escaped(`members.value eq "a"`): "invalidFilter", "filter=" + escaped(`members[value eq "a"]`): "invalidFilter", "sortBy=members": "invalidValue", "filter=members+pr": "invalidFilter"} {
			s.do(t, call{path: base + "/Roles?" + query}).fails(base, 400, scimType, 1009, "")
		}
		if ids, _ := memberIDs(s.do(t, call{path: base + "/Roles/RL_RFE?attributes=members"})); !slices.Equal(ids, []string{"a", "b", "d"}) {
			t.Errorf("members %v", ids)
		}
	}
}

// TestWhoReadsMembers: it takes R_ROLE over the role, and R_USER.
func TestWhoReadsMembers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.permit(t, "roles", unlimited(permission.ReadRole)...)
	s.permit(t, "users", unlimited(permission.ReadUser)...)
	s.permit(t, "one", append(unlimited(permission.ReadUser), over(permission.ReadRole, "RL_RFE"))...)
	for _, test := range []struct {
		principal, role string
		status          int
		detail          string
	}{
		{viewer, "RL_RFE", 200, ""}, {"one", "RL_RFE", 200, ""}, {"one", "RL_CONFIG", 403, "R_ROLE over the role RL_CONFIG"}, {"roles", "RL_RFE", 403, "R_USER"},
		{"users", "RL_RFE", 403, "R_ROLE over the role RL_RFE"}, {nobody, "RL_RFE", 403, "R_ROLE"}, {"one", "GHOST", 403, "R_ROLE"}, {"roles", "GHOST", 404, "no role"}, {admin, "GHOST", 404, "no role"},
	} {
		a := s.do(t, call{principal: test.principal, path: "/v2/Roles/" + test.role + "?attributes=members"}).is(test.status)
		if test.status != 200 {
			a.fails("/v2", test.status, "", 0, test.detail)
		}
	}
}

// TestWalkMembers walks over a role's holders, while some of them come and go.
func TestWalkMembers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	all := s.holdingUsers(t, 115)
	for _, base := range []string{"/acme/v2", "/v2"} {
		for _, count := range []string{"", "&count=1", "&count=37", "&count=55", "&itemsPerPage=100"} {
			if count == "&count=1" && base == "/v2" {
				continue // which is long
			}
			var walked []string
			for next := ""; ; {
				a := s.do(t, call{path: base + "/Roles/RL_RFE?attributes=members" + count + "&cursor=" + next}).is(200)
				var ids []string
				ids, next = memberIDs(a)
				if walked = append(walked, ids...); next == "" {
					break
				}
			}
			if !slices.Equal(walked, all) {
				t.Errorf("%s%s: %v", base, count, walked)
			}
		}
	}
	path := "/v2/Roles/RL_RFE?attributes=members,name&count=20"
	first, next := memberIDs(s.do(t, call{path: path}).is(200))
	for _, id := range []string{all[1], all[19], all[20]} { // before, at and behind the place
		s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"remove","path":"roles"}`)}).is(200)
	}
	s.do(t, call{method: "PATCH", path: "/v2/Users/u00001", body: patchBody(`{"op":"add","path":"roles","value":"RL_RFE"}`)}).is(200)
	second, _ := memberIDs(s.do(t, call{path: path + "&cursor=" + next}).is(200))
	if !slices.Equal(first, all[:20]) || !slices.Equal(second, all[21:41]) {
		t.Errorf("%v, then %v", first, second)
	}
	// A role without an extension is given one for the cursor.
	s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
	for _, id := range []string{"u00001", "u00002"} {
		s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"add","path":"roles","value":"NEWROLE"}`)}).is(200)
	}
	a := s.do(t, call{path: "/acme/v2/Roles/NEWROLE?attributes=members.value&count=1"}).is(200)
	_, next = memberIDs(a)
	want := `{"schemas":["urn:hid:scim:api:idp:2.0:Role","urn:rolecall:params:scim:schemas:extension:2.0:Role"],"id":"NEWROLE","members":[{"value":"u00001"}],"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"membersNextCursor":"` + next + `"}}`
	if a.body != want || next == "" {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	// A role that is created anew has no members, and knows no cursor of the other.
	s.do(t, call{method: "DELETE", path: "/v2/Roles/NEWROLE"}).is(204)
	s.pass()
	s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
	if ids, _ := memberIDs(s.do(t, call{path: "/acme/v2/Roles/NEWROLE?attributes=members"}).is(200)); len(ids) != 0 {
		t.Errorf("members %v", ids)
	}
	s.do(t, call{path: "/acme/v2/Roles/NEWROLE?attributes=members&count=1&cursor=" + next}).fails("/acme", 400, "invalidCursor", 1009, "start again")
}

// TestMembersCursorIsBound sends cursors where they do not belong.
func TestMembersCursorIsBound(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.holdingUsers(t, 12)
	const path = "/v2/Roles/RL_RFE?attributes=members&count=2"
	_, next := memberIDs(s.do(t, call{path: path}).is(200))
	_, listed := s.cursorPage(t, "/v2/Users", "count=2&filter="+escaped(`roles.value eq "RL_RFE"`), "")
	tests := map[string]struct {
		call     call
		scimType string
	}{
		"tenant surface": {call{path: "/acme" + path + "&cursor=" + next}, "invalidCursor"},
		"another tenant": {call{tenant: "globex", path: path + "&cursor=" + next}, "invalidCursor"},
		"another caller": {call{principal: viewer, path: path + "&cursor=" + next}, "invalidCursor"},
		"another role":   {call{path: strings.Replace(path, "RL_RFE", "RL_CONFIG", 1) + "&cursor=" + next}, "invalidCursor"},
		"another list":   {call{path: path + "&cursor=" + listed}, "invalidCursor"},
		"users":          {call{path: "/v2/Users?count=2&cursor=" + next}, "invalidCursor"},
		"another count":  {call{path: strings.Replace(path, "count=2", "count=3", 1) + "&cursor=" + next}, "invalidCount"},
		"nonsense":       {call{path: path + "&cursor=x"}, "invalidCursor"},
		"twice":          {call{path: path + "&cursor=&cursor="}, "invalidCursor"},
		"too many":       {call{path: "/v2/Roles/RL_RFE?attributes=members&count=101"}, "invalidCount"},
		"no number":      {call{path: "/v2/Roles/RL_RFE?attributes=members&count=x"}, "invalidValue"},
		"startIndex":     {call{path: path + "&startIndex=1"}, "invalidValue"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			surface := map[bool]string{true: "/acme", false: "/v2"}[strings.HasPrefix(test.call.path, "/acme")]
			s.do(t, test.call).fails(surface, 400, test.scimType, 1009, "")
		})
	}
	s.do(t, call{path: path + "&cursor=" + next}).is(200)
	s.later = tenant.CursorLife + 1
	s.do(t, call{path: path + "&cursor=" + next}).fails("/v2", 400, "expiredCursor", 0, "")
	// Elsewhere the parameters of pages mean nothing.
	for _, query := range []string{"count=x", "cursor=x", "startIndex=7"} {
		s.do(t, call{path: fmt.Sprintf("/v2/Roles/RL_RFE?%s", query)}).is(200)
	}
}
