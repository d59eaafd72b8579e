package storetest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/user"
)

// createUser stores a user of acme.
func (f fixture) createUser(t *testing.T, u user.User) user.User {
	t.Helper()
	created, err := f.CreateUser(t.Context(), f.acme, actor, u)
	if err != nil {
		t.Fatalf("create user %s: %v", u.ID, err)
	}
	return created
}

func (f fixture) updateUser(t *testing.T, id string, change func(*user.User)) user.User {
	t.Helper()
	u, err := f.UpdateUser(t.Context(), f.acme, actor, id, changing(change))
	if err != nil {
		t.Fatalf("update user %s: %v", id, err)
	}
	return u
}

func (f fixture) deleteUser(t *testing.T, id string) {
	t.Helper()
	if err := f.DeleteUser(t.Context(), f.acme, actor, id, anyUser); err != nil {
		t.Fatalf("delete user %s: %v", id, err)
	}
}

func anyUser(user.User) (resource.Proof, error) { return resource.Proof{}, nil }

func (f fixture) user(t *testing.T, id string) user.User {
	t.Helper()
	u, err := f.User(t.Context(), f.acme, id)
	if err != nil {
		t.Fatalf("read user %s: %v", id, err)
	}
	return u
}

// allUsers reads all users of acme, page by page.
func (f fixture) allUsers(t *testing.T) []user.User {
	t.Helper()
	var users []user.User
	for after, more := "", true; more; {
		var page []user.User
		var err error
		if page, more, err = f.Users(t.Context(), f.acme, resource.Span{}.Behind(after), 3); err != nil {
			t.Fatal(err)
		}
		if users = append(users, page...); len(page) > 0 {
			after = page[len(page)-1].ID
		}
	}
	return users
}

// userIDs writes the ids of users in a row.
func userIDs(users []user.User) string {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	return strings.Join(ids, " ")
}

// hold is a role as a user holds it.
func hold(r role.Role) user.Role { return user.Role{ID: r.ID, Created: r.Created} }

// emails are values of which only the addresses are of interest.
func emails(addresses ...string) []user.Value {
	values := make([]user.Value, len(addresses))
	for i, address := range addresses {
		values[i].Value = address
	}
	return values
}

// whole is a user who has every attribute.
func (f fixture) whole(t *testing.T, id string) user.User {
	t.Helper()
	a, b := hold(f.create(t, f.acme, "A")), hold(f.create(t, f.acme, "B"))
	b.Type, b.Primary = "temporary", true
	return user.User{
		ID: id, ExternalID: "e 1", UserName: "B.Jensen", DisplayName: "Babs Jensen", Title: "Tour Guide", UserType: "Employee",
		Locale: "en-US", Timezone: "America/Los_Angeles", Active: true,
		Name: user.Name{
			Formatted: "Ms. Barbara J Jensen, III", FamilyName: "Jensen", GivenName: "Barbara", MiddleName: "Jane",
			HonorificPrefix: "Ms.", HonorificSuffix: "III",
		},
		Emails: []user.Value{
			{Value: "bjensen@example.com", Display: "at work", Type: "work", Primary: true},
			{Value: "BJENSEN@example.com", Type: "home"},
			{Value: "babs@jensen.org"},
		},
		PhoneNumbers: []user.Value{{Value: "tel:+1-201-555-0123", Type: "work"}},
		Entitlements: []user.Value{{Value: "tours", Display: "Tours"}},
		Roles:        []user.Role{b, a},
		Enterprise: user.Enterprise{
			EmployeeNumber: "701984", CostCenter: "4130", Organization: "Universal Studios", Division: "Theme Park",
			Department: "Tour Operations", Manager: user.Manager{Value: "26118915", DisplayName: "John Smith"},
		},
	}
}

func testCreateUser(t *testing.T, f fixture) {
	u := f.whole(t, "0a01")
	created := f.createUser(t, u)
	want := u
	want.Roles = []user.Role{u.Roles[1], u.Roles[0]}
	want.Meta = resource.Meta{Version: 1, Created: created.Created, LastModified: created.Created}
	if !reflect.DeepEqual(created, want) || created.Created.IsZero() {
		t.Errorf("created %+v; want %+v", created, want)
	}
	if u.Roles[0].ID != "B" {
		t.Error("what was given is not as it was")
	}
	little := f.createUser(t, user.User{ID: "0a02", UserName: "little"})
	for _, want := range []user.User{created, little} {
		read, err := f.User(t.Context(), f.acme, want.ID)
		byName, errByName := f.UserByName(t.Context(), f.acme, strings.ToUpper(want.UserName))
		if !reflect.DeepEqual(read, want) || err != nil || !reflect.DeepEqual(byName, want) || errByName != nil {
			t.Errorf("User = %+v, %v; UserByName = %+v, %v; want %+v", read, err, byName, errByName, want)
		}
	}
	if all := f.allUsers(t); !reflect.DeepEqual(all, []user.User{created, little}) {
		t.Errorf("Users = %+v", all)
	}
	for _, id := range []string{"0A01", "0a0", "0a03"} {
		if _, err := f.User(t.Context(), f.acme, id); !errors.Is(err, resource.ErrNotFound) {
			t.Errorf("User(%s) = %v", id, err)
		}
	}
}

// testUserNames: names are compared without regard to case, and nothing is
// stored of a user whose name or id is taken.
func testUserNames(t *testing.T, f fixture) {
	f.createUser(t, user.User{ID: "01", UserName: "Straße"})
	a := hold(f.create(t, f.acme, "A"))
	for _, test := range []struct {
		id, name string
		want     error
	}{
		{"01", "another", resource.ErrIDTaken},
		{"01", "straße", resource.ErrIDTaken},
		{"02", "STRASSE", resource.ErrNameTaken},
		{"02", "Straße", resource.ErrNameTaken},
	} {
		_, err := f.CreateUser(t.Context(), f.acme, actor, user.User{
			ID: test.id, UserName: test.name, ExternalID: "x", Emails: emails("x@example.com"), Roles: []user.Role{a},
		})
		if !errors.Is(err, test.want) {
			t.Errorf("create %s %q = %v, want %v", test.id, test.name, err, test.want)
		}
	}
	f.wantUsers(t, "01")
	f.wantFound(t, found{})
	long := strings.Repeat("\u0390", user.MaxTextLength) // folds to three runes
	f.createUser(t, user.User{ID: "02", UserName: long})
	f.createUser(t, user.User{ID: "03", UserName: long[:len(long)-2] + "x"})
	for name, want := range map[string]string{"STRASSE": "01", long: "02", long[:len(long)-2] + "X": "03", "": "", "stra": "", long + "x": ""} {
		u, err := f.UserByName(t.Context(), f.acme, name)
		if u.ID != want || want == "" && !errors.Is(err, resource.ErrNotFound) || want != "" && err != nil {
			t.Errorf("UserByName(%.20q) = %q, %v; want %q", name, u.ID, err, want)
		}
	}
}

func testCreateUserRace(t *testing.T, f fixture) {
	won := 0
	for _, err := range together(8, func(i int) error {
		_, err := f.CreateUser(t.Context(), f.acme, actor, user.User{ID: fmt.Sprint("0", i), UserName: []string{"the same", "THE SAME"}[i%2], ExternalID: "x"})
		return err
	}) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, resource.ErrNameTaken):
			t.Errorf("CreateUser = %v", err)
		}
	}
	all := f.allUsers(t)
	if won != 1 || len(all) != 1 {
		t.Fatalf("%d of 8 won: %v", won, userIDs(all))
	}
	f.wantUsers(t, all[0].ID)
	f.wantFound(t, found{externalID: all[0].ID})
}

func testUpdateUser(t *testing.T, f fixture) {
	before := f.createUser(t, f.whole(t, "0a01"))
	after := f.updateUser(t, "0a01", func(u *user.User) {
		u.Title, u.Active, u.PhoneNumbers, u.Enterprise.Manager = "", false, nil, user.Manager{}
		u.Emails[0].Type, u.Roles[0].Type = "other", "lasting" // in what was given
		u.ID, u.Version = "0a02", 70                           // not to be changed
	})
	want := f.user(t, "0a01")
	if !reflect.DeepEqual(after, want) || after.Version != 2 || !after.Created.Equal(before.Created) || after.LastModified.Before(before.LastModified) {
		t.Errorf("updated to %+v, read as %+v", after, want)
	}
	if after.Title != "" || after.Active || after.PhoneNumbers != nil || after.Enterprise.Manager != (user.Manager{}) || after.Emails[0].Type != "other" || after.Roles[0].Type != "lasting" {
		t.Errorf("updated to %+v", after)
	}
	if after.Name != before.Name || after.Enterprise.Department != before.Enterprise.Department || !slices.Equal(after.Emails[1:], before.Emails[1:]) {
		t.Errorf("more has changed: %+v, before %+v", after, before)
	}
	if same := f.updateUser(t, "0a01", func(u *user.User) { slices.Reverse(u.Roles) }); !reflect.DeepEqual(same, after) || !reflect.DeepEqual(f.user(t, "0a01"), after) {
		t.Errorf("a change that changes nothing: %+v, want %+v", same, after)
	}
	refused := errors.New("refused")
	if _, err := f.UpdateUser(t.Context(), f.acme, actor, "0a01", func(u user.User) (user.User, resource.Proof, error) {
		return user.User{}, resource.Proof{}, refused
	}); !errors.Is(err, refused) {
		t.Errorf("UpdateUser = %v", err)
	}
	if _, err := f.UpdateUser(t.Context(), f.acme, actor, "0a02", changing(func(*user.User) {})); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("UpdateUser of nobody = %v", err)
	}
	f.updateUser(t, "0a01", func(u *user.User) {
		*u = user.User{UserName: u.UserName, ExternalID: "x", Emails: emails("x@example.com"), Roles: u.Roles[:1]}
	})
	f.wantFound(t, found{externalID: "0a01", email: "0a01", role: "0a01"})
	for _, index := range []user.Index{user.ByExternalID, user.ByEmail, user.ByRole} {
		for _, value := range []string{"e 1", "bjensen@example.com", "babs@jensen.org", "B"} {
			if got := f.usersBy(t, index, value); got != "" {
				t.Errorf("UsersBy(%s, %s) = %s", index, value, got)
			}
		}
	}
}

// testUpdateUserRace lets writers count in one user: none may be lost.
func testUpdateUserRace(t *testing.T, f fixture) {
	f.createUser(t, user.User{ID: "01", UserName: "a"})
	const writers = 6
	var roles []role.Role
	for i := range writers {
		roles = append(roles, f.create(t, f.acme, fmt.Sprint("R", i)))
	}
	for _, err := range together(writers, func(i int) error {
		_, err := f.UpdateUser(t.Context(), f.acme, actor, "01", changing(func(u *user.User) {
			u.Title += "+"
			u.Roles = append(u.Roles, hold(roles[i]))
		}))
		return err
	}) {
		if err != nil {
			t.Error(err)
		}
	}
	if u := f.user(t, "01"); len(u.Title) != writers || len(u.Roles) != writers || u.Version != writers+1 {
		t.Errorf("after %d writers: %+v", writers, u)
	}
	for _, r := range roles {
		if got := f.usersBy(t, user.ByRole, r.ID); got != "01" {
			t.Errorf("UsersBy(%s) = %q", r.ID, got)
		}
	}
	won := slices.DeleteFunc(together(writers, func(int) error {
		_, err := f.UpdateUser(t.Context(), f.acme, actor, "01", func(u user.User) (user.User, resource.Proof, error) {
			if u.Version != writers+1 {
				return user.User{}, resource.Proof{}, resource.ErrVersionMismatch
			}
			u.Title += "-"
			return u, resource.Proof{}, nil
		})
		return err
	}), func(err error) bool { return err != nil })
	if len(won) != 1 {
		t.Errorf("%d writers won with one version", len(won))
	}
}

func testRenameUser(t *testing.T, f fixture) {
	f.createUser(t, user.User{ID: "01", UserName: "a"})
	f.createUser(t, user.User{ID: "02", UserName: "b"})
	if _, err := f.UpdateUser(t.Context(), f.acme, actor, "01", changing(func(u *user.User) { u.UserName, u.ExternalID = "B", "x" })); !errors.Is(err, resource.ErrNameTaken) {
		t.Errorf("UpdateUser to a name that is taken = %v", err)
	}
	f.wantFound(t, found{})
	if u := f.updateUser(t, "01", func(u *user.User) { u.UserName = "A" }); u.UserName != "A" || u.Version != 2 {
		t.Errorf("another spelling: %+v", u)
	}
	if u, err := f.UserByName(t.Context(), f.acme, "a"); u.UserName != "A" || err != nil {
		t.Errorf("UserByName = %+v, %v", u, err)
	}
	f.updateUser(t, "01", func(u *user.User) { u.UserName = "free" })
	if _, err := f.CreateUser(t.Context(), f.acme, actor, user.User{ID: "03", UserName: "a"}); err != nil {
		t.Errorf("the old name is still held: %v", err)
	}
	if _, err := f.CreateUser(t.Context(), f.acme, actor, user.User{ID: "04", UserName: "FREE"}); !errors.Is(err, resource.ErrNameTaken) {
		t.Errorf("the new name is not held: %v", err)
	}
	f.wantUsers(t, "01 02 03")
}

// testRenameUserRace lets users take the same name: one gets it, and the others
// keep theirs.
func testRenameUserRace(t *testing.T, f fixture) {
	const users = 6
	for i := range users {
		f.createUser(t, user.User{ID: fmt.Sprint("0", i), UserName: fmt.Sprint("user ", i)})
	}
	winner := -1
	for i, err := range together(users, func(i int) error {
		_, err := f.UpdateUser(t.Context(), f.acme, actor, fmt.Sprint("0", i), changing(func(u *user.User) { u.UserName = []string{"the same", "THE SAME"}[i%2] }))
		return err
	}) {
		switch {
		case err == nil && winner >= 0:
			t.Errorf("%d and %d won", winner, i)
		case err == nil:
			winner = i
		case !errors.Is(err, resource.ErrNameTaken):
			t.Errorf("UpdateUser = %v", err)
		}
	}
	if u, err := f.UserByName(t.Context(), f.acme, "The Same"); u.ID != fmt.Sprint("0", winner) || err != nil {
		t.Errorf("UserByName = %+v, %v; %d won", u, err, winner)
	}
	for i := range users {
		u, err := f.UserByName(t.Context(), f.acme, fmt.Sprint("user ", i))
		if i == winner && !errors.Is(err, resource.ErrNotFound) || i != winner && (u.ID != fmt.Sprint("0", i) || u.Version != 1 || err != nil) {
			t.Errorf("UserByName(user %d) = %+v, %v; %d won", i, u, err, winner)
		}
	}
}

func testDeleteUser(t *testing.T, f fixture) {
	created := f.createUser(t, f.whole(t, "0a01"))
	refused := errors.New("refused")
	if err := f.DeleteUser(t.Context(), f.acme, actor, "0a01", func(u user.User) (resource.Proof, error) {
		if !reflect.DeepEqual(u, created) {
			t.Errorf("check sees %+v", u)
		}
		u.Roles[0].ID, u.Emails[0].Value = "Z", "z" // in what was given
		return resource.Proof{}, refused
	}); !errors.Is(err, refused) {
		t.Errorf("DeleteUser = %v", err)
	}
	if !reflect.DeepEqual(f.user(t, "0a01"), created) {
		t.Error("a refused delete changed the user")
	}
	won := 0
	for _, err := range together(6, func(int) error { return f.DeleteUser(t.Context(), f.acme, actor, "0a01", anyUser) }) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, resource.ErrNotFound):
			t.Errorf("DeleteUser = %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 6 deletes won", won)
	}
	f.wantUsers(t, "")
	if _, err := f.UserByName(t.Context(), f.acme, "b.jensen"); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("UserByName = %v", err)
	}
	for index, value := range map[user.Index]string{user.ByExternalID: "e 1", user.ByEmail: "bjensen@example.com", user.ByRole: "A"} {
		if got := f.usersBy(t, index, value); got != "" {
			t.Errorf("UsersBy(%s) = %s", index, got)
		}
	}
	f.createUser(t, user.User{ID: "0a02", UserName: "b.jensen"})
}

// testUserProofs: a user is changed while what that rests on is so, and otherwise
// asked about again, whether the transaction checks the role anyway or not.
func testUserProofs(t *testing.T, f fixture) {
	admin, err := f.Role(t.Context(), f.acme, "RL_SADMIN")
	if err != nil {
		t.Fatal(err)
	}
	f.createUser(t, user.User{ID: "01", UserName: "a"})
	holds := resource.Proof{Principal: "administrator", Role: admin.ID, Roles: map[string]resource.Meta{admin.ID: admin.Meta}}
	fails := resource.Proof{Roles: map[string]resource.Meta{admin.ID: {Version: 70, Created: admin.Created}}}
	for name, change := range map[string]func(*user.User){
		"rename":        func(u *user.User) { u.DisplayName += "x" },
		"give the role": func(u *user.User) { u.Roles = []user.Role{hold(admin)} },
		"take the role": func(u *user.User) { u.Roles = nil },
	} {
		f.updateUser(t, "01", func(u *user.User) {
			if u.Roles = nil; name == "take the role" {
				u.Roles = []user.Role{hold(admin)}
			}
		})
		before := f.user(t, "01")
		var proofs []resource.Proof
		if _, err := f.UpdateUser(t.Context(), f.acme, actor, "01", func(u user.User) (user.User, resource.Proof, error) {
			change(&u)
			proof := []resource.Proof{fails, fails, holds}[len(proofs)]
			proofs = append(proofs, proof)
			return u, proof, nil
		}); len(proofs) != 3 || err != nil {
			t.Errorf("%s: asked %d times, %v", name, len(proofs), err)
		}
		if u := f.user(t, "01"); u.Version != before.Version+1 {
			t.Errorf("%s: version %d after %d", name, u.Version, before.Version)
		}
	}
	asked := 0
	if err := f.DeleteUser(t.Context(), f.acme, actor, "01", func(user.User) (resource.Proof, error) {
		asked++
		return []resource.Proof{fails, holds}[asked-1], nil
	}); asked != 2 || err != nil {
		t.Errorf("DeleteUser asked %d times, %v", asked, err)
	}
}
