package dynamo

import (
	"context"
	"errors"
	"fmt"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// User implements user.Store at 0.5 read units, for a user of up to 4 KB. As
// Role, it reads again, consistently, only when the user is not there.
func (s *Store) User(ctx context.Context, t tenant.ID, id string) (user.User, error) {
	it, err := s.userItem(ctx, t, id, false)
	if errors.Is(err, resource.ErrNotFound) {
		it, err = s.userItem(ctx, t, id, true)
	}
	if err != nil {
		return user.User{}, err
	}
	return decodeUser(it), nil
}

func (s *Store) userItem(ctx context.Context, t tenant.ID, id string, consistent bool) (item, error) {
	it, err := s.get(ctx, userKey(t, id), consistent)
	if err != nil {
		return nil, fmt.Errorf("read user: %w", err)
	}
	if it == nil {
		return nil, resource.ErrNotFound
	}
	return it, nil
}

// Users implements user.Store. It reads the page's own bytes.
func (s *Store) Users(ctx context.Context, t tenant.ID, in resource.Span, limit int) ([]user.User, bool, error) {
	if in.IsEmpty() {
		return nil, false, nil
	}
	items, more, err := s.page(ctx, spanOf(partition(t), userPrefix, in), limit)
	if err != nil {
		return nil, false, fmt.Errorf("read users: %w", err)
	}
	return decodeUsers(items), more, nil
}

// CreateUser implements user.Store.
func (s *Store) CreateUser(ctx context.Context, t tenant.ID, by audit.Actor, u user.User) (user.User, error) {
	now := s.now()
	u.Roles = oneOfEach(u.Roles)
	u.Meta = resource.Meta{Version: 1, Created: now, LastModified: now}
	tx := s.newTransaction()
	tx.put(encodeUser(t, u), absent, resource.ErrIDTaken)
	tx.put(encodeUserName(t, u), absent, resource.ErrNameTaken)
	tx.checkGiven(t, u.Roles)
	tx.leadTo(t, nil, ways(u))
	tx.countUser(t, u.ID, 1)
	tx.record(t, audit.Record{
		Actor: by, Operation: audit.Create, ResourceType: "User", ResourceID: u.ID,
		VersionAfter: 1, Attributes: attributesOfUser(u), Time: now,
	})
	if err := tx.takesRoles(len(u.Roles), 0); err != nil {
		return user.User{}, err
	}
	if err := s.commit(ctx, tx); err != nil {
		return user.User{}, err
	}
	return u, nil
}

// UpdateUser implements user.Store.
func (s *Store) UpdateUser(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(user.User) (user.User, resource.Proof, error)) (user.User, error) {
	var result user.User
	err := optimistically(ctx, func() error {
		it, err := s.userItem(ctx, t, id, true)
		if err != nil {
			return err
		}
		old := decodeUser(it)
		u, proof, err := change(decodeUser(it)) // which it may write into
		if err != nil {
			return err
		}
		u.ID, u.Meta = old.ID, old.Meta
		u.Roles = oneOfEach(u.Roles)
		attributes := changedUserAttributes(old, u)
		if result = old; len(attributes) == 0 {
			return nil
		}
		u.Version++
		u.LastModified = s.now()
		given, taken := user.Given(old.Roles, u.Roles), user.Given(u.Roles, old.Roles)
		tx := s.newTransaction()
		tx.put(encodeUser(t, u), unchangedUser(old), errStale)
		if before, after := userNameKey(t, old.UserName), userNameKey(t, u.UserName); before != after {
			tx.delete(before, equal("user", text(id)), errStale)
			tx.put(encodeUserName(t, u), absent, resource.ErrNameTaken)
		}
		tx.checkGiven(t, given)
		tx.leadTo(t, ways(old), ways(u))
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Update, ResourceType: "User", ResourceID: id,
			VersionBefore: old.Version, VersionAfter: u.Version, Attributes: attributes, Time: u.LastModified,
		})
		tx.restOn(t, proof)
		if err := tx.takesRoles(len(given), len(taken)); err != nil {
			return err
		}
		result = u
		return s.commit(ctx, tx)
	})
	if err != nil {
		return user.User{}, err
	}
	return result, nil
}

// DeleteUser implements user.Store.
func (s *Store) DeleteUser(ctx context.Context, t tenant.ID, by audit.Actor, id string, check func(user.User) (resource.Proof, error)) error {
	return optimistically(ctx, func() error {
		it, err := s.userItem(ctx, t, id, true)
		if err != nil {
			return err
		}
		u := decodeUser(it)
		proof, err := check(decodeUser(it)) // which it may write into
		if err != nil {
			return err
		}
		tx := s.newTransaction()
		tx.delete(userKey(t, id), unchangedUser(u), errStale)
		tx.delete(userNameKey(t, u.UserName), equal("user", text(id)), errStale)
		tx.leadTo(t, ways(u), nil)
		tx.countUser(t, id, -1)
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Delete, ResourceType: "User", ResourceID: id,
			VersionBefore: u.Version, Attributes: attributesOfUser(u), Time: s.now(),
		})
		tx.restOn(t, proof)
		return s.commit(ctx, tx)
	})
}

// unchangedUser is true of a user while it is as it was read.
func unchangedUser(u user.User) condition {
	return condition{
		"#version = :version AND #created = :created", []string{"version", "created"},
		item{":version": number(u.Version), ":created": moment(u.Created)},
	}
}

// checkGiven checks that the roles a user is given exist, and are not others that
// got their ids since they were chosen.
func (tx *transaction) checkGiven(t tenant.ID, roles []user.Role) {
	for _, r := range roles {
		tx.check(roleKey(t, r.ID), equal("created", moment(r.Created)), &resource.ValueError{
			Attribute: "roles.value", Problem: resource.UnknownRole,
			Detail: fmt.Sprintf("There is no role %s: name only roles that exist.", r.ID),
		})
	}
}

// takesRoles returns a *resource.ValueError if the transaction has too many
// actions. A role that is given makes two of them, its check and its way; one
// that is taken makes one.
func (tx *transaction) takesRoles(given, taken int) error {
	over := len(tx.actions) - maxTransaction
	if over <= 0 {
		return nil
	}
	room := 2*given + taken - over
	return &resource.ValueError{
		Attribute: "roles", Problem: resource.TooLong,
		Detail: fmt.Sprintf("A request like this can give a user at most %d roles, or take %d; this one gives %d and takes %d. Send several requests.", room/2, room, given, taken),
	}
}
