package api

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim/filter"
	"github.com/rolecall/rolecall/pkg/user"
)

// users are the users of the caller's tenant.
func (d *Dependencies) users(c *call) collection[user.User] {
	known := map[string]role.Role{} // roles, by id
	return collection[user.User]{
		resourceType: userResourceType,
		fields:       c.userFields(known),
		key:          func(u *user.User) string { return u.ID },
		size:         userSize,
		counted:      true,
		count:        func(ctx context.Context) (int, error) { return d.Users.CountUsers(ctx, c.tenant()) },
		read: func(ctx context.Context, in resource.Span, limit int, _ bool) ([]user.User, bool, error) {
			return d.Users.Users(ctx, c.tenant(), in, limit)
		},
		from: func(ctx context.Context, skipped, limit int) ([]user.User, error) {
			return d.Users.UsersFrom(ctx, c.tenant(), skipped, limit)
		},
		lookup:  func(ctx context.Context, f *filter.Filter) ([]user.User, bool, error) { return d.userNamed(ctx, c, f) },
		indexed: func(f *filter.Filter) readFunc[user.User] { return d.usersByIndex(c, f) },
		prepare: func(ctx context.Context, paths []string, users []user.User) error {
			return d.prepareRoles(ctx, c, paths, users, known)
		},
		write: func(ctx context.Context, users []*user.User) ([]any, error) { return d.writeUsers(ctx, c, users) },
	}
}

// userSize is about how many bytes a user takes in an answer.
func userSize(u *user.User) int {
	size := 900 + len(u.UserName) + len(u.DisplayName) + 300*len(u.Roles)
	for _, values := range [][]user.Value{u.Emails, u.PhoneNumbers, u.Entitlements} {
		for i := range values {
			size += 60 + len(values[i].Value) + len(values[i].Display) + len(values[i].Type)
		}
	}
	return size
}

// userNamed finds the user that a filter asks for by userName.
func (d *Dependencies) userNamed(ctx context.Context, c *call, f *filter.Filter) (found []user.User, ok bool, err error) {
	name, _, ok := f.Equality("userName")
	if !ok {
		return nil, false, nil
	}
	one, err := d.Users.UserByName(ctx, c.tenant(), name)
	if errors.Is(err, resource.ErrNotFound) {
		return nil, true, nil
	}
	return []user.User{one}, true, err
}

// usersByIndex reads only the users of whom a filter may hold, where an index
// leads to them; nil where none does.
func (d *Dependencies) usersByIndex(c *call, f *filter.Filter) readFunc[user.User] {
	by := func(index user.Index, value string) readFunc[user.User] {
		return func(ctx context.Context, in resource.Span, limit int, _ bool) ([]user.User, bool, error) {
			return d.Users.UsersBy(ctx, c.tenant(), index, value, in, limit)
		}
	}
	if id, _, ok := f.Equality("externalId"); ok {
		return by(user.ByExternalID, id)
	}
	if address, ok := f.AnyEquality("emails.value"); ok {
		return by(user.ByEmail, address)
	}
	if id, ok := f.AnyEquality("roles.value"); ok {
		return by(user.ByRole, id)
	}
	if name, ok := f.AnyEquality("roles.display"); ok {
		return func(ctx context.Context, in resource.Span, limit int, _ bool) ([]user.User, bool, error) {
			r, err := d.Roles.RoleByName(ctx, c.tenant(), name)
			if errors.Is(err, resource.ErrNotFound) {
				return nil, false, nil
			}
			if err != nil {
				return nil, false, err
			}
			return d.Users.UsersBy(ctx, c.tenant(), user.ByRole, r.ID, in, limit)
		}
	}
	return nil
}

// prepareRoles reads the roles that users hold, and leaves out those that were
// deleted, if any of the paths is about them.
func (d *Dependencies) prepareRoles(ctx context.Context, c *call, paths []string, users []user.User, known map[string]role.Role) error {
	if !slices.ContainsFunc(paths, func(path string) bool { return strings.HasPrefix(path, "roles") }) {
		return nil
	}
	found, err := d.rolesHeldBy(ctx, c, pointersTo(users)...)
	if err != nil {
		return err
	}
	maps.Copy(known, found)
	for i := range users {
		users[i].Roles = stillHeld(users[i].Roles, known)
	}
	return nil
}

func (d *Dependencies) writeUsers(ctx context.Context, c *call, users []*user.User) ([]any, error) {
	var known map[string]role.Role
	if c.projection.Keeps("roles") {
		var err error
		if known, err = d.rolesHeldBy(ctx, c, users...); err != nil {
			return nil, err
		}
	}
	resources := make([]any, len(users))
	for i, u := range users {
		resources[i] = c.userResource(u, known)
	}
	return resources, nil
}

func pointersTo[T any](values []T) []*T {
	pointers := make([]*T, len(values))
	for i := range values {
		pointers[i] = &values[i]
	}
	return pointers
}
