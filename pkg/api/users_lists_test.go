package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
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
