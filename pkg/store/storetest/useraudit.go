package storetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/user"
)

// testUserRecords: each write of a user leaves one record, and what writes nothing
// leaves none.
func testUserRecords(t *testing.T, f fixture) {
	whole := f.whole(t, "0a01")
	seen := map[string]bool{}
	for _, r := range f.records(t, f.acme) {
		seen[r.ID] = true
	}
	refused := errors.New("refused")
	update := func(change func(*user.User)) func() error {
		return func() error {
			_, err := f.UpdateUser(t.Context(), f.acme, actor, "0a01", changing(change))
			return err
		}
	}
	create := func(u user.User) func() error {
		return func() error {
			_, err := f.CreateUser(t.Context(), f.acme, actor, u)
			return err
		}
	}
	const all = "active costCenter department displayName division emails employeeNumber entitlements externalId id locale manager name organization phoneNumbers roles timezone title userName userType"
	for _, step := range []struct {
		name  string
		write func() error
		want  string // of the one record, empty for none
	}{
		{"create", create(whole), "create User 0a01 0-1 [" + all + "]"},
		{"create again", create(whole), ""},
		{"create with an unknown role", create(user.User{ID: "0a02", UserName: "b", Roles: []user.Role{{ID: "NONE"}}}), ""},
		{"change", update(func(u *user.User) { u.Active, u.Emails, u.Enterprise.Division = false, u.Emails[:1], "x" }), "update User 0a01 1-2 [active division emails]"},
		{"change nothing", update(func(*user.User) {}), ""},
		{"change the kind of a role", update(func(u *user.User) { u.Roles[0].Type = "x" }), "update User 0a01 2-3 [roles]"},
		{"change a spelling", update(func(u *user.User) { u.UserName = strings.ToUpper(u.UserName) }), "update User 0a01 3-4 [userName]"},
		{"refuse a change", func() error {
			_, err := f.UpdateUser(t.Context(), f.acme, actor, "0a01", func(u user.User) (user.User, resource.Proof, error) { return u, resource.Proof{}, refused })
			return err
		}, ""},
		{"refuse a deletion", func() error {
			return f.DeleteUser(t.Context(), f.acme, actor, "0a01", func(user.User) (resource.Proof, error) { return resource.Proof{}, refused })
		}, ""},
		{"take much", update(func(u *user.User) { *u = user.User{UserName: u.UserName, Title: u.Title} }), "update User 0a01 4-5 [costCenter department displayName division emails employeeNumber entitlements externalId locale manager name organization phoneNumbers roles timezone userType]"},
		{"delete", func() error { return f.DeleteUser(t.Context(), f.acme, actor, "0a01", anyUser) }, "delete User 0a01 5-0 [id title userName]"},
		{"delete again", func() error { return f.DeleteUser(t.Context(), f.acme, actor, "0a01", anyUser) }, ""},
	} {
		err := step.write()
		if step.want != "" && err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
		var added []string
		for _, r := range f.records(t, f.acme) {
			if !seen[r.ID] {
				seen[r.ID] = true
				added = append(added, summary(r))
			}
		}
		if got := strings.Join(added, "; "); got != step.want {
			t.Errorf("%s: records %q, want %q", step.name, got, step.want)
		}
	}
}
