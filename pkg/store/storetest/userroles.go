package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/user"
)

// testUserUnknownRole: nothing is stored of what gives a role that does not exist,
// or that another one has replaced.
func testUserUnknownRole(t *testing.T, f fixture) {
	a := hold(f.create(t, f.acme, "A"))
	gone := hold(f.create(t, f.acme, "GONE"))
	f.delete(t, f.acme, "GONE")
	replaced := hold(f.create(t, f.acme, "AGAIN"))
	f.delete(t, f.acme, "AGAIN")
	time.Sleep(2 * time.Millisecond)
	f.create(t, f.acme, "AGAIN")
	theirs := hold(f.create(t, f.acmeEU, "THEIRS"))
	before := f.createUser(t, user.User{ID: "01", UserName: "a"})
	for _, unknown := range []user.Role{gone, replaced, theirs, {ID: "NONE", Created: a.Created}} {
		_, creating := f.CreateUser(t.Context(), f.acme, actor, user.User{
			ID: "02", UserName: "b", ExternalID: "x", Emails: emails("x@example.com"), Roles: []user.Role{a, unknown},
		})
		_, updating := f.UpdateUser(t.Context(), f.acme, actor, "01", changing(func(u *user.User) {
			u.UserName, u.ExternalID, u.Emails, u.Roles = "c", "x", emails("x@example.com"), []user.Role{a, unknown}
		}))
		for _, err := range []error{creating, updating} {
			wantUnknownRole(t, err)
			if !strings.Contains(err.Error(), unknown.ID) {
				t.Errorf("%v does not name %s", err, unknown.ID)
			}
		}
	}
	f.wantUsers(t, "01")
	f.wantFound(t, found{})
	if after := f.user(t, "01"); !reflect.DeepEqual(after, before) {
		t.Errorf("refused changes made %+v of %+v", after, before)
	}
	for _, name := range []string{"b", "c"} {
		if _, err := f.UserByName(t.Context(), f.acme, name); !errors.Is(err, resource.ErrNotFound) {
			t.Errorf("UserByName(%s) = %v", name, err)
		}
	}
}

// testUserDeletedRole: whoever holds a role that is deleted can still be changed,
// and does not hold the role that gets its id.
func testUserDeletedRole(t *testing.T, f fixture) {
	first := hold(f.create(t, f.acme, "A"))
	b := hold(f.create(t, f.acme, "B"))
	f.createUser(t, user.User{ID: "01", UserName: "a", Roles: []user.Role{first, b}})
	f.createUser(t, user.User{ID: "02", UserName: "b", Roles: []user.Role{first}})
	f.wantFound(t, found{role: "01 02"})
	f.delete(t, f.acme, "A")
	f.wantFound(t, found{})
	if u := f.updateUser(t, "01", func(u *user.User) { u.Title = "x" }); len(u.Roles) != 2 || u.Version != 2 {
		t.Errorf("a change that keeps a deleted role: %+v", u)
	}
	time.Sleep(2 * time.Millisecond)
	second := hold(f.create(t, f.acme, "A"))
	f.wantFound(t, found{})
	f.updateUser(t, "01", func(u *user.User) { u.Title = "y" })
	f.wantFound(t, found{})
	u := f.updateUser(t, "01", func(u *user.User) { u.Roles = []user.Role{b, second, first} }) // the first of one id counts
	if !reflect.DeepEqual(u.Roles, []user.Role{second, b}) {
		t.Errorf("holds %+v", u.Roles)
	}
	f.wantFound(t, found{role: "01"})
	f.deleteUser(t, "02")
	f.wantFound(t, found{role: "01"})
	f.updateUser(t, "01", func(u *user.User) { u.Roles = u.Roles[1:] })
	f.wantFound(t, found{})
	if got := f.usersBy(t, user.ByRole, "B"); got != "01" {
		t.Errorf("a role that stays: %q", got)
	}
	for _, id := range []string{"NONE", "", "A#", strings.Repeat("A", 3000)} {
		if got := f.usersBy(t, user.ByRole, id); got != "" {
			t.Errorf("UsersBy(%.20s) = %q", id, got)
		}
	}
}

// testUserRoleRace gives a role while it is deleted: either nobody holds it, or
// whoever was given it before.
func testUserRoleRace(t *testing.T, f fixture) {
	a := hold(f.create(t, f.acme, "A"))
	f.createUser(t, user.User{ID: "00", UserName: "00"})
	errs := together(5, func(i int) error {
		switch id := fmt.Sprint("0", i); i {
		case 0:
			_, err := f.UpdateUser(t.Context(), f.acme, actor, id, changing(func(u *user.User) { u.Roles = []user.Role{a} }))
			return err
		case 1:
			return f.DeleteRole(t.Context(), f.acme, actor, "A", anyRole)
		default:
			_, err := f.CreateUser(t.Context(), f.acme, actor, user.User{ID: id, UserName: id, Roles: []user.Role{a}})
			return err
		}
	})
	want := []string{"00"}
	for i, err := range errs {
		switch {
		case err != nil && i == 1:
			t.Fatal(err)
		case err != nil:
			wantUnknownRole(t, err)
		case i > 1:
			want = append(want, fmt.Sprint("0", i))
		}
	}
	f.wantUsers(t, strings.Join(want, " "))
	if holds := len(f.user(t, "00").Roles) == 1; holds != (errs[0] == nil) {
		t.Errorf("00 holds the role: %t, %v", holds, errs[0])
	}
	f.wantFound(t, found{})
}

// testMaximalUser: a user who has all that a user can have is given it in several
// requests, and goes in one.
func testMaximalUser(t *testing.T, f fixture) {
	long := func(i int) string { return fmt.Sprintf("%03d", i) + strings.Repeat("\U0001F600", user.MaxTextLength-3) }
	values := func(n int) []user.Value {
		all := make([]user.Value, n)
		for i := range all {
			all[i] = user.Value{Value: long(i), Display: long(i), Type: long(i)}
		}
		return all
	}
	x := long(0)
	u := user.User{
		ID: "01", ExternalID: x, UserName: x, DisplayName: x, Title: x, UserType: x, Locale: x, Timezone: x,
		Name:   user.Name{Formatted: x, FamilyName: x, GivenName: x, MiddleName: x, HonorificPrefix: x, HonorificSuffix: x},
		Emails: values(user.MaxEmails), PhoneNumbers: values(user.MaxValues), Entitlements: values(user.MaxValues),
		Enterprise: user.Enterprise{
			EmployeeNumber: x, CostCenter: x, Organization: x, Division: x, Department: x, Manager: user.Manager{Value: x, DisplayName: x},
		},
	}
	var roles []user.Role
	for i := range 2 * user.MaxRoles {
		r := hold(f.create(t, f.acme, fmt.Sprintf("%0*d", resource.MaxCodeLength, i)))
		r.Type = long(i)
		roles = append(roles, r)
	}
	if err := u.Validate(); err != nil {
		t.Fatal(err)
	}
	tooMany := u
	tooMany.Roles = roles[:user.MaxRoles]
	_, err := f.CreateUser(t.Context(), f.acme, actor, tooMany)
	wantTooMany(t, err, "43 roles")
	f.wantUsers(t, "")
	u.Roles = roles[:43]
	f.createUser(t, u)
	u = f.updateUser(t, "01", func(u *user.User) { u.Roles = roles[:user.MaxRoles] })
	if err := u.Validate(); err != nil || len(u.Roles) != user.MaxRoles {
		t.Errorf("%d roles, %v", len(u.Roles), err)
	}
	// The most other actions there are beside those of roles: all ways change, and
	// a proof of three checks.
	admin, err := f.Role(t.Context(), f.acme, "RL_SADMIN")
	if err != nil {
		t.Fatal(err)
	}
	set, err := f.PermissionSet(t.Context(), f.acme, "FS_SADMIN")
	if err != nil {
		t.Fatal(err)
	}
	proof := resource.Proof{
		Principal: "administrator", Role: "RL_SADMIN",
		Roles: map[string]resource.Meta{"RL_SADMIN": admin.Meta}, Sets: map[string]resource.Meta{"FS_SADMIN": set.Meta},
	}
	replace := func(given, kept int) error {
		_, err := f.UpdateUser(t.Context(), f.acme, actor, "01", func(u user.User) (user.User, resource.Proof, error) {
			u.UserName, u.ExternalID, u.Emails = "x", "x", emails("x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8")
			u.Roles = slices.Concat(u.Roles[:kept], roles[user.MaxRoles:][:given])
			return u, proof, nil
		})
		return err
	}
	wantTooMany(t, replace(1, 0), "37 roles, or take 75; this one gives 1 and takes 75")
	if after := f.user(t, "01"); !reflect.DeepEqual(after, u) {
		t.Error("a refused change changed the user")
	}
	if err := f.DeleteUser(t.Context(), f.acme, actor, "01", func(user.User) (resource.Proof, error) { return proof, nil }); err != nil {
		t.Fatal(err)
	}
	u.Roles = roles[:43]
	f.createUser(t, u)
	f.updateUser(t, "01", func(u *user.User) { u.Roles = roles[:user.MaxRoles] })
	if err := replace(0, 0); err != nil {
		t.Errorf("all roles are taken: %v", err)
	}
	f.wantFound(t, found{externalID: "01"})
}

func wantTooMany(t *testing.T, err error, detail string) {
	t.Helper()
	var value *resource.ValueError
	if !errors.As(err, &value) || value.Attribute != "roles" || value.Problem != resource.TooLong || !strings.Contains(value.Detail, detail) {
		t.Errorf("%v, want a ValueError that says %q", err, detail)
	}
}
