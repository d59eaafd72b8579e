package dynamo

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// CreatePermissionSet implements permission.Store.
func (s *Store) CreatePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, set permission.Set) (permission.Set, error) {
	now := s.now()
	set.Meta = resource.Meta{Version: 1, Created: now, LastModified: now}
	named := slices.Sorted(maps.Keys(codesByRole(set.Items)))
	var created permission.Set
	err := optimistically(ctx, func() error {
		roles, err := s.rolesByID(ctx, t, named)
		if err != nil {
			return err
		}
		if unknown := missing(named, roles); len(unknown) > 0 {
			return unknownRole(unknown[0])
		}
		buckets := bucketsFor(set, roles)
		tx := s.newTransaction()
		for _, b := range buckets {
			tx.put(encodeBucket(t, b), absent, resource.ErrIDTaken)
		}
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Create, ResourceType: "PermissionSet", ResourceID: set.ID,
			VersionAfter: 1, Attributes: attributesOfSet(set), Time: now,
		})
		header := setHeader{Set: set, revision: firstRevision(set.Created), buckets: len(buckets), recheck: !tx.checkRoles(t, named, roles)}
		tx.put(encodeSetHeader(t, header), absent, resource.ErrIDTaken)
		created, err = header.with(buckets)
		if err != nil {
			return err
		}
		return s.commitSet(ctx, tx)
	})
	if err != nil {
		return permission.Set{}, err
	}
	return created, nil
}

// UpdatePermissionSet implements permission.Store. It reads the whole set, and
// writes the buckets that change.
func (s *Store) UpdatePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(permission.Set) (permission.Set, resource.Proof, error)) (permission.Set, error) {
	var result permission.Set
	err := optimistically(ctx, func() (err error) {
		result, err = s.updatePermissionSet(ctx, t, by, id, change)
		return err
	})
	if err != nil {
		return permission.Set{}, err
	}
	return result, nil
}

func (s *Store) updatePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(permission.Set) (permission.Set, resource.Proof, error)) (permission.Set, error) {
	header, err := s.readSetHeader(ctx, t, id)
	if err != nil {
		return permission.Set{}, err
	}
	buckets, err := s.allBuckets(ctx, t, id)
	if err != nil {
		return permission.Set{}, fmt.Errorf("read roles of permission set: %w", err)
	}
	old, err := header.with(buckets.stored())
	if err != nil {
		return permission.Set{}, err
	}
	wanted, proof, err := change(old)
	if err != nil {
		return permission.Set{}, err
	}
	read := header
	attributes := changedSetAttributes(old, wanted)
	header.ExternalID, header.Name, header.Items = wanted.ExternalID, wanted.Name, withoutRoles(wanted.Items)
	changed, roles, err := s.nameRoles(ctx, t, header.Set, buckets, old, wanted)
	if err != nil || len(attributes) == 0 && len(changed.roles) == 0 {
		return old, err
	}
	now := s.now()
	header.revision++
	if len(attributes) > 0 || changed.visibly {
		header.Version++
		header.LastModified = now
	}
	if len(changed.roles) > 0 && !slices.Contains(attributes, "permissionSetItems") {
		attributes = append(attributes, "permissionSetItems")
	}
	tx := s.newTransaction()
	tx.changeBuckets(t, &header, buckets)
	tx.record(t, audit.Record{
		Actor: by, Operation: audit.Update, ResourceType: "PermissionSet", ResourceID: id,
		VersionBefore: old.Version, VersionAfter: header.Version, Attributes: attributes, Time: now,
	})
	tx.restOn(t, proof)
	// An item that takes roles takes those, too, that are being created now.
	header.recheck = !tx.checkRoles(t, changed.roles, roles) || takesMore(old, header.Set)
	tx.update(setKey(t, id), header.content(), nil, unchanged(read), errStale)
	if err := s.commitSet(ctx, tx); err != nil {
		return permission.Set{}, err
	}
	header.buckets = len(buckets)
	return header.with(buckets)
}

// namings are roles whose membership of a set changed.
type namings struct {
	roles   []string
	visibly bool // clients see it: not only whose word it rests on changed
}

// nameRoles makes the buckets name the roles as wanted does, as far as the
// roles allow: unknown ones are refused, and those with updatePermissionSet
// stay in the configured set. What the change repeats keeps its reason: it is
// not said by being sent back. It returns what changed, and the roles that it
// looked at.
func (s *Store) nameRoles(ctx context.Context, t tenant.ID, header permission.Set, buckets bucketList, old, wanted permission.Set) (changed namings, roles map[string]*role.Role, err error) {
	before, after := codesByRole(old.Items), codesByRole(wanted.Items)
	var concerned []string
	for id := range merged(before, after) {
		if joinCodes(before[id]) != joinCodes(after[id]) {
			concerned = append(concerned, id)
		}
	}
	slices.Sort(concerned)
	if takesMore(old, header) {
		concerned, err = s.allRoleIDs(ctx, t, concerned)
		if err != nil {
			return namings{}, nil, err
		}
	}
	if roles, err = s.rolesByID(ctx, t, concerned); err != nil {
		return namings{}, nil, err
	}
	for _, id := range concerned {
		r, b := roles[id], buckets.of(id)
		said := b.roles[id].saidOf(r)
		if joinCodes(before[id]) != joinCodes(after[id]) {
			if r == nil && slices.ContainsFunc(after[id], func(code permission.Code) bool { return !slices.Contains(before[id], code) }) {
				return namings{}, nil, unknownRole(id)
			}
			said = saidBy(header, r, said, before[id], after[id])
		}
		named := b.roles[id]
		member := memberOf(r, sync.Wanted(sync.View{Role: r, Set: header, Said: said}), said)
		if b.name(id, member) {
			changed.roles = append(changed.roles, id)
			changed.visibly = changed.visibly || joinCodes(named.codes) != joinCodes(member.codes)
		}
	}
	return changed, roles, nil
}

// saidBy returns the permissions under which a client has named the role once it
// has sent these: what it had said before and repeats, and what is new and does
// not follow from the role's updatePermissionSet anyway.
func saidBy(set permission.Set, r *role.Role, said, named, sent []permission.Code) []permission.Code {
	follows := sync.Wanted(sync.View{Role: r, Set: set})
	return slices.DeleteFunc(slices.Clone(sent), func(code permission.Code) bool {
		return !slices.Contains(said, code) && (slices.Contains(named, code) || slices.Contains(follows, code))
	})
}

// takesMore tells whether roles with updatePermissionSet join items of the set
// that they did not join before.
func takesMore(old, wanted permission.Set) bool {
	return wanted.Configured && slices.ContainsFunc(wanted.Items, func(i permission.Item) bool {
		before, had := old.Item(i.Permission)
		return i.Limited && i.Permission.TakesRoles() && !(had && before.Limited)
	})
}

// DeletePermissionSet implements permission.Store.
func (s *Store) DeletePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, id string, check func(permission.Set) error) error {
	return optimistically(ctx, func() error {
		header, err := s.readSetHeader(ctx, t, id)
		if err != nil {
			return err
		}
		if err := check(header.Set); err != nil {
			return err
		}
		if header.Configured || header.grants > 0 {
			return permission.ErrInUse
		}
		buckets, err := s.all(ctx, prefixed(partition(t), setRolesPrefix+id+"#"))
		if err != nil {
			return fmt.Errorf("read roles of permission set: %w", err)
		}
		tx := s.newTransaction()
		tx.delete(setKey(t, id), unchanged(header).and(ungranted), errStale)
		for _, b := range decodeBuckets(buckets) {
			tx.delete(bucketKey(t, id, b.first), atRevision(b.revision), errStale)
		}
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Delete, ResourceType: "PermissionSet", ResourceID: id,
			VersionBefore: header.Version, Attributes: attributesOfSet(header.Set), Time: s.now(),
		})
		if len(tx.actions) > maxTransaction {
			return tooManyRoles("This permission set names too many roles to be deleted at once: replace it by one with fewer roles first.")
		}
		return s.commit(ctx, tx)
	})
}

// checkRoles makes the transaction fail if a role that a set names is not what
// it was, and reports whether there was room for all of them, and for the
// set's header. Without room it checks none, and the header has to ask for a
// recheck.
func (tx *transaction) checkRoles(t tenant.ID, ids []string, roles map[string]*role.Role) bool {
	if len(tx.actions)+len(ids)+1 > maxTransaction {
		return false
	}
	for _, id := range ids {
		tx.check(roleKey(t, id), stillAsRead(roles[id]), errStale)
	}
	return true
}

func (s *Store) commitSet(ctx context.Context, tx *transaction) error {
	if len(tx.actions) > maxTransaction {
		return tooManyRoles("This change touches too many roles at once: make it in several requests.")
	}
	return s.commit(ctx, tx)
}

// allRoleIDs adds the ids of all roles of the tenant to ids.
func (s *Store) allRoleIDs(ctx context.Context, t tenant.ID, ids []string) ([]string, error) {
	items, err := s.all(ctx, prefixed(partition(t), rolePrefix))
	if err != nil {
		return nil, fmt.Errorf("read roles: %w", err)
	}
	for _, it := range items {
		ids = append(ids, decodeRole(it).ID)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}

func unknownRole(id string) error {
	return &resource.ValueError{
		Attribute: "permissionSetItems.parameter", Problem: resource.UnknownRole,
		Detail: fmt.Sprintf("There is no role %s: name only roles that exist.", id),
	}
}

func tooManyRoles(detail string) error {
	return &resource.ValueError{Attribute: "permissionSetItems", Problem: resource.TooLong, Detail: detail}
}

// attributesOfSet names the attributes that a set has.
func attributesOfSet(set permission.Set) []string {
	return append(changedSetAttributes(permission.Set{}, set), "id")
}

// changedSetAttributes names the attributes in which two sets differ, of those
// that can change, the roles of items left aside. The order of items does not
// matter.
func changedSetAttributes(a, b permission.Set) []string {
	var names []string
	if a.ExternalID != b.ExternalID {
		names = append(names, "externalId")
	}
	if a.Name != b.Name {
		names = append(names, "name")
	}
	if !maps.Equal(limits(a), limits(b)) {
		names = append(names, "permissionSetItems")
	}
	return names
}

// limits tells of each permission of a set whether it is limited.
func limits(set permission.Set) map[permission.Code]bool {
	limited := make(map[permission.Code]bool, len(set.Items))
	for _, item := range set.Items {
		limited[item.Permission] = item.Limited
	}
	return limited
}

func withoutRoles(items []permission.Item) []permission.Item {
	bare := slices.Clone(items)
	for i := range bare {
		bare[i].Roles = nil
	}
	return bare
}

func merged(a, b map[string][]permission.Code) map[string][]permission.Code {
	union := maps.Clone(a)
	maps.Copy(union, b)
	return union
}
