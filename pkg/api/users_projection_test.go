package api_test

import (
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/user"
)

// TestProjectUsers: attributes and excludedAttributes of users, and what they sort
// by.
func TestProjectUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createUsers(t,
		user.User{ID: "a", UserName: "zoe", Title: "x", Active: true, Roles: []user.Role{{ID: "RL_RFE"}}, Enterprise: user.Enterprise{Department: "D", Manager: user.Manager{Value: "b"}}},
		user.User{ID: "b", UserName: "Adam", Active: true, Roles: []user.Role{{ID: "RL_AUDITV", Primary: true}, {ID: "RL_SADMIN"}}},
		user.User{ID: "c", UserName: "mia", Active: true},
	)
	const plain, extended = `{"schemas":["` + userURN + `"],`, `{"schemas":["` + userURN + `","` + enterpriseURN + `"],`
	for query, want := range map[string]string{
		"attributes=userName":                      extended + `"id":"a","userName":"zoe"}`,
		"attributes=title,active":                  extended + `"id":"a","title":"x","active":true}`,
		"attributes=roles.value":                   extended + `"id":"a","roles":[{"value":"RL_RFE"}]}`,
		"attributes=" + enterpriseURN + ":manager": extended + `"id":"a","` + enterpriseURN + `":{"manager":{"value":"b","$ref":"` + baseURL + `/scim/v2/Users/b"}}}`,
		"attributes=" + userURN + ":userName":      extended + `"id":"a","userName":"zoe"}`,
		"excludedAttributes=roles,meta,title":      extended + `"id":"a","userName":"zoe","active":true,"` + enterpriseURN + `":{"department":"D","manager":{"value":"b","$ref":"` + baseURL + `/scim/v2/Users/b"}}}`,
	} {
		if a := s.do(t, call{path: "/v2/Users/a?" + query}).is(200); a.body != want {
			t.Errorf("%s: %s", query, a.body)
		}
		if a := s.do(t, call{path: "/v2/Users?count=1&" + query}).is(200); !strings.HasSuffix(a.body, `"Resources":[`+want+`]}`) {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	for query, want := range map[string]string{
		"sortBy=userName":                                 "b c a",
		"sortBy=userName&sortOrder=descending":            "a c b",
		"sortBy=roles":                                    "b a c", // the primary one, or the first
		"sortBy=roles.display&sortOrder=descending":       "c a b",
		"sortBy=title":                                    "a b c",
		"sortBy=" + enterpriseURN + ":manager":            "a b c",
		"sortBy=userName&startIndex=2&count=1":            "c",
		"sortBy=userName&filter=roles+pr":                 "b a",
		"filter=roles.value+eq+%22RL_RFE%22&sortBy=title": "a",
		"sortBy=id": "a b c",
	} {
		if ids, _ := s.ids(t, "/v2/Users", query); strings.Join(ids, " ") != want {
			t.Errorf("%s: %v", query, ids)
		}
	}
	s.do(t, call{path: "/v2/Users?sortBy=name"}).fails("/v2", 400, "invalidValue", 0, "sortBy")
	a := s.do(t, call{method: "POST", path: "/v2/Users?attributes=userName", body: userBody(`"userName":"x","title":"t"`)}).is(201)
	if a.body != plain+`"id":"made-1","userName":"x"}` {
		t.Errorf("created %s", a.body)
	}
}
