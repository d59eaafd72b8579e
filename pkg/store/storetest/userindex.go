package storetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/user"
)

// usersBy returns the ids of the users of acme whom an index leads to, page by
// page.
func (f fixture) usersBy(t *testing.T, index user.Index, value string) string {
	t.Helper()
	var users []user.User
	for in, more := (resource.Span{}), true; more; {
		var page []user.User
		var err error
		if page, more, err = f.UsersBy(t.Context(), f.acme, index, value, in, 2); err != nil {
			t.Fatalf("UsersBy(%s, %s): %v", index, value, err)
		}
		if len(page) > 2 || more && len(page) == 0 {
			t.Fatalf("UsersBy(%s, %s): a page of %d, more %t", index, value, len(page), more)
		}
		if users = append(users, page...); len(page) > 0 {
			in = in.Behind(page[len(page)-1].ID)
		}
	}
	return userIDs(users)
}

// found is whom the externalId x, the address x@example.com and the role A lead
// to.
type found struct{ externalID, email, role string }

func (f fixture) wantFound(t *testing.T, want found) {
	t.Helper()
	got := found{f.usersBy(t, user.ByExternalID, "x"), f.usersBy(t, user.ByEmail, "x@example.com"), f.usersBy(t, user.ByRole, "A")}
	if got != want {
		t.Errorf("found %+v, want %+v", got, want)
	}
}

// testUsersByValue: users share addresses, which are compared without regard to
// case, and external ids, which are not.
func testUsersByValue(t *testing.T, f fixture) {
	long := strings.Repeat("\U0001F600", user.MaxTextLength)
	f.createUser(t, user.User{ID: "01", UserName: "a", Emails: emails("shared@example.com", "a@example.com", "A@example.com"), ExternalID: "same"})
	f.createUser(t, user.User{ID: "02", UserName: "b", Emails: emails("SHARED@Example.Com"), ExternalID: "Same"})
	f.createUser(t, user.User{ID: "03", UserName: "c", Emails: emails("Shared@example.com", long), ExternalID: "same"})
	f.createUser(t, user.User{ID: "04", UserName: "d", ExternalID: long})
	for _, test := range []struct {
		index       user.Index
		value, want string
	}{
		{user.ByEmail, "shared@EXAMPLE.com", "01 02 03"},
		{user.ByEmail, "a@example.com", "01"},
		{user.ByEmail, long, "03"},
		{user.ByEmail, "shared@example.co", ""},
		{user.ByEmail, "", ""},
		{user.ByExternalID, "same", "01 03"},
		{user.ByExternalID, "Same", "02"},
		{user.ByExternalID, "SAME", ""},
		{user.ByExternalID, long, "04"},
		{user.ByExternalID, "", ""},
		{user.ByExternalID, "shared@example.com", ""},
	} {
		if got := f.usersBy(t, test.index, test.value); got != test.want {
			t.Errorf("UsersBy(%s, %.20s) = %q, want %q", test.index, test.value, got, test.want)
		}
	}
	if _, _, err := f.UsersBy(t.Context(), f.acme, "userName", "a", resource.Span{}, 1); err == nil {
		t.Error("an index that there is not leads to users")
	}
	f.updateUser(t, "01", func(u *user.User) { u.Emails, u.ExternalID = emails("A@example.com"), "" })
	f.deleteUser(t, "02")
	for index, want := range map[user.Index]string{user.ByEmail: "03", user.ByExternalID: "03"} {
		if got := f.usersBy(t, index, map[user.Index]string{user.ByEmail: "shared@example.com", user.ByExternalID: "same"}[index]); got != want {
			t.Errorf("UsersBy(%s) = %q, want %q", index, got, want)
		}
	}
	if got := f.usersBy(t, user.ByEmail, "a@example.com"); got != "01" {
		t.Errorf("an address that stays: %q", got)
	}
}

func testUsersBySpans(t *testing.T, f fixture) {
	for _, id := range []string{"0a", "0a1", "0b", "10", "1f"} {
		f.createUser(t, user.User{ID: id, UserName: id, Emails: emails("x@example.com")})
	}
	f.createUser(t, user.User{ID: "0c", UserName: "another"})
	for _, test := range []struct {
		in    resource.Span
		limit int
		want  string
		more  bool
	}{
		{resource.Span{}, 100, "0a 0a1 0b 10 1f", false},
		{resource.Span{}, 2, "0a 0a1", true},
		{resource.Span{}.Behind("0a"), 100, "0a1 0b 10 1f", false},
		{resource.Span{From: "0a1"}, 2, "0a1 0b", true},
		{resource.Span{To: "0b"}, 100, "0a 0a1 0b", false},
		{resource.Span{}.WithPrefix("0a"), 100, "0a 0a1", false},
		{resource.Span{From: "0c", To: "0c"}, 100, "", false},
		{resource.Span{From: "1", To: "0"}, 100, "", false},
		{resource.Span{From: "0é", To: "2" + strings.Repeat("z", 3000)}, 100, "10 1f", false},
	} {
		page, more, err := f.UsersBy(t.Context(), f.acme, user.ByEmail, "X@example.com", test.in, test.limit)
		if userIDs(page) != test.want || more != test.more || err != nil {
			t.Errorf("%.60q by %d: %q, more %t, %v; want %q, %t", test.in, test.limit, userIDs(page), more, err, test.want, test.more)
		}
		all, _, err := f.Users(t.Context(), f.acme, test.in, 100)
		if without := strings.Join(strings.Fields(strings.ReplaceAll(userIDs(all), "0c", "")), " "); !strings.HasPrefix(without, test.want) || err != nil {
			t.Errorf("%.60q: Users = %q, %v", test.in, without, err)
		}
	}
}

// testManyUsersBy reads more users at once than DynamoDB does.
func testManyUsersBy(t *testing.T, f fixture) {
	a := hold(f.create(t, f.acme, "A"))
	const many = 230
	for _, err := range together(8, func(worker int) error {
		for i := worker; i < many; i += 8 {
			u := user.User{ID: fmt.Sprintf("%04x", i*280), UserName: fmt.Sprint("user ", i), Roles: []user.Role{a}}
			if _, err := f.CreateUser(t.Context(), f.acme, actor, u); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	page, more, err := f.UsersBy(t.Context(), f.acme, user.ByRole, "A", resource.Span{}, 1000)
	if len(page) != many || more || err != nil || userIDs(page) != userIDs(f.allUsers(t)) {
		t.Errorf("%d users, more %t, %v", len(page), more, err)
	}
	if n, err := f.CountUsers(t.Context(), f.acme); n != many || err != nil {
		t.Errorf("CountUsers = %d, %v", n, err)
	}
}
