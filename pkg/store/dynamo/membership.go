package dynamo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	gosync "sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// maxReads is how many buckets are read at the same time.
const maxReads = 8

// BringInLine implements sync.Store.
func (s *Store) BringInLine(ctx context.Context, t tenant.ID, roles []string, wanted func(sync.View) []permission.Code) ([]sync.SetChange, error) {
	var changes []sync.SetChange
	err := optimistically(ctx, func() error {
		changed, err := s.bringInLine(ctx, t, roles, wanted)
		changes = append(changes, changed...)
		return err
	})
	return changes, err
}

func (s *Store) bringInLine(ctx context.Context, t tenant.ID, ids []string, wanted func(sync.View) []permission.Code) ([]sync.SetChange, error) {
	configuration, err := s.configuration(ctx, t)
	if err != nil {
		return nil, err
	}
	roles, err := s.rolesByID(ctx, t, ids)
	if err != nil {
		return nil, err
	}
	configured := configuration.ConfiguredPermissionSet
	headers, err := s.concernedSets(ctx, t, configured, len(roles) < len(ids))
	if err != nil {
		return nil, err
	}
	var changes []sync.SetChange
	for _, header := range headers {
		concerned := ids
		if header.ID != configured {
			concerned = missing(ids, roles)
		}
		buckets, err := s.bucketsFor(ctx, t, header, concerned)
		if err != nil {
			return changes, err
		}
		var changed []string
		for _, id := range concerned {
			b := buckets.of(id)
			view := sync.View{
				Role: roles[id], Set: header.Set, Configured: header.ID == configured,
				Codes: b.roles[id].codes, Explicit: b.roles[id].explicit,
			}
			if b.name(id, member{wanted(view), view.Explicit}) {
				changed = append(changed, id)
			}
		}
		if len(changed) == 0 {
			continue
		}
		version, err := s.writeMembership(ctx, t, header, buckets, roles, changed)
		if err != nil {
			return changes, err
		}
		changes = append(changes, sync.SetChange{Set: header.ID, Version: version, Roles: changed})
	}
	return changes, nil
}

// concernedSets reads the configured set's header, or those of all sets, and
// returns the ones that can name roles.
func (s *Store) concernedSets(ctx context.Context, t tenant.ID, configured string, all bool) ([]setHeader, error) {
	var items []item
	var err error
	if all {
		items, err = s.all(ctx, prefixed(partition(t), setPrefix))
	} else {
		var it item
		it, err = s.get(ctx, setKey(t, configured), true)
		if it != nil {
			items = []item{it}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("read permission sets: %w", err)
	}
	var headers []setHeader
	for _, it := range items {
		header := decodeSetHeader(it)
		if slices.ContainsFunc(header.Items, func(i permission.Item) bool { return i.Limited }) {
			headers = append(headers, header)
		}
	}
	return headers, nil
}

// writeMembership writes the buckets in which the membership of the changed
// roles differs, and the set's next version. errStale says that the set, or
// one of the roles, is no longer what it was when it was read.
func (s *Store) writeMembership(ctx context.Context, t tenant.ID, header setHeader, buckets bucketList, roles map[string]*role.Role, changed []string) (version int64, err error) {
	tx := s.newTransaction()
	tx.changeSet(t, &header, buckets, s.now())
	tx.checkRoles(t, changed, roles)
	return header.Version, s.commit(ctx, tx)
}

// changeSet writes the set's next version: the header and the buckets that have
// changed.
func (tx *transaction) changeSet(t tenant.ID, header *setHeader, buckets bucketList, now time.Time) {
	read := header.Version
	header.Version++
	header.LastModified = now
	for _, b := range buckets.changed() {
		pieces := b.split()
		if len(pieces) == 0 && b.version > 0 {
			tx.delete(bucketKey(t, b.set, b.first), atVersion(b.version), errStale)
			header.buckets--
		}
		for _, piece := range pieces {
			unchanged := atVersion(piece.version)
			if piece.version == 0 {
				unchanged = absent
				header.buckets++
			}
			piece.version = header.Version
			tx.put(encodeBucket(t, piece), unchanged, errStale)
		}
	}
	tx.update(setKey(t, header.ID), header.content(), nil, atVersion(read), errStale)
}

// checkRoles makes the transaction fail if a role is not what it was.
func (tx *transaction) checkRoles(t tenant.ID, ids []string, roles map[string]*role.Role) {
	for _, id := range ids {
		tx.check(roleKey(t, id), stillAsRead(roles[id]), errStale)
	}
}

// stillAsRead is true while the role is as it was in what decides its
// membership. Its version would not do: a role that was deleted and created
// again has the version that another one had.
func stillAsRead(r *role.Role) condition {
	if r == nil {
		return absent
	}
	return equal("updatePermissionSet", boolean(r.UpdatePermissionSet))
}

// sameForMembership tells whether stillAsRead, made of one, is true of the other.
func sameForMembership(a, b *role.Role) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.UpdatePermissionSet == b.UpdatePermissionSet
}

// rolesByID reads, consistently, those of the roles that exist.
func (s *Store) rolesByID(ctx context.Context, t tenant.ID, ids []string) (map[string]*role.Role, error) {
	keys := make([]key, len(ids))
	for i, id := range ids {
		keys[i] = roleKey(t, id)
	}
	found, err := s.batchGet(ctx, keys, true)
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	roles := make(map[string]*role.Role, len(found))
	for _, it := range found {
		r := decodeRole(it)
		roles[r.ID] = &r
	}
	return roles, nil
}

func missing(ids []string, roles map[string]*role.Role) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return roles[id] != nil })
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

// bucketList holds buckets of one set, in the order of their keys.
type bucketList []*bucket

// bucketsFor reads, consistently, the buckets that may hold the roles: all of
// the set's in one query, unless that reads more than one for each role.
func (s *Store) bucketsFor(ctx context.Context, t tenant.ID, header setHeader, roles []string) (bucketList, error) {
	var buckets bucketList
	var err error
	if header.buckets <= len(roles) {
		buckets, err = s.allBuckets(ctx, t, header.ID)
	} else {
		buckets, err = s.eachBucket(ctx, t, header.ID, roles)
	}
	if err != nil {
		return nil, fmt.Errorf("read roles of permission set: %w", err)
	}
	for _, b := range buckets {
		if b.version > header.Version {
			return nil, errStale
		}
	}
	return buckets, nil
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

// eachBucket reads the bucket of each role.
func (s *Store) eachBucket(ctx context.Context, t tenant.ID, set string, roles []string) (bucketList, error) {
	var mutex gosync.Mutex
	byFirst := map[string]*bucket{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxReads)
	for _, id := range roles {
		group.Go(func() error {
			b, err := s.bucketFor(ctx, t, set, id, true)
			if err != nil {
				return err
			}
			mutex.Lock()
			defer mutex.Unlock()
			byFirst[b.first] = b
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	buckets := make(bucketList, 0, len(byFirst))
	for _, first := range slices.Sorted(maps.Keys(byFirst)) {
		buckets = append(buckets, byFirst[first])
	}
	return buckets, nil
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
	return slices.DeleteFunc(slices.Clone(l), func(b *bucket) bool { return b.version == 0 })
}

func (l bucketList) changed() []*bucket {
	return slices.DeleteFunc(slices.Clone(l), func(b *bucket) bool { return !b.dirty })
}
