package dynamo_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// ordinary is a user as directories know them.
func ordinary(id string) user.User {
	return user.User{
		ID: id, ExternalID: "00u1abcd2EFGHijkl3m7-" + id, UserName: id + "@example.com", DisplayName: "Barbara Jensen", Active: true,
		Name:       user.Name{FamilyName: "Jensen", GivenName: "Barbara"},
		Emails:     []user.Value{{Value: id + "@example.com", Type: "work", Primary: true}},
		Enterprise: user.Enterprise{EmployeeNumber: "701984", Department: "Tour Operations", Manager: user.Manager{Value: "26118915"}},
	}
}

func TestCostOfOneUser(t *testing.T) {
	t.Parallel()
	store, u, acme := open(t)
	r, err := store.CreateRole(t.Context(), acme, actor, role.Role{ID: "NEWROLE", Name: "New Role", Description: strings.Repeat("my new role ", 20)})
	if err != nil {
		t.Fatal(err)
	}
	u.Take()
	const id = "5f0c7a1e9b3d4c2a8e6f1d0b7a9c3e5f"
	one := ordinary(id)
	one.ExternalID = ""
	if _, err := store.CreateUser(t.Context(), acme, actor, one); err != nil {
		t.Fatal(err)
	}
	atMost(t, u, "create user", 0, 10)
	if _, err := store.CreateUser(t.Context(), acme, actor, ordinary("7"+id[1:])); err != nil {
		t.Fatal(err)
	}
	atMost(t, u, "create user with an externalId", 0, 12)
	if _, err := store.User(t.Context(), acme, id); err != nil {
		t.Fatal(err)
	}
	atMost(t, u, "get user", 0.5, 0)
	if _, err := store.UserByName(t.Context(), acme, one.UserName); err != nil {
		t.Fatal(err)
	}
	atMost(t, u, "look a user up by its name", 2, 0)
	for _, step := range []struct {
		what   string
		change func(*user.User)
		write  float64
	}{
		{"assign a role", func(u *user.User) { u.Roles = []user.Role{{ID: r.ID, Created: r.Created}} }, 8},
		{"change nothing", func(*user.User) {}, 0},
		{"change a title", func(u *user.User) { u.Title = "Tour Guide" }, 4},
		{"change a userName's spelling", func(u *user.User) { u.UserName = strings.ToUpper(u.UserName) }, 4},
		{"change a userName", func(u *user.User) { u.UserName = "bjensen" }, 8},
		{"change an email", func(u *user.User) { u.Emails[0].Value = "babs@example.com" }, 8},
		{"change an email's spelling", func(u *user.User) { u.Emails[0].Value = "Babs@example.com" }, 4},
		{"take a role", func(u *user.User) { u.Roles = nil }, 6},
	} {
		if _, err := store.UpdateUser(t.Context(), acme, actor, id, changing(step.change)); err != nil {
			t.Fatal(err)
		}
		atMost(t, u, step.what, 1, step.write)
	}
	if err := store.DeleteUser(t.Context(), acme, actor, id, unchecked); err != nil {
		t.Fatal(err)
	}
	atMost(t, u, "delete user", 1, 10)
}

// usersOf makes a tenant with n users, of whom 20 hold a role and share an address
// and an externalId.
func usersOf(t *testing.T, n int) (*dynamo.Store, *capacity.Meter, tenant.ID) {
	t.Helper()
	store, u, acme := open(t)
	r, err := store.CreateRole(t.Context(), acme, actor, role.Role{ID: "NEWROLE", Name: "New Role"})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(7, 11))
	users := make([]user.User, n)
	for i := range users {
		users[i] = ordinary(fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64()))
		if i < 20 {
			users[i].ExternalID = "shared"
			users[i].Emails = append(users[i].Emails, user.Value{Value: "shared@example.com"})
			users[i].Roles = []user.Role{{ID: r.ID, Created: r.Created}}
		}
	}
	if err := store.PutUsers(t.Context(), acme, users); err != nil {
		t.Fatal(err)
	}
	u.Take()
	return store, u, acme
}

// TestCostOfUserLists: a page costs what is on it, and not what other users there
// are.
func TestCostOfUserLists(t *testing.T) {
	t.Parallel()
	small, smallUnits, acme := usersOf(t, 20)
	large, largeUnits, _ := usersOf(t, 1020)
	for _, page := range []struct {
		what string
		read func(*dynamo.Store) ([]user.User, error)
		n    int
		most float64
	}{
		{"20 users by role", by(acme, user.ByRole, "NEWROLE", 20), 20, 22},
		{"20 users by email", by(acme, user.ByEmail, "SHARED@example.com", 20), 20, 21},
		{"20 users by externalId", by(acme, user.ByExternalID, "shared", 20), 20, 21},
		{"5 users by role", by(acme, user.ByRole, "NEWROLE", 5), 5, 7},
		{"nobody by email", by(acme, user.ByEmail, "nobody@example.com", 20), 0, 1},
		{"nobody by role", by(acme, user.ByRole, "NONE", 20), 0, 1},
		{"a page of 20 users", func(s *dynamo.Store) ([]user.User, error) {
			users, _, err := s.Users(t.Context(), acme, resource.Span{}, 20)
			return users, err
		}, 20, 4},
	} {
		var read [2]float64
		for i, store := range []*dynamo.Store{small, large} {
			users, err := page.read(store)
			if err != nil || len(users) != page.n {
				t.Errorf("%s: %d, %v", page.what, len(users), err)
			}
			read[i] = []*capacity.Meter{smallUnits, largeUnits}[i].Take().Read
		}
		t.Logf("%s: %.1f read units", page.what, read[1])
		if read[1] > read[0] || read[1] > page.most {
			t.Errorf("%s: %.1f read units of 20 users, %.1f of 1,020, at most %.1f are allowed", page.what, read[0], read[1], page.most)
		}
	}
	if n, err := large.CountUsers(t.Context(), acme); n != 1020 || err != nil {
		t.Errorf("CountUsers = %d, %v", n, err)
	}
	atMost(t, largeUnits, "count 1,020 users", 4, 0)
	for _, skipped := range []int{0, 500, 1000} {
		users, err := large.UsersFrom(t.Context(), acme, skipped, 20)
		if len(users) != 20 || err != nil {
			t.Errorf("UsersFrom(%d) = %d users, %v", skipped, len(users), err)
		}
		atMost(t, largeUnits, fmt.Sprintf("20 users without the first %d", skipped), 9, 0)
	}
}

func by(in tenant.ID, index user.Index, value string, limit int) func(*dynamo.Store) ([]user.User, error) {
	return func(s *dynamo.Store) ([]user.User, error) {
		users, _, err := s.UsersBy(context.Background(), in, index, value, resource.Span{}, limit)
		return users, err
	}
}
