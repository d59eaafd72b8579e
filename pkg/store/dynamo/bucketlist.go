package dynamo

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// maxReads is how many reads of buckets are under way at the same time.
const maxReads = 8

// bucketList holds buckets of one set, in the order of their keys.
type bucketList []*bucket

// bucketsOfSets reads, consistently, the buckets of each set that may hold the
// roles concerned: all of the set's in one query, unless that reads more than one
// for each role.
func (s *Store) bucketsOfSets(ctx context.Context, t tenant.ID, headers []setHeader, concerned func(setHeader) []string) ([]bucketList, error) {
	lists := make([]bucketList, len(headers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxReads)
	for i, header := range headers {
		switch roles := concerned(header); {
		case header.buckets == 0:
			lists[i] = bucketList{emptyBucket(header.ID)}
		case header.buckets <= len(roles):
			group.Go(func() (err error) {
				lists[i], err = s.allBuckets(ctx, t, header.ID)
				return err
			})
		default:
			lists[i] = make(bucketList, len(roles))
			for j, id := range roles {
				group.Go(func() (err error) {
					lists[i][j], err = s.bucketFor(ctx, t, header.ID, id, true)
					return err
				})
			}
		}
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("read roles of permission sets: %w", err)
	}
	for i := range lists {
		lists[i] = lists[i].inOrder()
	}
	return lists, nil
}

// allBuckets reads all buckets of a set, and adds an empty first one where it
// is missing, so that every role has one to be in.
func (s *Store) allBuckets(ctx context.Context, t tenant.ID, set string) (bucketList, error) {
	items, err := s.all(ctx, prefixed(partition(t), setRolesPrefix+set+"#"))
	if err != nil {
		return nil, err
	}
	buckets := bucketList(decodeBuckets(items))
	if len(buckets) == 0 || buckets[0].first != "" {
		buckets = slices.Insert(buckets, 0, emptyBucket(set))
	}
	return buckets, nil
}

// bucketFor reads the one bucket of a set that may hold the role; an empty one
// when there is none yet.
func (s *Store) bucketFor(ctx context.Context, t tenant.ID, set, role string, consistent bool) (*bucket, error) {
	from, to := bucketKey(t, set, ""), bucketKey(t, set, role)
	it, err := s.last(ctx, span{from.partition, from.sort, to.sort}, consistent)
	if err != nil {
		return nil, err
	}
	if it == nil {
		return emptyBucket(set), nil
	}
	return decodeBucket(it), nil
}

// inOrder returns each bucket once, in the order of their keys.
func (l bucketList) inOrder() bucketList {
	slices.SortFunc(l, func(a, b *bucket) int { return cmp.Compare(a.first, b.first) })
	return slices.CompactFunc(l, func(a, b *bucket) bool { return a.first == b.first })
}

// newerThan tells whether the set has been written since its header was read.
func (l bucketList) newerThan(header setHeader) bool {
	return slices.ContainsFunc(l, func(b *bucket) bool { return b.revision > header.revision })
}

// of returns the bucket that holds the role, or would.
func (l bucketList) of(id string) *bucket {
	for _, b := range slices.Backward(l) {
		if b.first <= id {
			return b
		}
	}
	return nil
}

// stored returns the buckets that are stored.
func (l bucketList) stored() []*bucket {
	return slices.DeleteFunc(slices.Clone(l), func(b *bucket) bool { return b.revision == 0 })
}

func (l bucketList) changed() []*bucket {
	return slices.DeleteFunc(slices.Clone(l), func(b *bucket) bool { return !b.dirty })
}
