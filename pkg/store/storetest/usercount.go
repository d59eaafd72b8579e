package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/user"
)

// wantUsers: acme has these users, and counts them right.
func (f fixture) wantUsers(t *testing.T, ids string) {
	t.Helper()
	all := f.allUsers(t)
	n, err := f.CountUsers(t.Context(), f.acme)
	if userIDs(all) != ids || n != len(all) || err != nil {
		t.Errorf("users %q, and CountUsers = %d, %v; want %q", userIDs(all), n, err, ids)
	}
	if from, err := f.UsersFrom(t.Context(), f.acme, 0, 100); userIDs(from) != ids || err != nil {
		t.Errorf("UsersFrom = %q, %v; want %q", userIDs(from), err, ids)
	}
}

// testUsersFrom: whatever is skipped, the rest is that of all users.
func testUsersFrom(t *testing.T, f fixture) {
	f.wantUsers(t, "")
	for i, id := range strings.Fields("00 000 0001 00ff 01 0100 7f 7f7f 80 8 ff00 ff01 ff02 ff03 ffff 1 12 123 1234 a-b _") {
		f.createUser(t, user.User{ID: id, UserName: fmt.Sprint("user ", i)})
	}
	for _, gone := range []string{"01", "0100", "ff02"} { // a count of none, and one that is less
		f.deleteUser(t, gone)
	}
	all := f.allUsers(t)
	if len(all) != 18 {
		t.Fatalf("%d users", len(all))
	}
	f.wantUsers(t, userIDs(all))
	for skipped := range len(all) + 2 {
		for _, limit := range []int{1, 4, 100} {
			want := all[min(skipped, len(all)):min(skipped+limit, len(all))]
			got, err := f.UsersFrom(t.Context(), f.acme, skipped, limit)
			if userIDs(got) != userIDs(want) || len(want) > 0 && !reflect.DeepEqual(got, want) || err != nil {
				t.Errorf("UsersFrom(%d, %d) = %q, %v; want %q", skipped, limit, userIDs(got), err, userIDs(want))
			}
		}
	}
}

// testCountUsersRace: whoever creates and deletes at the same time, the count is
// that of the users.
func testCountUsersRace(t *testing.T, f fixture) {
	const users = 12
	id := func(i int) string { return fmt.Sprintf("0%d%02d", i%2, i) }
	create := func(i int) error {
		_, err := f.CreateUser(t.Context(), f.acme, actor, user.User{ID: id(i), UserName: id(i)})
		return err
	}
	errs := together(users, create)
	errs = append(errs, together(users, func(i int) error {
		if i%3 == 0 {
			return create(users + i)
		}
		return f.DeleteUser(t.Context(), f.acme, actor, id(i), anyUser)
	})...)
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	all := f.allUsers(t)
	if len(all) != 8 {
		t.Errorf("%d users", len(all))
	}
	f.wantUsers(t, userIDs(all))
}

// testUsersApart: nothing of a tenant's users is seen, or stands in the way, in
// another one.
func testUsersApart(t *testing.T, f fixture) {
	a := hold(f.create(t, f.acmeEU, "A"))
	mine := user.User{ID: "01", UserName: "a", ExternalID: "x", Emails: emails("x@example.com")}
	theirs := mine
	theirs.Roles = []user.Role{a}
	for _, id := range []string{"01", "02"} {
		theirs.ID, theirs.UserName = id, "user "+id
		if _, err := f.CreateUser(t.Context(), f.acmeEU, actor, theirs); err != nil {
			t.Fatal(err)
		}
	}
	f.wantUsers(t, "")
	f.wantFound(t, found{})
	mine.UserName = "user 02"
	f.createUser(t, mine)
	f.wantUsers(t, "01")
	f.wantFound(t, found{externalID: "01", email: "01"})
	f.deleteUser(t, "01")
	for _, id := range []string{"01", "02"} {
		u, err := f.User(t.Context(), f.acmeEU, id)
		byName, errByName := f.UserByName(t.Context(), f.acmeEU, "user "+id)
		if u.ID != id || byName.ID != id || err != nil || errByName != nil {
			t.Errorf("acme-eu has %+v, %v, and by name %+v, %v", u, err, byName, errByName)
		}
	}
	byRole, _, err := f.UsersBy(t.Context(), f.acmeEU, user.ByRole, "A", resource.Span{}, 10)
	if userIDs(byRole) != "01 02" || err != nil {
		t.Errorf("acme-eu: UsersBy = %q, %v", userIDs(byRole), err)
	}
	if n, err := f.CountUsers(t.Context(), f.acmeEU); n != 2 || err != nil {
		t.Errorf("acme-eu: CountUsers = %d, %v", n, err)
	}
}
