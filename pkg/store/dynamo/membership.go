package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// setsAtOnce is of how many sets the buckets are held to be compared.
const setsAtOnce = 4 * maxReads

// BringInLine implements sync.Store. What does not fit one transaction is
// written in several, each with a version of its own.
func (s *Store) BringInLine(ctx context.Context, t tenant.ID, looks []sync.Look, wanted func(sync.View) []permission.Code) ([]sync.SetChange, error) {
	var changes []sync.SetChange
	for more := true; more; {
		err := optimistically(ctx, func() error {
			differences, err := s.differences(ctx, t, looks, wanted)
			if err != nil {
				return err
			}
			more = false
			for _, d := range differences { // one after the other: all check the same roles, and so would cancel each other
				rest, err := s.mend(ctx, t, d)
				if err != nil {
					return err
				}
				changes = append(changes, d.change())
				more = more || rest
			}
			return nil
		})
		if err != nil {
			return changes, err
		}
	}
	return changes, nil
}

// Differences implements sync.Store.
func (s *Store) Differences(ctx context.Context, t tenant.ID, looks []sync.Look, wanted func(sync.View) []permission.Code) ([]sync.SetChange, error) {
	var changes []sync.SetChange
	err := optimistically(ctx, func() error {
		differences, err := s.differences(ctx, t, looks, wanted)
		changes = nil
		for _, d := range differences {
			changes = append(changes, d.change())
		}
		return err
	})
	return changes, err
}

// difference is what is to be changed in one set.
type difference struct {
	header  setHeader
	buckets bucketList
	roles   map[string]*role.Role // all that were looked at
	changes []sync.RoleChange     // sorted by role
	members map[string]member     // as they are to be, of the changed roles
}

func (d *difference) changedRoles() []string {
	ids := make([]string, len(d.changes))
	for i, change := range d.changes {
		ids[i] = change.Role
	}
	return ids
}

func (d *difference) change() sync.SetChange {
	return sync.SetChange{Set: d.header.ID, Version: d.header.Version, Roles: d.changes}
}

// differences compares the sets with the roles as both are now.
func (s *Store) differences(ctx context.Context, t tenant.ID, looks []sync.Look, wanted func(sync.View) []permission.Code) ([]*difference, error) {
	ids := make([]string, len(looks))
	for i, look := range looks {
		ids[i] = look.Role
	}
	slices.Sort(ids)
	configured, roles, err := s.configuredSetAndRoles(ctx, t, ids)
	if errors.Is(err, tenant.ErrUnknown) {
		return nil, s.unlessErased(ctx, t, err)
	}
	if err != nil {
		return nil, err
	}
	everywhere := anywhere(looks, roles)
	headers, err := s.concernedSets(ctx, t, configured, len(everywhere) > 0)
	if err != nil {
		return nil, err
	}
	concerned := func(header setHeader) []string {
		if header.Configured {
			return ids
		}
		return everywhere
	}
	var differences []*difference
	for some := range slices.Chunk(headers, setsAtOnce) {
		buckets, err := s.bucketsOfSets(ctx, t, some, concerned)
		if err != nil {
			return nil, err
		}
		for i, header := range some {
			if buckets[i].newerThan(header) {
				return nil, errStale
			}
			d := &difference{header: header, buckets: buckets[i], roles: roles, members: map[string]member{}}
			for _, id := range concerned(header) {
				d.compare(id, wanted)
			}
			if len(d.changes) > 0 {
				differences = append(differences, d)
			}
		}
	}
	return differences, nil
}

// unlessErased returns the error if a tenant without configuration has permission
// sets. One that has been deleted has none, and so nothing to be brought in line.
func (s *Store) unlessErased(ctx context.Context, t tenant.ID, unknown error) error {
	sets, _, err := s.page(ctx, prefixed(partition(t), setPrefix), 1)
	switch {
	case err != nil:
		return fmt.Errorf("read permission sets: %w", err)
	case len(sets) > 0:
		return unknown
	default:
		return nil
	}
}

// compare notes how the set has to name a role other than it does.
func (d *difference) compare(id string, wanted func(sync.View) []permission.Code) {
	r, before := d.roles[id], d.buckets.of(id).roles[id]
	said := before.saidOf(r)
	after := wanted(sync.View{Role: r, Set: d.header.Set, Said: said})
	if joinCodes(before.codes) == joinCodes(after) {
		return
	}
	d.changes = append(d.changes, sync.RoleChange{Role: id, Before: before.codes, After: after})
	d.members[id] = memberOf(r, after, said)
}

// anywhere returns, sorted, the roles to look for in all sets: those that do
// not exist, and those that were asked for.
func anywhere(looks []sync.Look, roles map[string]*role.Role) []string {
	var ids []string
	for _, look := range looks {
		if look.AllSets || roles[look.Role] == nil {
			ids = append(ids, look.Role)
		}
	}
	slices.Sort(ids)
	return ids
}

// configuredSetAndRoles reads, at once, which set is configured and those of
// the roles that exist.
func (s *Store) configuredSetAndRoles(ctx context.Context, t tenant.ID, ids []string) (configured string, roles map[string]*role.Role, err error) {
	keys := []key{tenantKey(t, configKey)}
	for _, id := range ids {
		keys = append(keys, roleKey(t, id))
	}
	found, err := s.batchGet(ctx, keys, true)
	if err != nil {
		return "", nil, fmt.Errorf("read configuration and roles: %w", err)
	}
	configuration := found[keys[0]]
	if configuration == nil {
		return "", nil, fmt.Errorf("%w: %s", tenant.ErrUnknown, t)
	}
	roles = make(map[string]*role.Role, len(ids))
	for i, id := range ids {
		if it := found[keys[i+1]]; it != nil {
			r := decodeRole(it)
			roles[id] = &r
		}
	}
	return configuration.text(ConfiguredSet), roles, nil
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
	headers := namingRoles(items)
	for _, header := range headers {
		if header.Configured != (header.ID == configured) {
			return nil, errStale // another set has been configured in between
		}
	}
	return headers, nil
}

// namingRoles decodes the headers of the sets that can name roles.
func namingRoles(items []item) []setHeader {
	var headers []setHeader
	for _, it := range items {
		header := decodeSetHeader(it)
		if slices.ContainsFunc(header.Items, func(i permission.Item) bool { return i.Limited }) {
			headers = append(headers, header)
		}
	}
	return headers
}

// mend makes as many of the changes as fit one transaction, and reports whether
// some are left. errStale says that the set, or one of the roles, is no longer
// what it was when it was read.
func (s *Store) mend(ctx context.Context, t tenant.ID, d *difference) (rest bool, err error) {
	pieces, actions := map[*bucket]int{}, 1 // the header
	fit := 0
	for _, change := range d.changes {
		b := d.buckets.of(change.Role)
		before, dirty := b.roles[change.Role], b.dirty
		b.name(change.Role, d.members[change.Role])
		if actions+1+b.pieces()-pieces[b] > maxTransaction {
			b.name(change.Role, before)
			b.dirty = dirty
			break
		}
		actions += 1 + b.pieces() - pieces[b]
		pieces[b] = b.pieces()
		fit++
	}
	rest = fit < len(d.changes)
	d.changes = d.changes[:fit]
	tx := s.newTransaction()
	read := d.header
	d.header.revision++
	d.header.Version++
	d.header.LastModified = s.now()
	tx.changeBuckets(t, &d.header, d.buckets)
	tx.checkRoles(t, d.changedRoles(), d.roles)
	tx.update(setKey(t, d.header.ID), d.header.content(), nil, unchanged(read), errStale)
	return rest, s.commit(ctx, tx)
}

// changeBuckets writes the buckets that differ from what is stored, at the
// header's revision.
func (tx *transaction) changeBuckets(t tenant.ID, header *setHeader, buckets bucketList) {
	for _, b := range buckets.changed() {
		pieces := b.split()
		if len(pieces) == 0 && b.revision > 0 {
			tx.delete(bucketKey(t, b.set, b.first), atRevision(b.revision), errStale)
			header.buckets--
		}
		for _, piece := range pieces {
			unchanged := atRevision(piece.revision)
			if piece.revision == 0 {
				unchanged = absent
				header.buckets++
			}
			piece.revision = header.revision
			tx.put(encodeBucket(t, piece), unchanged, errStale)
		}
	}
}

// stillAsRead is true while the role is as it was in what decides its
// membership. Its version alone would not do: a role that was deleted and
// created again has the version that another one had.
func stillAsRead(r *role.Role) condition {
	if r == nil {
		return absent
	}
	return condition{
		"#created = :created AND #updatePermissionSet = :updatePermissionSet", []string{"created", "updatePermissionSet"},
		item{":created": moment(r.Created), ":updatePermissionSet": boolean(r.UpdatePermissionSet)},
	}
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

// RolesByID implements role.Store at 1 read unit for each role, of up to 4 KB.
func (s *Store) RolesByID(ctx context.Context, t tenant.ID, ids []string) (map[string]role.Role, error) {
	found, err := s.rolesByID(ctx, t, slices.Compact(sorted(slices.Clone(ids)))) // DynamoDB refuses the same key twice
	if err != nil {
		return nil, err
	}
	roles := make(map[string]role.Role, len(found))
	for id, r := range found {
		roles[id] = *r
	}
	return roles, nil
}

func missing(ids []string, roles map[string]*role.Role) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return roles[id] != nil })
}
