package dynamo

import (
	"context"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ReplaceSet writes a set as a whole, in as many transactions as it takes.
// Nothing else may use the set meanwhile.
func (s *Store) ReplaceSet(ctx context.Context, t tenant.ID, set permission.Set) error {
	buckets := bucketsFor(set, nil)
	tx := s.newTransaction()
	tx.put(encodeSetHeader(t, setHeader{Set: set, revision: firstRevision(set.Created), buckets: len(buckets)}), present, errStale)
	for _, b := range buckets {
		if len(tx.actions) == maxTransaction {
			if err := s.commit(ctx, tx); err != nil {
				return err
			}
			tx = s.newTransaction()
		}
		tx.put(encodeBucket(t, b), condition{}, nil)
	}
	return s.commit(ctx, tx)
}
