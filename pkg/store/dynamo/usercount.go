package dynamo

import (
	"context"
	"fmt"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// CountUsers implements user.Store. It reads the bytes of the counts, some 4 read
// units at most.
func (s *Store) CountUsers(ctx context.Context, t tenant.ID) (int, error) {
	counts, err := s.userCounts(ctx, t)
	if err != nil {
		return 0, err
	}
	total := 0
	for _, c := range counts {
		total += c.users
	}
	return total, nil
}

// UsersFrom implements user.Store. Of those that it skips it reads only some of
// the users whose ids begin like that of the first one it returns.
func (s *Store) UsersFrom(ctx context.Context, t tenant.ID, skipped, limit int) ([]user.User, error) {
	counts, err := s.userCounts(ctx, t)
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		if skipped >= c.users {
			skipped -= c.users
			continue
		}
		items, _, err := s.page(ctx, spanOf(partition(t), userPrefix, resource.Span{From: c.beginning}), skipped+limit)
		if err != nil {
			return nil, fmt.Errorf("read users: %w", err)
		}
		return decodeUsers(items[min(skipped, len(items)):]), nil
	}
	return nil, nil
}

// userCount is how many users' ids begin alike.
type userCount struct {
	beginning string
	users     int
}

// userCounts reads, consistently, all counts of a tenant, in the order of the
// beginnings, which is that of the ids.
func (s *Store) userCounts(ctx context.Context, t tenant.ID) ([]userCount, error) {
	items, err := s.all(ctx, prefixed(partition(t), userCountPrefix))
	if err != nil {
		return nil, fmt.Errorf("read counts of users: %w", err)
	}
	counts := make([]userCount, len(items))
	for i, it := range items {
		counts[i] = userCount{it.text(sortKey)[len(userCountPrefix):], max(0, int(it.number("n")))}
	}
	return counts, nil
}

// countUser counts a user that the transaction creates, or deletes.
func (tx *transaction) countUser(t tenant.ID, id string, n int64) {
	tx.update(userCountKey(t, id), nil, map[string]int64{"n": n}, condition{}, nil)
}
