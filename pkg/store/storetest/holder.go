package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/user"
)

// recreate deletes a role of acme and creates another under its id.
func (f fixture) recreate(t *testing.T, id string) user.Role {
	t.Helper()
	f.delete(t, f.acme, id)
	time.Sleep(2 * time.Millisecond)
	return hold(f.create(t, f.acme, id))
}

func heldRole(r user.Role) sync.HeldRole { return sync.HeldRole{ID: r.ID, Created: r.Created} }

// held reads, page by page, the roles of acme that are held, in words: those that
// do not exist with a minus.
func (f fixture) held(t *testing.T, id string) string {
	t.Helper()
	var words []string
	page := sync.HeldPage{More: true}
	for behind := (sync.HeldRole{}); page.More; {
		var err error
		if page, err = f.HeldRoles(t.Context(), f.acme, id, behind); err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Roles {
			word := r.ID
			if !r.Exists {
				word = "-" + word
			}
			words = append(words, word)
			behind = r.HeldRole
		}
	}
	return strings.Join(words, " ")
}

// take takes a role of acme from all who hold it, and returns from how many.
func (f fixture) take(t *testing.T, r user.Role) int {
	t.Helper()
	total := 0
	for more := true; more; {
		var taken int
		var err error
		if taken, more, err = f.TakeRole(t.Context(), f.acme, heldRole(r)); err != nil {
			t.Fatal(err)
		}
		total += taken
	}
	return total
}

// testHeldRoles: each role that is held is found once, in order, whoever holds it,
// and whether that very one exists.
func testHeldRoles(t *testing.T, f fixture) {
	var ids []string
	var roles []user.Role
	for _, id := range []string{"A", "A-B", "AB", "Z"} {
		ids = append(ids, id)
		roles = append(roles, hold(f.create(t, f.acme, id)))
	}
	f.create(t, f.acme, "NOBODYS")
	f.createUser(t, user.User{ID: "01", UserName: "a", Roles: roles})
	f.createUser(t, user.User{ID: "02", UserName: "b", Roles: roles})
	theirs := hold(f.create(t, f.acmeEU, "THEIRS"))
	if _, err := f.CreateUser(t.Context(), f.acmeEU, actor, user.User{ID: "03", UserName: "c", Roles: []user.Role{theirs}}); err != nil {
		t.Fatal(err)
	}
	if got := f.held(t, ""); got != "A A-B AB Z" {
		t.Errorf("held %q", got)
	}
	again := f.recreate(t, "A")
	f.updateUser(t, "01", func(u *user.User) { u.Roles = append([]user.Role{again}, u.Roles[1:]...) })
	f.delete(t, f.acme, "Z")
	for id, want := range map[string]string{"": "-A A A-B AB -Z", "A": "-A A", "AB": "AB", "Z": "-Z", "NOBODYS": "", "NONE": ""} {
		if got := f.held(t, id); got != want {
			t.Errorf("held of %q: %q, want %q", id, got, want)
		}
	}
	for i, want := range []string{"A A-B AB -Z", "AB -Z", "-Z", ""} {
		page, err := f.HeldRoles(t.Context(), f.acme, "", heldRole(roles[i]))
		if err != nil || len(page.Roles) != len(strings.Fields(want)) {
			t.Errorf("behind %s: %+v, %v, want %q", ids[i], page, err, want)
		}
	}
	f.deleteUser(t, "01")
	f.deleteUser(t, "02")
	if got := f.held(t, ""); got != "" {
		t.Errorf("held by nobody: %q", got)
	}
}

// testTakeRole: a role that was deleted is taken from all who held it, once, and
// nothing else changes.
func testTakeRole(t *testing.T, f fixture) {
	whole := f.whole(t, "01")
	a, b := whole.Roles[1], whole.Roles[0]
	c := hold(f.create(t, f.acme, "C"))
	before := []user.User{
		f.createUser(t, whole),
		f.createUser(t, user.User{ID: "02", UserName: "b", Roles: []user.Role{a}}),
		f.createUser(t, user.User{ID: "03", UserName: "c", Roles: []user.Role{a, b, c}}),
		f.createUser(t, user.User{ID: "04", UserName: "d", Roles: []user.Role{c}}),
		f.createUser(t, user.User{ID: "05", UserName: "e", Roles: []user.Role{a}}),
	}
	again := f.recreate(t, "A")
	before[4] = f.updateUser(t, "05", func(u *user.User) { u.Roles = []user.Role{again} })
	if got := f.take(t, a); got != 3 {
		t.Errorf("taken from %d users, want 3", got)
	}
	after := f.allUsers(t)
	for i, u := range before {
		roles := slices.DeleteFunc(slices.Clone(u.Roles), func(r user.Role) bool { return r == a })
		if len(roles) == 0 {
			roles = nil
		}
		if len(roles) != len(u.Roles) {
			if u.Version++; after[i].LastModified.Before(u.LastModified) {
				t.Errorf("%s was last modified at %s, before %s", u.ID, after[i].LastModified, u.LastModified)
			}
			u.LastModified = after[i].LastModified
		}
		u.Roles = roles
		if !reflect.DeepEqual(after[i], u) {
			t.Errorf("after the role was taken, user is\n%+v\nwant\n%+v", after[i], u)
		}
	}
	if got := f.usersBy(t, user.ByRole, "A"); got != "05" {
		t.Errorf("the role that got the id is held by %q", got)
	}
	if got := f.held(t, ""); got != "A B C" {
		t.Errorf("held %q", got)
	}
	if got := f.take(t, a); got != 0 {
		t.Errorf("taken again from %d users", got)
	}
	if again := f.allUsers(t); !reflect.DeepEqual(again, after) {
		t.Error("a replay changed a user")
	}
}

// testTakeRoleRace takes a role while its holders are changed, deleted, or given
// the role that got the id, and while somebody else takes it, too: nothing of
// that is lost.
func testTakeRoleRace(t *testing.T, f fixture) {
	const users, rivals = 60, 4
	a, b := hold(f.create(t, f.acme, "A")), hold(f.create(t, f.acme, "B"))
	for i := range users {
		f.createUser(t, user.User{ID: fmt.Sprintf("%02d", i), UserName: fmt.Sprint("user ", i), Roles: []user.Role{a, b}})
	}
	again := f.recreate(t, "A")
	if err := errors.Join(together(rivals+2, func(who int) error {
		if who >= rivals {
			return f.takeAll(t.Context(), a)
		}
		for j := range users {
			i := (j + users/rivals*who) % users
			if err := f.meddle(t.Context(), i, who, again); err != nil {
				return fmt.Errorf("user %d: %w", i, err)
			}
		}
		return nil
	})...); err != nil {
		t.Fatal(err)
	}
	if got := f.held(t, ""); got != "A B" {
		t.Errorf("held %q", got)
	}
	left := f.allUsers(t)
	if len(left) != users/4*3 {
		t.Errorf("%d users are left of %d", len(left), users)
	}
	for _, u := range left {
		i, err := strconv.Atoi(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		roles, titles := []user.Role{b}, strings.Fields(u.Title)
		if i%4 == toBeGiven {
			roles = []user.Role{again, b}
		}
		slices.Sort(titles)
		if i%4 == toBeDeleted || !reflect.DeepEqual(u.Roles, roles) || strings.Join(titles, " ") != "0 1 2 3" {
			t.Errorf("user %+v, want roles %v", u, roles)
		}
	}
}

func (f fixture) takeAll(ctx context.Context, r user.Role) error {
	for more := true; more; {
		var err error
		if _, more, err = f.TakeRole(ctx, f.acme, heldRole(r)); err != nil && !errors.Is(err, resource.ErrBusy) {
			return err
		}
	}
	return nil
}

// What becomes of every fourth user, beside the title that all are given.
const (
	toBeGiven   = 1
	toBeDeleted = 2
)

// meddle notes in a user's title who was there. Who is the first of the rivals
// gives the user the new role, or deletes it.
func (f fixture) meddle(ctx context.Context, i, who int, again user.Role) error {
	id := fmt.Sprintf("%02d", i)
	if who == 0 && i%4 == toBeDeleted {
		return f.DeleteUser(ctx, f.acme, actor, id, anyUser)
	}
	_, err := f.UpdateUser(ctx, f.acme, actor, id, changing(func(u *user.User) {
		u.Title += fmt.Sprint(" ", who)
		if who == 0 && i%4 == toBeGiven {
			u.Roles = append([]user.Role{again}, u.Roles...)
		}
	}))
	if i%4 == toBeDeleted && errors.Is(err, resource.ErrNotFound) {
		return nil
	}
	return err
}
