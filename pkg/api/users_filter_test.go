package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/user"
)

func TestFilterUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.pass()
	s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
	s.createUsers(t,
		user.User{ID: "a", UserName: "BJensen", ExternalID: "E1", DisplayName: "Babs", Active: true, Name: user.Name{GivenName: "Barbara", FamilyName: "Jensen"},
			Emails: []user.Value{{Value: "B@Example.com", Type: "work", Primary: true}, {Value: "babs@jensen.org", Type: "home"}},
			Roles:  []user.Role{{ID: "RL_RFE", Primary: true}, {ID: "RL_HELPDSK", Type: "t"}}, Enterprise: user.Enterprise{Department: "Tours", Manager: user.Manager{Value: "c"}}},
		user.User{ID: "b", UserName: "Straße", ExternalID: "e1", Emails: []user.Value{{Value: "babs@jensen.org", Type: "work"}}, Roles: []user.Role{{ID: "RL_RFE"}}},
		user.User{ID: "c", UserName: "chief", Active: true, Locale: "de-AT", PhoneNumbers: []user.Value{{Value: "+43 1", Type: "work"}}, Entitlements: []user.Value{{Value: "Parking"}}, Roles: []user.Role{{ID: "NEWROLE"}}},
		user.User{ID: "d", UserName: "none", Active: true, Enterprise: user.Enterprise{CostCenter: "7"}},
	)
	tests := []struct{ filter, want string }{
		{`userName eq "bjensen"`, "a"},
		{`USERNAME EQ "BJENSEN"`, "a"},
		{`userName eq "STRAßE"`, "b"},
		{`userName eq "strasse"`, ""}, // the filter folds rune by rune
		{`userName eq "nobody"`, ""},
		{`userName eq ""`, ""},
		{`userName eq "bjensen" and active eq false`, ""},
		{`userName eq "bjensen" and userName eq "chief"`, ""},
		{`userName eq "bjensen" or userName eq "chief"`, "a c"},
		{`not (userName eq "bjensen")`, "b c d"},
		{`userName sw "B"`, "a"},
		{`urn:ietf:params:scim:schemas:core:2.0:User:userName eq "chief"`, "c"},
		{`id eq "c"`, "c"},
		{`id eq "C"`, ""},
		{`id gt "a" and id lt "d"`, "b c"},
		{`externalId eq "E1"`, "a"},
		{`externalId eq "e1"`, "b"},
		{`externalId eq "E1" and id gt "a"`, ""},
		{`externalId eq ""`, ""},
		{`externalId pr`, "a b"},
		{`emails.value eq "b@EXAMPLE.com"`, "a"},
		{`emails eq "B@example.com"`, "a"},
		{`emails.value eq "babs@jensen.org"`, "a b"},
		{`emails.value eq "babs@jensen.org" and id gt "a"`, "b"},
		{`emails.value eq "babs@jensen.org" and active eq true`, "a"},
		{`emails[type eq "work" and value eq "Babs@jensen.org"]`, "b"},
		{`emails[type eq "work"].value eq "babs@jensen.org"`, "b"},
		{`emails[primary eq true].value eq "babs@jensen.org"`, ""},
		{`emails[value eq "babs@jensen.org" or type eq "home"]`, "a b"},
		{`emails.type eq "home"`, "a"},
		{`emails co "example"`, "a"},
		{`not (emails pr)`, "c d"},
		{`roles.value eq "RL_RFE"`, "a b"},
		{`roles eq "RL_RFE"`, "a b"},
		{`roles.value eq "rl_rfe"`, ""},
		{`roles.value eq "GHOST"`, ""},
		{`roles.value eq "no role"`, ""},
		{`roles[value eq "RL_RFE"]`, "a b"},
		{`roles[value eq "RL_RFE" and primary eq true]`, "a"},
		{`roles[value eq "RL_RFE" and type eq "t"]`, ""},
		{`roles.value eq "RL_RFE" and roles.value eq "RL_HELPDSK"`, "a"},
		{`roles.value eq "RL_HELPDSK" or roles.value eq "NEWROLE"`, "a c"},
		{`roles.display eq "radius front end"`, "a b"},
		{`roles.display eq "nothing"`, ""},
		{`roles[display eq "Help Desk" and type pr]`, "a"},
		{`roles.display sw "new"`, "c"},
		{`roles.$ref ew "/Roles/NEWROLE"`, "c"},
		{`roles.primary eq true`, "a"},
		{`roles pr`, "a b c"},
		{`not (roles pr)`, "d"},
		{`not (roles.value eq "RL_RFE")`, "c d"},
		{`active eq true`, "a c d"},
		{`active eq false and emails pr`, "b"},
		{`name.givenName eq "barbara"`, "a"},
		{`name pr`, "a"},
		{`displayName co "ab"`, "a"},
		{`locale sw "de"`, "c"},
		{`phoneNumbers.value eq "+43 1" and entitlements eq "parking"`, "c"},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "tours"`, "a"},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "c"`, "a"},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref ew "/Users/c"`, "a"},
		{`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager eq "c"`, "a"},
		{`schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`, "a d"},
		{`meta.resourceType eq "User" and meta.location ew "/Users/d"`, "d"},
		{`meta.resourceType eq "Role"`, ""},
		{`meta.created eq "2026-01-31T12:00:00.001Z" and id eq "b"`, "b"},
	}
	for _, test := range tests {
		for _, path := range []string{"/v2/Users", "/acme/v2/Users"} {
			ids, a := s.ids(t, path, "filter="+escaped(test.filter))
			if got := strings.Join(ids, " "); got != test.want || !strings.Contains(a.body, fmt.Sprintf(`"totalResults":%d,`, len(ids))) {
				t.Errorf("%s: got %q, want %q: %.200s", test.filter, got, test.want, a.body)
			}
			if walked := strings.Join(s.walk(t, path, "count=1&filter="+escaped(test.filter), nil), " "); walked != test.want {
				t.Errorf("%s, by cursor: got %q, want %q", test.filter, walked, test.want)
			}
			searched := s.do(t, call{method: "POST", path: path + "/.search", body: fmt.Sprintf(`{%s,"filter":%q,"count":0}`, searchSchema, test.filter)}).is(200)
			if !strings.Contains(searched.body, fmt.Sprintf(`"totalResults":%d,`, len(ids))) {
				t.Errorf("%s: searched %s", test.filter, searched.body)
			}
		}
	}
	s.do(t, call{method: "DELETE", path: "/acme/v2/Roles/NEWROLE"}).is(204)
	for _, filter := range []string{`roles.value eq "NEWROLE"`, `roles.display eq "New Role"`, `roles.display pr and id eq "c"`, `roles.$ref ew "NEWROLE"`, `roles pr and id eq "c"`} {
		if ids, _ := s.ids(t, "/v2/Users", "filter="+escaped(filter)); len(ids) != 0 {
			t.Errorf("%s: %v", filter, ids)
		}
	}
	if ids, _ := s.ids(t, "/v2/Users", "filter="+escaped(`not (roles pr)`)); !slices.Equal(ids, []string{"c", "d"}) {
		t.Errorf("without roles: %v", ids)
	}
	if ids, _ := s.ids(t, "/acme/v2/Users", "filter="+escaped(`userName  eq  bjensen`)); !slices.Equal(ids, []string{"a"}) {
		t.Errorf("without quotes: %v", ids)
	}
	for _, filter := range []string{`colour eq "red"`, `department eq "x"`, `active eq "maybe"`, `userName gt 7`} {
		s.do(t, call{path: "/v2/Users?filter=" + escaped(filter)}).fails("/v2", 400, "invalidFilter", 0, "")
	}
}
