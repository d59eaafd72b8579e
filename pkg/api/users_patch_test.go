package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestPatchRoles gives and takes roles in every form in which clients do.
func TestPatchRoles(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const qualified = userURN + ":roles"
	document := func(text string) string { return strings.ReplaceAll(text, `"`, `\"`) }
	tests := []struct {
		before     string // roles
		operations string
		want       string // roles; "same" for the same version, or a status
	}{
		// What is added.
		{``, `{"op":"add","path":"roles","value":"RL_RFE"}`, "RL_RFE"},
		{``, `{"op":"Add","path":"roles","value":["RL_RFE","RL_CONFIG"]}`, "RL_CONFIG RL_RFE"},
		{``, `{"op":"ADD","path":"ROLES","value":{"value":"RL_RFE"}}`, "RL_RFE"},
		{``, `{"OP":"add","Path":"roles","VALUE":[{"Value":"RL_RFE","type":"t","primary":"True"}]}`, "RL_RFE*:t"},
		{``, `{"op":"add","path":"` + qualified + `","value":[{"value":"RL_RFE"}]}`, "RL_RFE"},
		{``, `{"op":"add","path":"` + strings.ToUpper(qualified) + `","value":[{"value":"RL_RFE"}]}`, "RL_RFE"},
		{``, `{"op":"add","value":{"roles":[{"value":"RL_RFE"}]}}`, "RL_RFE"},
		{``, `{"op":"add","value":{"` + qualified + `":"RL_RFE"}}`, "RL_RFE"},
		{``, `{"op":"add","value":{"` + userURN + `":{"roles":"RL_RFE"}}}`, "RL_RFE"},
		{``, `{"op":"add","path":"roles","value":"` + document(`{"value":"RL_RFE","primary":"True"}`) + `"}`, "RL_RFE*"},
		{``, `{"op":"add","path":"roles","value":"` + document(`[{"value":"RL_RFE"},"RL_CONFIG"]`) + `"}`, "RL_CONFIG RL_RFE"},
		{``, `{"op":"add","path":"roles","value":["` + document(`{"value":"RL_RFE"}`) + `"]}`, "RL_RFE"},
		{``, `{"op":"add","path":"roles","value":[{"value":"` + document(`{"id":"06b07648","value":"RL_RFE","displayName":"RFE"}`) + `"}]}`, "RL_RFE"},
		{``, `{"op":"add","path":"roles","value":[{"value":"` + document(`{"id":"06b07648","value":"RL_RFE","displayName":"RFE"}`) + `","primary":"True"}]}`, "RL_RFE*"},
		{``, `{"op":"add","path":"roles[value eq \"RL_RFE\"].primary","value":"True"}`, "RL_RFE*"},
		{``, `{"op":"add","path":"roles","value":[{"value":"RL_RFE","display":"mine","$ref":"x"}]}`, "RL_RFE"},
		{`"RL_CONFIG"`, `{"op":"add","path":"roles","value":"RL_RFE"}`, "RL_CONFIG RL_RFE"},
		{`{"value":"RL_CONFIG","primary":true}`, `{"op":"add","path":"roles","value":{"value":"RL_RFE","primary":true}}`, "RL_CONFIG RL_RFE*"},
		{`{"value":"RL_CONFIG","primary":true},"RL_RFE"`, `{"op":"add","path":"roles","value":{"value":"RL_RFE","primary":"true"}}`, "RL_CONFIG RL_RFE*"},
		{``, `{"op":"add","path":"roles","value":{"value":"RL_RFE","primary":true}},{"op":"add","path":"roles","value":{"value":"RL_CONFIG","primary":true}}`, "RL_CONFIG* RL_RFE"},
		{``, `{"op":"add","path":"roles","value":[{"value":"RL_RFE","primary":true},{"value":"RL_CONFIG","primary":true}]}`, "400"},
		{`{"value":"RL_RFE","type":"a"}`, `{"op":"add","path":"roles","value":{"value":"RL_RFE","type":"b"}}`, "RL_RFE:b"},
		// What is added again.
		{`"RL_RFE"`, `{"op":"add","path":"roles","value":"RL_RFE"}`, "same"},
		{`{"value":"RL_RFE","type":"a","primary":true}`, `{"op":"add","path":"roles","value":["RL_RFE",{"value":"RL_RFE"}]}`, "same"},
		{`"RL_RFE","RL_CONFIG"`, `{"op":"replace","path":"roles","value":["RL_RFE","RL_CONFIG","RL_RFE"]}`, "same"},
		{`"RL_RFE"`, `{"op":"remove","path":"roles"},{"op":"add","path":"roles","value":"RL_RFE"}`, "same"},
		{`"RL_RFE"`, `{"op":"add","path":"roles","value":[]}`, "same"},
		{`"RL_RFE"`, `{"op":"add","path":"roles","value":null}`, "same"},
		// What is removed.
		{`"RL_RFE","RL_CONFIG"`, `{"op":"remove","path":"roles[value eq \"RL_RFE\"]"}`, "RL_CONFIG"},
		{`"RL_RFE","RL_CONFIG"`, `{"op":"Remove","path":"` + qualified + `[VALUE EQ \"RL_RFE\"]"}`, "RL_CONFIG"},
		{`"RL_RFE",{"value":"RL_CONFIG","primary":true}`, `{"op":"remove","path":"roles[primary eq \"True\"]"}`, "RL_RFE"},
		{`"RL_RFE",{"value":"RL_CONFIG","primary":true}`, `{"op":"remove","path":"roles[primary eq true]"}`, "RL_RFE"},
		{`"RL_RFE",{"value":"RL_CONFIG","primary":true}`, `{"op":"remove","path":"roles[primary eq \"True\"].primary"}`, "RL_CONFIG RL_RFE"},
		{`"RL_RFE","RL_HELPDSK"`, `{"op":"remove","path":"roles[display eq \"Help Desk\"]"}`, "RL_RFE"},
		{`"RL_RFE","RL_CONFIG","RL_HELPDSK"`, `{"op":"remove","path":"roles","value":[{"value":"RL_RFE"},{"value":"RL_CONFIG"}]}`, "RL_HELPDSK"},
		{`"RL_RFE","RL_CONFIG"`, `{"op":"remove","path":"roles","value":["RL_RFE"]}`, "RL_CONFIG"},
		{`"RL_RFE","RL_CONFIG"`, `{"op":"remove","path":"roles","value":"RL_RFE"}`, "RL_CONFIG"},
		{`"RL_RFE","RL_CONFIG"`, `{"op":"remove","path":"roles","value":"` + document(`[{"value":"RL_RFE"}]`) + `"}`, "RL_CONFIG"},
		{`"RL_RFE","RL_CONFIG"`, `{"op":"remove","path":"roles"}`, ""},
		{`"RL_RFE","RL_CONFIG"`, `{"op":"replace","path":"roles","value":[]}`, ""},
		{`"RL_RFE","RL_CONFIG"`, `{"op":"replace","path":"roles","value":null}`, ""},
		{`"RL_RFE"`, `{"op":"remove","path":"roles[value eq \"RL_CONFIG\"]"}`, "400"},
		{`"RL_RFE"`, `{"op":"remove","path":"roles","value":"RL_CONFIG"}`, "same"},
		// What is replaced.
		{`"RL_RFE"`, `{"op":"replace","path":"roles","value":[{"value":"RL_CONFIG","primary":"true"}]}`, "RL_CONFIG*"},
		{`"RL_RFE"`, `{"op":"replace","value":{"roles":["RL_CONFIG"]}}`, "RL_CONFIG"},
		{`"RL_RFE",{"value":"RL_CONFIG","primary":true}`, `{"op":"replace","path":"roles[primary eq \"True\"].value","value":"RL_HELPDSK"}`, "RL_HELPDSK* RL_RFE"},
		{`"RL_RFE",{"value":"RL_CONFIG","primary":true}`, `{"op":"replace","path":"roles[primary eq \"True\"]","value":"RL_HELPDSK"}`, "RL_HELPDSK* RL_RFE"},
		{`"RL_RFE",{"value":"RL_CONFIG","primary":true}`, `{"op":"replace","path":"roles[value eq \"RL_RFE\"].primary","value":"True"}`, "RL_CONFIG RL_RFE*"},
		{`"RL_RFE"`, `{"op":"replace","path":"roles[value eq \"RL_RFE\"].display","value":"x"}`, "400"},
		{`"RL_RFE"`, `{"op":"replace","path":"roles","value":["GHOST"]}`, "1292"},
		{`"RL_RFE"`, `{"op":"add","path":"roles","value":7}`, "400"},
		{`"RL_RFE"`, `{"op":"add","path":"roles","value":[{"primary":true}]}`, "400"},
		{`"RL_RFE"`, `{"op":"add","path":"roles","value":"{\"value\":"}`, "1292"},
	}
	for i, test := range tests {
		for _, base := range []string{"/acme/v2", "/v2"} {
			t.Run(fmt.Sprintf("%d %s", i, base), func(t *testing.T) {
				t.Parallel()
				s.patchesRoles(t, base, test.before, test.operations, test.want)
			})
		}
	}
}

// patchesRoles makes a user with roles and patches it.
func (s *service) patchesRoles(t *testing.T, base, before, operations, want string) {
	t.Helper()
	id := s.createUser(t, fmt.Sprintf(`"userName":%q,"roles":[%s]`, t.Name(), before))
	held := rolesOf(s.do(t, call{path: "/v2/Users/" + id}).is(200))
	body := `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"operations":[` + operations + `]}`
	a := s.do(t, call{method: "PATCH", path: base + "/Users/" + id, body: body})
	switch want {
	case "400":
		a.is(400)
		s.holds(t, id, 1, held...)
	case "1292":
		a.fails(base, 400, "invalidValue", 1292, "no role")
		s.holds(t, id, 1, held...)
	case "same":
		a.is(200)
		s.holds(t, id, 1, held...)
	default:
		if got := strings.Join(rolesOf(a.is(200)), " "); got != want {
			t.Errorf("%s: got %q, want %q", operations, got, want)
		}
		s.holds(t, id, 2, strings.Fields(want)...)
		if location := baseURL + "/scim" + base + "/Users/" + id; a.header.Get("Content-Location") != location || a.header.Get("ETag") != `W/"2"` || !strings.Contains(a.body, `"location":"`+location+`"`) {
			t.Errorf("got %v %s", a.header, a.body)
		}
	}
}

// TestPatchRolesByName: on the standard surface, names do in place of ids,
// wherever they stand.
func TestPatchRolesByName(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, body := range []string{`{"id":"ONE","name":"Say \"one\""}`, `{"id":"TWO","name":"RL_RFE"}`, `{"id":"THREE","name":"x] and value eq y"}`} {
		s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: body}).is(201)
	}
	tests := []struct{ before, operations, want string }{
		{``, `{"op":"add","path":"roles","value":"Help desk"}`, "RL_HELPDSK"},
		{``, `{"op":"add","path":"roles","value":["HELP DESK","rl_rfe","RL_HELPDSK"]}`, "RL_HELPDSK TWO"},
		{``, `{"op":"add","path":"roles","value":[{"value":"{\"id\":\"1\",\"value\":\"Help Desk\",\"displayName\":\"x\"}"}]}`, "RL_HELPDSK"},
		{``, `{"op":"add","path":"roles","value":"[\"Help Desk\"]"}`, "RL_HELPDSK"},
		{``, `{"op":"add","value":{"ROLES":{"VALUE":"Help Desk","primary":"True"}}}`, "RL_HELPDSK*"},
		{``, `{"op":"add","value":{"` + userURN + `":{"roles":"Help Desk"}}}`, "RL_HELPDSK"},
		{`"RL_HELPDSK"`, `{"op":"add","path":"roles","value":"help desk"}`, "same"},
		{`{"value":"RL_HELPDSK","primary":true,"type":"t"}`, `{"op":"add","path":"roles","value":[{"value":"{\"value\":\"Help Desk\"}"}]}`, "same"},
		{`{"value":"RL_RFE","primary":true},"RL_HELPDSK"`, `{"op":"add","path":"roles","value":{"value":"Help Desk","primary":true}}`, "RL_HELPDSK* RL_RFE"},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"remove","path":"roles[value eq \"Help Desk\"]"}`, "RL_RFE"},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"remove","path":" ` + userURN + `:roles[ Value EQ \"help desk\" ] "}`, "RL_RFE"},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"remove","path":"roles[value eq \"Help Desk\" or value eq \"RL_RFE\"]"}`, ""},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"remove","path":"roles[not (value eq \"Help Desk\") and display pr]"}`, "RL_HELPDSK"},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"remove","path":"roles[value ne \"Help Desk\"]"}`, "RL_HELPDSK"},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"remove","path":"roles","value":[{"value":"Help Desk"}]}`, "RL_RFE"},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"remove","path":"roles","value":"Help Desk"}`, "RL_RFE"},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"replace","path":"roles[value eq \"Help Desk\"].primary","value":"True"}`, "RL_HELPDSK* RL_RFE"},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"replace","value":{"roles[value eq \"Help Desk\"].type":"t"}}`, "RL_HELPDSK:t RL_RFE"},
		{`"RL_HELPDSK","RL_RFE"`, `{"op":"replace","path":"roles[value eq \"Help Desk\"].value","value":"Configuration"}`, "RL_CONFIG RL_RFE"},
		{`"RL_HELPDSK"`, `{"op":"replace","path":"roles","value":["Configuration"]}`, "RL_CONFIG"},
		{`"ONE","THREE"`, `{"op":"remove","path":"roles[value eq \"say \\\"one\\\"\"]"}`, "THREE"},
		{`"ONE","THREE"`, `{"op":"remove","path":"roles[value eq \"X] AND value eq y\"]"}`, "ONE"},
		{`"TWO","RL_RFE"`, `{"op":"remove","path":"roles[value eq \"RL_RFE\"]"}`, "TWO"}, // an id comes before a name
		{`"TWO","RL_HELPDSK"`, `{"op":"remove","path":"roles[value eq \"RL_RFE\"]"}`, "400"},
		{``, `{"op":"add","path":"roles","value":"Help Desk"},{"op":"remove","path":"roles[value eq \"RL_HELPDSK\"]"}`, "same"},
		{``, `{"op":"add","path":"roles","value":"RL_HELPDSK"},{"op":"remove","path":"roles[value eq \"Help Desk\"]"}`, "same"},
		{``, `{"op":"add","path":"roles","value":"No Such Role"}`, "1292"},
		{`"RL_RFE"`, `{"op":"remove","path":"roles[value eq \"No Such Role\"]"}`, "400"},
		{`"RL_RFE"`, `{"op":"remove","path":"roles[value eq \"Help Desk\"]"}`, "400"},
		{`"RL_RFE"`, `{"op":"remove","path":"roles[value eq \"Help Desk\"]]"}`, "400"},
		{`"RL_RFE"`, `{"op":"remove","path":"roles[value eq \"Help Desk\""}`, "400"},
		{`"RL_RFE"`, `{"op":"remove","path":"roles[value eq \"Help Desk\"].colour"}`, "400"},
	}
	for i, test := range tests {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			s.patchesRoles(t, "/v2", test.before, test.operations, test.want)
		})
	}
	id := s.createUser(t, `"userName":"x","roles":["RL_HELPDSK"]`)
	for _, operations := range []string{`{"op":"add","path":"roles","value":"Configuration"}`, `{"op":"remove","path":"roles[value eq \"Help Desk\"]"}`} {
		s.do(t, call{method: "PATCH", path: "/acme/v2/Users/" + id, body: patchBody(operations)}).is(400)
	}
	many := make([]string, 151)
	for i := range many {
		many[i] = fmt.Sprintf(`"name %d"`, i)
	}
	s.do(t, call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"remove","path":"roles","value":[` + strings.Join(many, ",") + `]}`)}).fails("/v2", 400, "invalidValue", 0, "at most 75 roles")
	s.holds(t, id, 1, "RL_HELPDSK")
}

// TestPatchUser changes all but roles.
func TestPatchUser(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const start = `"userName":%q,"name":{"givenName":"B","familyName":"J"},"emails":[{"value":"a@x","type":"work","primary":true},{"value":"b@x","type":"home"}],"` + enterpriseURN + `":{"department":"D","manager":{"value":"boss"}}`
	tests := []struct {
		operations string
		want       []string // parts of the answer; of an error, if the first begins with a digit; none for the same version
		not        string   // part that is not there
	}{
		{`{"op":"replace","path":"active","value":"False"}`, []string{`"active":false`}, ""},
		{`{"op":"Replace","value":{"active":false}}`, []string{`"active":false`}, ""},
		{`{"op":"replace","path":"active","value":"TRUE"}`, nil, ""},
		{`{"op":"remove","path":"active"}`, nil, ""},
		{`{"op":"replace","path":"displayName","value":"x"}`, []string{`"displayName":"x"`}, ""},
		{`{"op":"replace","path":"displayName","value":""}`, nil, ""},
		{`{"op":"add","path":"externalId","value":"e"}`, []string{`"externalId":"e"`}, ""},
		{`{"op":"replace","path":"name.givenName","value":"Babs"}`, []string{`"name":{"familyName":"J","givenName":"Babs"}`}, ""},
		{`{"op":"replace","path":"name","value":{"givenName":"Babs"}}`, []string{`"name":{"familyName":"J","givenName":"Babs"}`}, ""},
		{`{"op":"replace","value":{"name.givenName":"Babs","title":"t"}}`, []string{`"name":{"familyName":"J","givenName":"Babs"}`, `"title":"t"`}, ""},
		{`{"op":"remove","path":"name"}`, []string{`"userName"`}, `"name"`},
		{`{"op":"replace","path":"` + userURN + `:title","value":"t"}`, []string{`"title":"t"`}, ""},
		{`{"op":"replace","path":"emails[type eq \"work\"].value","value":"w@x"}`, []string{`"emails":[{"value":"w@x","type":"work","primary":true},{"value":"b@x","type":"home"}]`}, ""},
		{`{"op":"add","path":"emails[type eq \"other\"].value","value":"o@x"}`, []string{`{"value":"b@x","type":"home"},{"value":"o@x","type":"other"}]`}, ""},
		{`{"op":"add","path":"emails","value":{"value":"c@x","primary":"True"}}`, []string{`"emails":[{"value":"a@x","type":"work"},{"value":"b@x","type":"home"},{"value":"c@x","primary":true}]`}, ""},
		{`{"op":"add","path":"emails","value":"A@X"}`, nil, ""},
		{`{"op":"remove","path":"emails[value eq \"A@x\"]"}`, []string{`"emails":[{"value":"b@x","type":"home"}]`}, ""},
		{`{"op":"add","path":"phoneNumbers","value":[{"value":"1","type":"mobile"}]}`, []string{`"phoneNumbers":[{"value":"1","type":"mobile"}]`}, ""},
		{`{"op":"add","path":"entitlements","value":"e"}`, []string{`"entitlements":[{"value":"e"}]`}, ""},
		{`{"op":"replace","path":"` + enterpriseURN + `:department","value":"E"}`, []string{`"department":"E","manager":{"value":"boss"`}, ""},
		{`{"op":"replace","path":"` + enterpriseURN + `:manager","value":"chief"}`, []string{`"manager":{"value":"chief","$ref":"` + baseURL + `/scim/v2/Users/chief"}`}, ""},
		{`{"op":"add","path":"` + enterpriseURN + `:manager.displayName","value":"Boss"}`, []string{`"manager":{"value":"boss","$ref":"` + baseURL + `/scim/v2/Users/boss","displayName":"Boss"}`}, ""},
		{`{"op":"add","path":"` + enterpriseURN + `","value":{"costCenter":"1"}}`, []string{`{"costCenter":"1","department":"D"`}, ""},
		{`{"op":"add","value":{"` + enterpriseURN + `:costCenter":"1"}}`, []string{`{"costCenter":"1","department":"D"`}, ""},
		{`{"op":"remove","path":"` + enterpriseURN + `"}`, []string{`{"schemas":["` + userURN + `"],`}, "department"},
		{`{"op":"add","value":{"id":"x","meta":{},"groups":[],"colour":"red"}}`, nil, ""},
		{`{"op":"remove","path":"userName"}`, []string{"400 mutability 1009", "userName is required"}, ""},
		{`{"op":"replace","path":"userName","value":""}`, []string{"400 invalidValue 1000", "userName is required"}, ""},
		{`{"op":"replace","path":"userName","value":"` + strings.Repeat("x", 257) + `"}`, []string{"400 invalidValue 1008", "userName must have at most"}, ""},
		{`{"op":"replace","path":"id","value":"x"}`, []string{"400 mutability 1009", "id is readOnly"}, ""},
		{`{"op":"replace","path":"meta.version","value":"x"}`, []string{"400 mutability 1009", "readOnly"}, ""},
		{`{"op":"replace","path":"colour","value":"red"}`, []string{"400 invalidPath 1006", "colour"}, ""},
		{`{"op":"replace","path":"emails[type eq \"other\"].value","value":"x"}`, []string{`{"value":"x","type":"other"}]`}, ""},
		{`{"op":"remove","path":"emails[type eq \"other\"]"}`, []string{"400 noTarget 1009", "emails"}, ""},
		{`{"op":"replace","path":"active","value":"maybe"}`, []string{"400 invalidValue 1006", "active"}, ""},
		{`{"op":"replace","path":"emails","value":[{"value":"a","primary":true},{"value":"b","primary":true}]}`, []string{"400 invalidValue 1006", "one primary"}, ""},
		{`{"op":"move","path":"title","value":"x"}`, []string{"400 invalidSyntax 1006", "op must be"}, ""},
		{`{"op":"add","path":"title","value":"x"},{"op":"add","path":"colour","value":"x"}`, []string{"400 invalidPath 1006", "Operation 2"}, ""},
	}
	for i, test := range tests {
		for _, base := range []string{"/acme/v2", "/v2"} {
			t.Run(fmt.Sprintf("%d %s", i, base), func(t *testing.T) {
				t.Parallel()
				want, id := test.want, s.createUser(t, fmt.Sprintf(start, t.Name()))
				c := call{method: "PATCH", path: base + "/Users/" + id, body: patchBody(test.operations), header: map[string]string{"If-Match": `W/"1"`}}
				a := s.do(t, c)
				if len(want) > 0 && want[0][0] == '4' {
					var status, code int
					var scimType string
					if _, err := fmt.Sscan(want[0], &status, &scimType, &code); err != nil {
						t.Fatal(err)
					}
					a.fails(base, status, scimType, code, want[1])
					want = nil
				} else if a.is(200); a.header.Get("ETag") != fmt.Sprintf(`W/"%d"`, min(len(want), 1)+1) {
					t.Errorf("%s: ETag %s", test.operations, a.header.Get("ETag"))
				}
				whole := s.do(t, call{path: "/v2/Users/" + id}).is(200)
				for _, part := range want {
					if !strings.Contains(whole.body, part) || base == "/v2" && a.body != whole.body {
						t.Errorf("%s: got %s\nwant %s", test.operations, a.body, part)
					}
				}
				if test.not != "" && strings.Contains(whole.body, test.not) || len(want) == 0 && whole.header.Get("ETag") != `W/"1"` {
					t.Errorf("%s: %s", test.operations, whole.body)
				}
			})
		}
	}
	id := s.createUser(t, `"userName":"x"`)
	body := patchBody(`{"op":"add","path":"title","value":"x"}`)
	for _, test := range []struct {
		call   call
		status int
		detail string
	}{
		{call{path: "/v2/Users/GHOST"}, 404, "no user"},
		{call{path: "/v2/Users/" + id, header: map[string]string{"If-Match": `W/"2"`}}, 412, "read it again"},
		{call{principal: viewer, path: "/v2/Users/" + id}, 403, "M_USER"},
		{call{tenant: "globex", path: "/v2/Users/" + id}, 404, "no user"},
	} {
		test.call.method, test.call.body = "PATCH", body
		s.do(t, test.call).fails("/v2", test.status, "", 0, test.detail)
	}
}
