package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// UserByName implements user.Store at 2 read units, for a user of up to 4 KB.
func (s *Store) UserByName(ctx context.Context, t tenant.ID, userName string) (user.User, error) {
	var found user.User
	err := optimistically(ctx, func() error {
		holder, err := s.get(ctx, userNameKey(t, userName), true)
		if err != nil {
			return fmt.Errorf("read userName: %w", err)
		}
		if holder == nil {
			return resource.ErrNotFound
		}
		it, err := s.userItem(ctx, t, holder.text("user"), true)
		if errors.Is(err, resource.ErrNotFound) {
			return errStale // deleted in between, and another may have taken the name
		}
		if err != nil {
			return err
		}
		if found = decodeUser(it); resource.Fold(found.UserName) != resource.Fold(userName) {
			return errStale // renamed
		}
		return nil
	})
	if err != nil {
		return user.User{}, err
	}
	return found, nil
}

// UsersBy implements user.Store. It reads the bytes of the page's ways, at least
// 1 read unit for each user, and for ByRole 1 more for the role.
func (s *Store) UsersBy(ctx context.Context, t tenant.ID, index user.Index, value string, in resource.Span, limit int) ([]user.User, bool, error) {
	if in.IsEmpty() {
		return nil, false, nil
	}
	from, has, err := s.waysFrom(ctx, t, index, value)
	if err != nil || from == "" {
		return nil, false, err
	}
	found, more, err := s.page(ctx, spanOf(partition(t), from, in), limit)
	if err != nil {
		return nil, false, fmt.Errorf("read ways to users: %w", err)
	}
	keys := make([]key, len(found))
	for i, way := range found {
		keys[i] = userKey(t, way.text(sortKey)[len(from):])
	}
	byKey, err := s.batchGet(ctx, keys, true)
	if err != nil {
		return nil, false, fmt.Errorf("read users: %w", err)
	}
	var users []user.User
	for _, k := range keys {
		if it := byKey[k]; it != nil {
			if u := decodeUser(it); has(&u) { // or it was changed in between
				users = append(users, u)
			}
		}
	}
	return users, more, nil
}

// waysFrom returns where the ways from a value begin, empty if there can be none,
// and what is true of the users whom they lead to.
func (s *Store) waysFrom(ctx context.Context, t tenant.ID, index user.Index, value string) (from string, has func(*user.User) bool, err error) {
	switch index {
	case user.ByExternalID:
		return userExternalIDs(value), func(u *user.User) bool { return u.ExternalID == value }, nil
	case user.ByEmail:
		folded := resource.Fold(value)
		return userEmails(value), func(u *user.User) bool {
			return slices.ContainsFunc(u.Emails, func(e user.Value) bool { return resource.Fold(e.Value) == folded })
		}, nil
	case user.ByRole:
		if resource.CheckCode("roles.value", value) != nil {
			return "", nil, nil
		}
		r, err := s.readRole(ctx, t, value, true)
		if errors.Is(err, resource.ErrNotFound) {
			return "", nil, nil
		}
		if err != nil {
			return "", nil, err
		}
		return holders(r.ID, r.Created), func(u *user.User) bool {
			held, ok := u.Role(r.ID)
			return ok && held.Created.Equal(r.Created)
		}, nil
	default:
		return "", nil, fmt.Errorf("users have no index %q", index)
	}
}

// ways are the sort keys of the items that lead to a user: one for each value of
// each index.
func ways(u user.User) []string {
	var all []string
	if u.ExternalID != "" {
		all = append(all, userExternalIDs(u.ExternalID)+u.ID)
	}
	for _, e := range u.Emails {
		all = append(all, userEmails(e.Value)+u.ID)
	}
	for _, r := range u.Roles {
		all = append(all, holders(r.ID, r.Created)+u.ID)
	}
	return slices.Compact(sorted(all))
}

// leadTo writes and deletes the ways in which a user differs from what it was.
// That nobody else does is what the condition of the user's own item says.
func (tx *transaction) leadTo(t tenant.ID, before, after []string) {
	for _, way := range without(before, after) {
		tx.delete(tenantKey(t, way), condition{}, nil)
	}
	for _, way := range without(after, before) {
		tx.put(tenantKey(t, way).attributes(), condition{}, nil)
	}
}

func encodeUserName(t tenant.ID, u user.User) item {
	it := userNameKey(t, u.UserName).attributes()
	it["user"] = text(u.ID)
	return it
}
