package dynamo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// RoleByName implements role.Store at 2 read units.
func (s *Store) RoleByName(ctx context.Context, t tenant.ID, name string) (role.Role, error) {
	var found role.Role
	err := optimistically(ctx, func() error {
		holder, err := s.get(ctx, roleNameKey(t, name), true)
		if err != nil {
			return fmt.Errorf("read role name: %w", err)
		}
		if holder == nil {
			return resource.ErrNotFound
		}
		found, err = s.readRole(ctx, t, holder.text("role"), true)
		if errors.Is(err, resource.ErrNotFound) || err == nil && resource.Fold(found.Name) != resource.Fold(name) {
			return errStale // deleted or renamed in between, and another may have taken the name
		}
		return err
	})
	return found, err
}

// RolesByNamePrefix implements role.Store at 1 read unit for each role, and the
// bytes of their names.
func (s *Store) RolesByNamePrefix(ctx context.Context, t tenant.ID, prefix string, most int) ([]role.Role, bool, error) {
	const longest = 800 // less than what nameKey leaves of any name
	folded := beginning(resource.FoldPrefix(prefix), longest)
	if folded == "" {
		return nil, false, nil
	}
	holders, more, err := s.page(ctx, span{partition(t), roleNamePrefix + folded, roleNamePrefix + behindPrefix(folded)}, most+1)
	if err != nil {
		return nil, false, fmt.Errorf("read role names: %w", err)
	}
	if more || len(holders) > most {
		return nil, false, nil
	}
	ids := make([]string, len(holders))
	for i, holder := range holders {
		ids[i] = holder.text("role")
	}
	byID, err := s.rolesByID(ctx, t, ids)
	if err != nil {
		return nil, false, err
	}
	roles := make([]role.Role, 0, len(byID))
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		roles = append(roles, *byID[id])
	}
	return roles, true, nil
}

// behindPrefix is a string behind all that begin with prefix.
func behindPrefix(prefix string) string {
	last, size := utf8.DecodeLastRuneInString(prefix)
	const lastBeforeSurrogates, firstBehindSurrogates = 0xD7FF, 0xE000
	switch last {
	case utf8.MaxRune:
		return prefix + string(utf8.MaxRune)
	case lastBeforeSurrogates:
		last = firstBehindSurrogates
	default:
		last++
	}
	return prefix[:len(prefix)-size] + string(last)
}
