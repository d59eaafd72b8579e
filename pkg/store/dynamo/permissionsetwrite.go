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
	err := optimistically(ctx, func() error {
		roles, err := s.rolesByID(ctx, t, named)
		if err != nil {
			return err
		}
		if unknown := missing(named, roles); len(unknown) > 0 {
			return unknownRole(unknown[0])
		}
		buckets := bucketsFor(set, true)
		tx := s.newTransaction()
		tx.put(encodeSetHeader(t, setHeader{Set: set, buckets: len(buckets)}), absent, resource.ErrIDTaken)
		for _, b := range buckets {
			tx.put(encodeBucket(t, b), absent, resource.ErrIDTaken)
		}
		tx.put(encodeAudit(t, audit.Record{
			Actor: by, Operation: "create", ResourceType: "PermissionSet", ResourceID: set.ID,
			VersionAfter: 1, Attributes: []string{"id", "name", "permissionSetItems"}, Time: now,
		}), absent, errStale)
		return s.commitNaming(ctx, t, tx, named, roles)
	})
	if err != nil {
		return permission.Set{}, err
	}
	return s.PermissionSet(ctx, t, set.ID)
}

// UpdatePermissionSet implements permission.Store. It reads the whole set, and
// writes the buckets that change.
func (s *Store) UpdatePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(permission.Set) (permission.Set, error)) (permission.Set, error) {
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

func (s *Store) updatePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(permission.Set) (permission.Set, error)) (permission.Set, error) {
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
	wanted, err := change(old)
	if err != nil {
		return permission.Set{}, err
	}
	attributes := changedSetAttributes(old, wanted)
	header.ExternalID, header.Name, header.Items = wanted.ExternalID, wanted.Name, withoutRoles(wanted.Items)
	changed, roles, err := s.nameRoles(ctx, t, header.Set, buckets, old, wanted)
	if err != nil || len(attributes) == 0 && len(changed) == 0 {
		return old, err
	}
	if len(changed) > 0 && !slices.Contains(attributes, "permissionSetItems") {
		attributes = append(attributes, "permissionSetItems")
	}
	tx := s.newTransaction()
	tx.changeSet(t, &header, buckets, s.now())
	tx.put(encodeAudit(t, audit.Record{
		Actor: by, Operation: "update", ResourceType: "PermissionSet", ResourceID: id,
		VersionBefore: old.Version, VersionAfter: header.Version, Attributes: attributes, Time: header.LastModified,
	}), absent, errStale)
	if err := s.commitNaming(ctx, t, tx, changed, roles); err != nil {
		return permission.Set{}, err
	}
	header.buckets = len(buckets)
	return header.with(buckets)
}

// nameRoles makes the buckets name the roles as wanted does, as far as the
// roles allow: unknown ones are refused, and those with updatePermissionSet
// stay in the configured set. It returns whose membership changed, and the
// roles that it looked at.
func (s *Store) nameRoles(ctx context.Context, t tenant.ID, header permission.Set, buckets bucketList, old, wanted permission.Set) (changed []string, roles map[string]*role.Role, err error) {
	configuration, err := s.configuration(ctx, t)
	if err != nil {
		return nil, nil, err
	}
	configured := configuration.ConfiguredPermissionSet == header.ID
	before, after := codesByRole(old.Items), codesByRole(wanted.Items)
	var concerned []string
	for id := range merged(before, after) {
		if joinCodes(before[id]) != joinCodes(after[id]) {
			concerned = append(concerned, id)
		}
	}
	slices.Sort(concerned)
	if configured && itemsTakingRoles(old) != itemsTakingRoles(wanted) {
		concerned, err = s.allRoleIDs(ctx, t, concerned)
		if err != nil {
			return nil, nil, err
		}
	}
	if roles, err = s.rolesByID(ctx, t, concerned); err != nil {
		return nil, nil, err
	}
	for _, id := range concerned {
		r := roles[id]
		if r == nil && len(after[id]) > 0 {
			return nil, nil, unknownRole(id)
		}
		b := buckets.of(id)
		member := member{codes: after[id], explicit: r != nil && !(configured && r.UpdatePermissionSet)}
		if configured {
			member.codes = sync.Wanted(sync.View{Role: r, Set: header, Configured: true, Codes: after[id], Explicit: true})
		}
		if b.name(id, member) {
			changed = append(changed, id)
		}
	}
	return changed, roles, nil
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
		if header.grants > 0 {
			return permission.ErrInUse
		}
		buckets, err := s.all(ctx, prefixed(partition(t), setRolesPrefix+id+"#"))
		if err != nil {
			return fmt.Errorf("read roles of permission set: %w", err)
		}
		tx := s.newTransaction()
		tx.check(tenantKey(t, configKey), unequal("configuredPermissionSet", text(id)), permission.ErrInUse)
		tx.delete(setKey(t, id), ungrantedAt(header.Version), errStale)
		for _, b := range decodeBuckets(buckets) {
			tx.delete(bucketKey(t, id, b.first), atVersion(b.version), errStale)
		}
		tx.put(encodeAudit(t, audit.Record{
			Actor: by, Operation: "delete", ResourceType: "PermissionSet", ResourceID: id,
			VersionBefore: header.Version, Attributes: []string{"id", "name", "permissionSetItems"}, Time: s.now(),
		}), absent, errStale)
		if len(tx.actions) > maxTransaction {
			return tooManyRoles("This permission set names too many roles to be deleted at once: replace it by one with fewer roles first.")
		}
		return s.commit(ctx, tx)
	})
}

// commitNaming commits a transaction that rests on the roles that a set names
// being there. Where they are too many to be checked in it, they are read again
// afterwards, and those that changed meanwhile are brought in line.
func (s *Store) commitNaming(ctx context.Context, t tenant.ID, tx *transaction, ids []string, roles map[string]*role.Role) error {
	if len(tx.actions) > maxTransaction {
		return tooManyRoles("This change touches too many roles at once: make it in several requests.")
	}
	if len(tx.actions)+len(ids) <= maxTransaction {
		tx.checkRoles(t, ids, roles)
		return s.commit(ctx, tx)
	}
	if err := s.commit(ctx, tx); err != nil {
		return err
	}
	now, err := s.rolesByID(ctx, t, ids)
	if err != nil {
		return err
	}
	drifted := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return sameForMembership(roles[id], now[id]) })
	for chunk := range slices.Chunk(drifted, sync.MaxRoles) {
		if _, err := s.BringInLine(ctx, t, chunk, sync.Wanted); err != nil {
			return err
		}
	}
	return nil
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

// itemsTakingRoles tells which items of a set roles with updatePermissionSet
// are in.
func itemsTakingRoles(set permission.Set) string {
	var codes []permission.Code
	for _, item := range set.Items {
		if item.Limited && item.Permission.TakesRoles() {
			codes = append(codes, item.Permission)
		}
	}
	return joinCodes(codes)
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
