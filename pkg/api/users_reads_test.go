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
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

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
