package api_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// createUsers stores users in acme.
func (s *service) createUsers(t *testing.T, users ...user.User) {
	t.Helper()
	for _, u := range users {
		for i := range u.Roles {
			r, err := s.Role(t.Context(), tenantID(t, "acme"), u.Roles[i].ID)
			if err != nil {
				t.Fatal(err)
			}
			u.Roles[i].Created = r.Created
		}
		if _, err := s.CreateUser(t.Context(), tenantID(t, "acme"), operator, u); err != nil {
			t.Fatal(err)
		}
	}
}

func numberedUsers(n int) []user.User {
	users := make([]user.User, n)
	for i := range users {
		users[i] = user.User{ID: fmt.Sprintf("u%05d", i), UserName: fmt.Sprintf("user %d", i), Active: true}
	}
	return users
}

func TestListUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for path, want := range map[string]string{
		"/acme/v2/Users": `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"itemsPerPage":0,"startIndex":1,"resources":[]}`,
		"/v2/Users":      `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":0,"itemsPerPage":0,"startIndex":1,"Resources":[]}`,
	} {
		if a := s.do(t, call{path: path}).is(200); a.body != want {
			t.Errorf("%s: %s", path, a.body)
		}
	}
	s.createUsers(t, numberedUsers(103)...)
	s.createUsers(t, user.User{ID: "v", UserName: "v", Roles: []user.Role{{ID: "RL_RFE", Type: "t", Primary: true}}}, user.User{ID: "w", UserName: "w"})
	const head = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":105,`
	tests := []struct {
		path  string
		start string
		rows  int
	}{
		{"/acme/v2/Users", `"itemsPerPage":100,"startIndex":1,"resources":[{`, 100}, // never all of them
		{"/acme/v2/Users?count=100&startIndex=0", `"itemsPerPage":100,"startIndex":0,"resources":[{`, 100},
		{"/acme/v2/Users?count=100&startIndex=100", `"itemsPerPage":5,"startIndex":100,"resources":[{`, 5},
		{"/acme/v2/Users?count=100&startIndex=101", `"itemsPerPage":5,"startIndex":101,"resources":[{`, 5},
		{"/acme/v2/Users?count=1000", `"itemsPerPage":100,"startIndex":1,"resources":[{`, 100},
		{"/acme/v2/Users?count=0", `"itemsPerPage":0,"startIndex":1,"resources":[]}`, 0},
		{"/acme/v2/Users?itemsPerPage=10", `"itemsPerPage":10,"startIndex":1,"resources":[{`, 10},
		{"/v2/Users", `"itemsPerPage":100,"startIndex":1,"Resources":[{`, 100},
		{"/v2/Users?startIndex=101", `"itemsPerPage":5,"startIndex":101,"Resources":[{`, 5},
		{"/v2/Users?startIndex=1000", `"itemsPerPage":0,"startIndex":1000,"Resources":[]}`, 0},
		{"/v2/Users?count=2&sortBy=userName&sortOrder=descending", `"itemsPerPage":2,"startIndex":1,"Resources":[{`, 2},
		{"/v2/Users?cursor&count=7", ``, 7},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			a := s.do(t, call{path: test.path}).is(200)
			if test.start != "" && !strings.HasPrefix(a.body, head+test.start) || len(idsOf(a)) != test.rows {
				t.Errorf("got %d rows: %.200s", len(idsOf(a)), a.body)
			}
		})
	}
	list := s.do(t, call{path: "/v2/Users?startIndex=102"}).is(200)
	for _, id := range []string{"u00101", "v", "w"} {
		if get := s.do(t, call{path: "/v2/Users/" + id}).is(200); !strings.Contains(list.body, get.body) {
			t.Errorf("the list shows a user otherwise than get does:\n%s\n%s", list.body, get.body)
		}
	}
	s.do(t, call{path: "/v2/Users?startIndex=102", header: map[string]string{"If-None-Match": list.header.Get("ETag")}}).is(304)
	for _, path := range []string{"/acme/v2/Users", "/v2/Users", "/v2/Users?count=0", "/v2/Users?cursor", "/v2/Users?filter=userName+eq+%22v%22"} {
		s.do(t, call{principal: nobody, path: path}).fails(path, 403, "", 0, "R_USER")
	}
	s.permit(t, "lister", unlimited(permission.ReadReferenceData, permission.ChangeUser, permission.DeleteUser)...)
	s.do(t, call{principal: "lister", path: "/v2/Users"}).fails("/v2", 403, "", 0, "R_USER")
	s.do(t, call{principal: viewer, path: "/acme/v2/Users"}).is(200)
}

// TestWalkUsers walks by cursor and by both ways of counting.
func TestWalkUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	users := numberedUsers(15)
	var all []string
	for i := range users {
		users[i].ID = fmt.Sprintf("%02x-%d", i*11%256, i)
		users[i].Title = []string{"", "b", "a"}[i%3]
		all = append(all, users[i].ID)
	}
	s.createUsers(t, users...)
	slices.Sort(all)
	for _, path := range []string{"/acme/v2/Users", "/v2/Users"} {
		for _, order := range []string{"", "&sortBy=userName", "&sortBy=title&sortOrder=descending", "&filter=userName+co+%22e%22", "&filter=active+eq+true&sortBy=meta.created"} {
			for _, count := range []int{1, 4, 15} {
				walked := s.walk(t, path, fmt.Sprintf("count=%d%s", count, order), nil)
				ids, _ := s.ids(t, path, "count=100"+order)
				if !slices.Equal(walked, ids) || !slices.Equal(slices.Sorted(slices.Values(walked)), all) {
					t.Errorf("%s%s by %d: %v", path, order, count, walked)
				}
				for _, first := range []int{0, 1} {
					if first == 0 && path == "/v2/Users" || count == 1 { // whose every startIndex is an offset
						continue
					}
					var paged []string
					for start := first; start <= len(all); start += count {
						page, _ := s.ids(t, path, fmt.Sprintf("startIndex=%d&count=%d%s", start, count, order))
						paged = append(paged, page...)
					}
					if !slices.Equal(paged, ids) {
						t.Errorf("%s%s by %d from %d: %v", path, order, count, first, paged)
					}
				}
			}
		}
	}
}

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

// TestSearchEverything: a search at the root finds users, for those who may list
// them.
func TestSearchEverything(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createUsers(t, user.User{ID: "u1", UserName: "audit", DisplayName: "Zed", Active: true}, user.User{ID: "u2", UserName: "other", Active: true, Roles: []user.Role{{ID: "RL_RFE"}}})
	s.permit(t, "lister", unlimited(permission.ReadReferenceData)...)
	s.permit(t, "users", unlimited(permission.ReadUser)...)
	const roles, sets = "RL_AUDITV RL_CFGMGR RL_CONFIG RL_DEVADM RL_HELPDSK RL_RFE RL_RGWADM RL_SADMIN RL_SSPADM RL_STPADM RL_SUSRADM RL_SYSTEM RL_USERADM ROLE_LISTER ROLE_USERS", "FS_AUDITV FS_LISTER FS_RLASG FS_SADMIN FS_USERADM FS_USERS"
	tests := []struct{ principal, members, want string }{
		{admin, ``, roles + " " + sets + " u1 u2"},
		{"lister", ``, roles + " " + sets},
		{"users", ``, "u1 u2"},
		{admin, `,"filter":"userName eq \"audit\" or name co \"audit\""`, "RL_AUDITV FS_AUDITV u1"},
		{"lister", `,"filter":"userName eq \"audit\" or name co \"audit\""`, "RL_AUDITV FS_AUDITV"},
		{"users", `,"filter":"userName eq \"audit\" or name co \"audit\""`, "u1"},
		{"lister", `,"filter":"userName eq \"audit\""`, ""},
		{admin, `,"filter":"roles.value eq \"RL_RFE\""`, "u2"},
		{admin, `,"filter":"displayName pr","sortBy":"userName"`, "u1"},
		{admin, `,"filter":"userName pr","sortBy":"userName","sortOrder":"descending"`, "u2 u1"},
		{"lister", `,"filter":"id sw \"RL_S\"","sortBy":"userName"`, "RL_SADMIN RL_SSPADM RL_STPADM RL_SUSRADM RL_SYSTEM"},
		{admin, `,"filter":"meta.resourceType eq \"User\""`, "u1 u2"},
	}
	for _, test := range tests {
		for _, base := range []string{"/v2", "/acme/v2"} {
			c := call{principal: test.principal, method: "POST", path: base + "/.search", body: "{" + searchSchema + test.members + "}"}
			if got := strings.Join(idsOf(s.do(t, c).is(200)), " "); got != test.want {
				t.Errorf("%s %s: got %q, want %q", test.principal, test.members, got, test.want)
			}
			for _, count := range []int{1, 2, 16} {
				var walked []string
				for cursor, more := "", true; more; more = cursor != "" {
					c.body = fmt.Sprintf(`{%s%s,"count":%d,"cursor":%q}`, searchSchema, test.members, count, cursor)
					var list struct{ NextCursor string }
					a := s.do(t, c).is(200)
					a.json(&list)
					cursor, walked = list.NextCursor, append(walked, idsOf(a)...)
				}
				if got := strings.Join(walked, " "); got != test.want {
					t.Errorf("%s %s by %d: got %q", test.principal, test.members, count, got)
				}
			}
		}
	}
	whole := s.do(t, call{path: "/v2/Users/u2"}).is(200)
	if a := s.do(t, call{method: "POST", path: "/v2/.search", body: "{" + searchSchema + `,"filter":"id eq \"u2\""}`}).is(200); !strings.Contains(a.body, whole.body) {
		t.Errorf("the user is not whole: %s", a.body)
	}
	s.do(t, call{principal: nobody, method: "POST", path: "/v2/.search", body: "{" + searchSchema + "}"}).fails("/v2", 403, "", 0, "R_REFDATA")
	// A cursor is good for the types that the caller may list.
	body := fmt.Sprintf(`{%s,"count":1,"cursor":%%q}`, searchSchema)
	var list struct{ NextCursor string }
	s.do(t, call{principal: "users", method: "POST", path: "/v2/.search", body: fmt.Sprintf(body, "")}).is(200).json(&list)
	addPrincipal(t, s.Store, "acme", "users", "RL_AUDITV")
	s.do(t, call{principal: "users", method: "POST", path: "/v2/.search", body: fmt.Sprintf(body, list.NextCursor)}).fails("/v2", 400, "invalidCursor", 0, "")
}

// readUsers counts the users that are read.
type readUsers struct {
	*dynamo.Store
	read atomic.Int64
}

func (r *readUsers) User(ctx context.Context, t tenant.ID, id string) (user.User, error) {
	r.read.Add(1)
	return r.Store.User(ctx, t, id)
}

func (r *readUsers) UserByName(ctx context.Context, t tenant.ID, userName string) (user.User, error) {
	r.read.Add(1)
	return r.Store.UserByName(ctx, t, userName)
}

func (r *readUsers) Users(ctx context.Context, t tenant.ID, in resource.Span, limit int) ([]user.User, bool, error) {
	page, more, err := r.Store.Users(ctx, t, in, limit)
	r.read.Add(int64(len(page)))
	return page, more, err
}

func (r *readUsers) UsersBy(ctx context.Context, t tenant.ID, index user.Index, value string, in resource.Span, limit int) ([]user.User, bool, error) {
	page, more, err := r.Store.UsersBy(ctx, t, index, value, in, limit)
	r.read.Add(int64(len(page)))
	return page, more, err
}

func (r *readUsers) UsersFrom(ctx context.Context, t tenant.ID, skipped, limit int) ([]user.User, error) {
	page, err := r.Store.UsersFrom(ctx, t, skipped, limit)
	r.read.Add(int64(len(page)))
	return page, err
}

// TestUsersReadLittle: what an index leads to, and a page, is read without others.
func TestUsersReadLittle(t *testing.T) {
	t.Parallel()
	s := newService(t)
	users := numberedUsers(60)
	for i := range users {
		users[i].ExternalID, users[i].Emails = fmt.Sprint("e", i), []user.Value{{Value: fmt.Sprintf("m%d@x", i/2), Type: []string{"work", "home"}[i%2]}}
		if i%20 == 0 {
			users[i].Roles = []user.Role{{ID: "RL_RFE"}}
		}
	}
	s.createUsers(t, users...)
	counted := &readUsers{Store: s.Store}
	counting := serve(t, s.Store, api.Dependencies{Roles: s.Store, PermissionSets: s.Store, Users: counted, Grants: s.Store})
	tests := map[string]struct{ rows, read int }{
		`filter=userName eq "USER 7"`:                                      {1, 1},
		`filter=userName eq "user 7" and active eq false`:                  {0, 1},
		`filter=userName eq "no such user"`:                                {0, 1},
		`filter=externalId eq "e7"`:                                        {1, 1},
		`filter=externalId eq "none"`:                                      {0, 0},
		`filter=emails.value eq "M3@x"`:                                    {2, 2},
		`filter=emails[type eq "home"].value eq "m3@x"`:                    {1, 2},
		`filter=emails[type eq "home" and value eq "m3@x"]`:                {1, 2},
		`filter=emails eq "m3@x" and userName co "7"`:                      {1, 2},
		`filter=roles.value eq "RL_RFE"`:                                   {3, 3},
		`filter=roles[value eq "RL_RFE"] and not (userName eq "user 0")`:   {2, 3},
		`filter=roles.display eq "radius FRONT end"`:                       {3, 3},
		`filter=roles.display eq "no such role"`:                           {0, 0},
		`filter=roles.value eq "RL_RFE"&sortBy=userName&count=1`:           {1, 3},
		`filter=id eq "u00007"`:                                            {1, 1},
		`filter=roles.value eq "RL_RFE" and id gt "u00010"`:                {2, 2},
		`filter=meta.resourceType eq "Role"`:                               {0, 0},
		`count=5`:                                                          {5, 5},
		`count=5&startIndex=41`:                                            {5, 5},
		`count=5&cursor`:                                                   {5, 6},
		`count=0`:                                                          {0, 0},
		`filter=roles.value eq "RL_RFE"&count=2&cursor`:                    {2, 3},
		`filter=roles.value eq "RL_RFE"&count=2&cursor&attributes=id`:      {2, 3},
		`filter=userName eq "user 7" or externalId eq "e8"&count=1`:        {1, 60}, // no index leads to both
		`filter=not (roles.value eq "RL_RFE")&count=0`:                     {0, 60},
		`filter=roles.value eq "RL_RFE" or roles.value eq "RL_SADMIN"`:     {3, 60},
		`filter=emails.value sw "m3@x"`:                                    {2, 60},
		`filter=userName eq "user 7" and roles.value eq "RL_RFE"`:          {0, 1},
		`filter=externalId eq "e20" and roles.value eq "RL_RFE"&sortBy=id`: {1, 1},
	}
	for _, query := range slices.Sorted(maps.Keys(tests)) {
		want := tests[query]
		counted.read.Store(0)
		a := counting.do(t, call{path: "/v2/Users?" + strings.NewReplacer(" ", "%20", `"`, "%22").Replace(query)}).is(200)
		if rows, read := len(idsOf(a)), int(counted.read.Load()); rows != want.rows || read != want.read {
			t.Errorf("%s: %d rows of %d users read, want %d of %d", query, rows, read, want.rows, want.read)
		}
	}
}

// TestSearchReadsNoOthers: a search reads no users for what users do not have.
func TestSearchReadsNoOthers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createUsers(t, numberedUsers(3)...)
	counted := &readUsers{Store: s.Store}
	counting := serve(t, s.Store, api.Dependencies{Roles: s.Store, PermissionSets: s.Store, Users: counted, Grants: s.Store})
	for _, test := range []struct {
		filter string
		rows   int
		read   int64
	}{
		{`name co \"audit\"`, 2, 0}, {`updatePermissionSet eq true and id sw \"RL_A\"`, 1, 0}, {`permissionSetItems.id eq \"R_AUDIT\" or name eq \"Help Desk\"`, 3, 0},
		{`userName eq \"user 1\" or name eq \"Help Desk\"`, 2, 3}, {`not (name co \"a\") and id sw \"u0\"`, 3, 3},
	} {
		counted.read.Store(0)
		a := counting.do(t, call{method: "POST", path: "/v2/.search", body: `{` + searchSchema + `,"filter":"` + test.filter + `"}`}).is(200)
		if len(idsOf(a)) != test.rows || counted.read.Load() != test.read {
			t.Errorf("%s: %d rows of %d users", test.filter, len(idsOf(a)), counted.read.Load())
		}
	}
}

// manyUsers says that there are more users than are read at once.
type manyUsers struct{ *dynamo.Store }

func (manyUsers) CountUsers(context.Context, tenant.ID) (int, error) { return 10_001, nil }

// TestTooManyUsers: what would read too much says what reads little.
func TestTooManyUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createUsers(t, numberedUsers(3)...)
	many := serve(t, s.Store, api.Dependencies{Roles: s.Store, PermissionSets: s.Store, Users: manyUsers{s.Store}, Grants: s.Store})
	for _, query := range []string{"sortBy=userName", "filter=active+eq+true", "filter=active+eq+true&count=0&cursor"} {
		many.do(t, call{path: "/v2/Users?" + query}).fails("/v2", 400, "tooMany", 0, "userName eq")
	}
	for _, query := range []string{"", "filter=userName+eq+%22user+1%22", "filter=externalId+eq+%22x%22&sortBy=title", "filter=active+eq+true&cursor", "count=0"} {
		many.do(t, call{path: "/v2/Users?" + query}).is(200)
	}
}

// TestLongUsers: a page that an answer cannot hold is refused by index and cut by
// cursor.
func TestLongUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	long := strings.Repeat("x", user.MaxTextLength)
	const users = 110
	for i := range users {
		u := user.User{ID: fmt.Sprintf("%032x", i), UserName: fmt.Sprint("long ", i), Active: true}
		for j := range user.MaxValues {
			u.PhoneNumbers = append(u.PhoneNumbers, user.Value{Value: fmt.Sprint(j, long)[:user.MaxTextLength], Display: long, Type: long})
			u.Entitlements = append(u.Entitlements, user.Value{Value: fmt.Sprint(j, long)[:user.MaxTextLength], Display: long, Type: long})
		}
		if _, err := s.CreateUser(t.Context(), tenantID(t, "acme"), operator, u); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"/v2/Users", "/acme/v2/Users?startIndex=1", "/v2/Users?sortBy=userName"} {
		s.do(t, call{path: path}).fails(path, 400, "tooMany", 0, "send a smaller count")
	}
	if n := len(idsOf(s.do(t, call{path: "/v2/Users?count=50"}).is(200))); n != 50 {
		t.Errorf("a page of 50 has %d", n)
	}
	walked, cursor := 0, ""
	for pages := 0; pages == 0 || cursor != ""; pages++ {
		a := s.do(t, call{path: "/v2/Users?count=100&cursor=" + cursor}).is(200)
		var page struct {
			Resources  []struct{ ID string }
			NextCursor string
		}
		a.json(&page)
		walked, cursor = walked+len(page.Resources), page.NextCursor
		if len(a.body) > 6_000_000 {
			t.Errorf("a page of %d bytes", len(a.body))
		}
	}
	if walked != users {
		t.Errorf("walked over %d users", walked)
	}
}
