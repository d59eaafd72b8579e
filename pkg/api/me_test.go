package api_test

import (
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/permission"
)

// TestMe: /Me is another path to the user who calls.
func TestMe(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/acme/v2", "/v2"} {
		s := newService(t)
		s.createUser(t, `"userName":"other"`)
		id := s.createUser(t, `"userName":"x","roles":["RL_RFE"]`)
		at := baseURL + "/scim" + base + "/Users/" + id
		me := func(method, body string) call {
			return call{principal: "user:" + id, method: method, path: base + "/Me", body: body}
		}
		// Every user may read itself, and nothing else without permission.
		whole := s.do(t, call{path: base + "/Users/" + id}).is(200)
		a := s.do(t, me("GET", "")).is(200)
		if a.body != whole.body || a.header.Get("Content-Location") != at || a.header.Get("ETag") != `W/"1"` || !strings.Contains(a.body, `"location":"`+at+`"`) {
			t.Errorf("got %v %s", a.header, a.body)
		}
		for query, part := range map[string]string{"?attributes=userName": `"id":"` + id + `","userName":"x"}`, "/?api-version=10": `"userName":"x"`} {
			c := me("GET", "")
			c.path += query
			if a := s.do(t, c).is(200); !strings.Contains(a.body, part) {
				t.Errorf("%s: %s", query, a.body)
			}
		}
		c := me("GET", "")
		c.header = map[string]string{"If-None-Match": `W/"1"`}
		s.do(t, c).is(304)
		c.header, c.path = nil, base+"/Users/"+id
		s.do(t, c).fails(base, 403, "", 0, "R_USER")
		c.path = base + "/Me/x"
		s.do(t, c).fails(base, 404, "", 0, "no such endpoint")
		patch, put := patchBody(`{"op":"add","path":"title","value":"t"}`), userBody(`"userName":"x","title":"u","roles":["RL_RFE"]`)
		s.do(t, me("PATCH", patch)).fails(base, 403, "", 0, "M_USER")
		s.do(t, me("PUT", put)).fails(base, 403, "", 0, "M_USER")
		s.do(t, me("DELETE", "")).fails(base, 403, "", 0, "D_USER")
		s.do(t, me("PATCH", patchBody(`{"op":"add","path":"roles","value":"RL_SADMIN"}`))).fails(base, 403, "", 0, "M_USER")
		// With permission it changes itself.
		s.permit(t, "self", unlimited(permission.ChangeUser, permission.DeleteUser)...)
		s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"add","path":"roles","value":"ROLE_SELF"}`)}).is(200)
		a = s.do(t, me("PATCH", patch)).is(200)
		if !strings.Contains(a.body, `"title":"t"`) || a.header.Get("Content-Location") != at || a.header.Get("ETag") != `W/"3"` {
			t.Errorf("got %v %s", a.header, a.body)
		}
		s.do(t, me("PUT", strings.Replace(put, `["RL_RFE"]`, `["RL_RFE","ROLE_SELF"]`, 1))).is(200)
		s.do(t, me("PATCH", patchBody(`{"op":"replace","path":"userName","value":"Other"}`))).fails(base, 409, "uniqueness", 0, "")
		s.do(t, me("PATCH", patchBody(`{"op":"add","path":"roles","value":"RL_SADMIN"}`))).fails(base, 403, "", 0, "M_U_ROLES")
		s.do(t, me("PATCH", patchBody(`{"op":"remove","path":"roles"}`))).fails(base, 403, "", 0, "M_U_ROLES")
		s.do(t, me("DELETE", "")).is(204)
		s.do(t, me("GET", "")).fails(base, 403, "", 0, "not an active user")
		s.do(t, call{path: base + "/Users/" + id}).is(404)
	}
}

// TestMeIsForUsers: who is no user has no /Me.
func TestMeIsForUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, base := range []string{"/acme/v2", "/v2"} {
		for method, body := range map[string]string{"GET": "", "PUT": userBody(`"userName":"x"`), "PATCH": patchBody(`{"op":"add","path":"title","value":"x"}`), "DELETE": ""} {
			for _, principal := range []string{admin, nobody, "oidc:user:x"} {
				s.do(t, call{principal: principal, method: method, path: base + "/Me", body: body}).fails(base, 404, "", 0, "/Me is for users")
			}
		}
	}
	s.do(t, call{principal: "user:x", path: "/globex/v2/Me"}).fails("/globex", 403, "", 0, "not for the tenant in the path")
	// There is nothing to create at /Me.
	s.handlers["POST /Users/{id}"] = api.RefuseRequest(api.Dependencies{})
	if a := s.do(t, call{principal: "user:x", method: "POST", path: "/v2/Me", body: userBody(`"userName":"x"`)}); a.is(405).header.Get("Allow") != "GET, PUT, PATCH, DELETE" {
		t.Errorf("got %v", a.header)
	}
	// Nor in a bulk request.
	wantStatuses(t, s.bulk(t, call{path: "/v2/Bulk"}, 0, `{"method":"DELETE","path":"/Me"}`), "404")
}
