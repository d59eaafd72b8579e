package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

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
