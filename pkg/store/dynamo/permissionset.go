package dynamo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// setHeader is a permission set without the roles it names.
type setHeader struct {
	permission.Set
	// revision is raised by every write of the set. The version, which clients see,
	// is raised only by those that change what they see.
	revision int64
	buckets  int   // how many buckets its roles lie in
	grants   int64 // how many roles grant it
	recheck  bool  // see RecheckAll
}

// firstRevision lies behind every revision of a set that had the id before, so
// that a reader who has that one's header does not take this one's buckets for
// its own.
func firstRevision(created time.Time) int64 { return created.UnixMilli() }

// unchanged is true of a set's header while it is as it was read. Its revision
// alone would not do: a set that was deleted and created again has the revision
// that another one had.
func unchanged(h setHeader) condition {
	return condition{
		"#revision = :revision AND #created = :created AND #configured = :configured", []string{"revision", "created", "configured"},
		item{":revision": number(h.revision), ":created": moment(h.Created), ":configured": boolean(h.Configured)},
	}
}

// PermissionSet implements permission.Store. It reads the set's bytes, by queries
// alone: lists, too, read a set again that changed meanwhile.
func (s *Store) PermissionSet(ctx context.Context, t tenant.ID, id string) (permission.Set, error) {
	var set permission.Set
	err := optimistically(ctx, func() error {
		headers, _, err := s.setHeaderPage(ctx, t, resource.Span{From: id, To: id}, 1)
		if err != nil {
			return err
		}
		if len(headers) == 0 {
			return resource.ErrNotFound
		}
		buckets, err := s.all(ctx, prefixed(partition(t), setRolesPrefix+id+"#"))
		if err != nil {
			return fmt.Errorf("read roles of permission set: %w", err)
		}
		set, err = headers[0].with(decodeBuckets(buckets))
		return err
	})
	return set, err
}

// PermissionSets implements permission.Store. It reads the bytes of the
// page's sets.
func (s *Store) PermissionSets(ctx context.Context, t tenant.ID, in resource.Span, limit int) ([]permission.Set, bool, error) {
	headers, more, err := s.setHeaderPage(ctx, t, in, limit)
	if err != nil {
		return nil, false, err
	}
	if len(headers) == 0 {
		return nil, false, nil
	}
	buckets, err := s.bucketsOf(ctx, t, headers[0].ID, headers[len(headers)-1].ID)
	if err != nil {
		return nil, false, err
	}
	sets := make([]permission.Set, 0, len(headers))
	for _, header := range headers {
		set, err := header.with(buckets[header.ID])
		if err != nil { // changed since the headers were read
			set, err = s.PermissionSet(ctx, t, header.ID)
		}
		switch {
		case err == nil:
			sets = append(sets, set)
		case !errors.Is(err, resource.ErrNotFound):
			return nil, false, err
		}
	}
	return sets, more, nil
}

// PermissionSetHeaders implements permission.Store. It reads the bytes of the
// page's headers.
func (s *Store) PermissionSetHeaders(ctx context.Context, t tenant.ID, in resource.Span, limit int) ([]permission.Set, bool, error) {
	headers, more, err := s.setHeaderPage(ctx, t, in, limit)
	sets := make([]permission.Set, len(headers))
	for i := range headers {
		sets[i] = headers[i].Set
	}
	return sets, more, err
}

func (s *Store) setHeaderPage(ctx context.Context, t tenant.ID, in resource.Span, limit int) ([]setHeader, bool, error) {
	if in.IsEmpty() {
		return nil, false, nil
	}
	items, more, err := s.page(ctx, spanOf(partition(t), setPrefix, in), limit)
	if err != nil {
		return nil, false, fmt.Errorf("read permission sets: %w", err)
	}
	headers := make([]setHeader, len(items))
	for i, it := range items {
		headers[i] = decodeSetHeader(it)
	}
	return headers, more, nil
}

// CountPermissionSets implements permission.Store. It reads the bytes of all
// headers.
func (s *Store) CountPermissionSets(ctx context.Context, t tenant.ID) (int, error) {
	return s.count(ctx, prefixed(partition(t), setPrefix))
}

// ConfiguredPermissionSet implements permission.Store at 2 read units.
func (s *Store) ConfiguredPermissionSet(ctx context.Context, t tenant.ID) (permission.Set, error) {
	configuration, err := s.configurationItem(ctx, t)
	if err != nil {
		return permission.Set{}, err
	}
	id := configuration.text(ConfiguredSet)
	header, err := s.readSetHeader(ctx, t, id)
	if errors.Is(err, resource.ErrNotFound) { // which would be said of what the caller asked for
		return permission.Set{}, fmt.Errorf("the configured permission set %s does not exist", id)
	}
	if err != nil {
		return permission.Set{}, fmt.Errorf("read configured permission set: %w", err)
	}
	return header.Set, nil
}

// PermissionSetNames implements permission.Store.
func (s *Store) PermissionSetNames(ctx context.Context, t tenant.ID, ids []string) (map[string]string, error) {
	headers, err := s.setHeaders(ctx, t, ids)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(headers))
	for _, header := range headers {
		names[header.ID] = header.Name
	}
	return names, nil
}

func (s *Store) readSetHeader(ctx context.Context, t tenant.ID, id string) (setHeader, error) {
	it, err := s.get(ctx, setKey(t, id), true)
	if err != nil {
		return setHeader{}, fmt.Errorf("read permission set: %w", err)
	}
	if it == nil {
		return setHeader{}, resource.ErrNotFound
	}
	return decodeSetHeader(it), nil
}

// setHeaders reads the headers of the sets with these ids, perhaps a moment
// late, in the order of their ids.
func (s *Store) setHeaders(ctx context.Context, t tenant.ID, ids []string) ([]setHeader, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	keys := make([]key, len(ids))
	for i, id := range ids {
		keys[i] = setKey(t, id)
	}
	found, err := s.batchGet(ctx, keys, false)
	if err != nil {
		return nil, fmt.Errorf("read permission sets: %w", err)
	}
	headers := make([]setHeader, 0, len(ids))
	for _, k := range keys {
		if it, ok := found[k]; ok {
			headers = append(headers, decodeSetHeader(it))
		}
	}
	return headers, nil
}

// bucketsOf reads the buckets of the sets from first to last, by set.
func (s *Store) bucketsOf(ctx context.Context, t tenant.ID, first, last string) (map[string][]*bucket, error) {
	items, err := s.all(ctx, span{partition(t), setRolesPrefix + first + "#", setRolesPrefix + last + "$"})
	if err != nil {
		return nil, fmt.Errorf("read roles of permission sets: %w", err)
	}
	bySet := map[string][]*bucket{}
	for _, b := range decodeBuckets(items) {
		bySet[b.set] = append(bySet[b.set], b)
	}
	return bySet, nil
}

// with returns the whole set. Header and buckets are read one after the other;
// errStale says that the set was changed in between.
func (h setHeader) with(buckets []*bucket) (permission.Set, error) {
	if len(buckets) != h.buckets {
		return permission.Set{}, errStale
	}
	roles := map[permission.Code][]string{}
	for _, b := range buckets {
		if b.revision > h.revision {
			return permission.Set{}, errStale
		}
		for id, m := range b.roles {
			for _, code := range m.codes {
				roles[code] = append(roles[code], id)
			}
		}
	}
	set := h.Set
	set.Items = slices.Clone(h.Items)
	for i := range set.Items {
		if set.Items[i].Limited {
			set.Items[i].Roles = sorted(roles[set.Items[i].Permission])
		}
	}
	return set, nil
}

// encodeSetHeader makes the item of a new set.
func encodeSetHeader(t tenant.ID, h setHeader) item {
	it := h.content()
	it[partitionKey], it[sortKey] = text(setKey(t, h.ID).partition), text(setKey(t, h.ID).sort)
	it["created"] = moment(h.Created)
	it["configured"] = boolean(h.Configured)
	it["grants"] = number(h.grants)
	return it
}

// content is what a change of the set writes. Not part of it are how many roles
// grant the set, since those roles count it, and whether it is configured.
func (h setHeader) content() item {
	items := make([]item, len(h.Items))
	for i, permissionItem := range h.Items {
		items[i] = item{"permission": text(string(permissionItem.Permission)), "limited": boolean(permissionItem.Limited)}
	}
	return item{
		"externalId":   text(h.ExternalID), // empty if there is none, so that writing it takes an old one away
		"name":         text(h.Name),
		"items":        list(items),
		"buckets":      number(int64(h.buckets)),
		"revision":     number(h.revision),
		"version":      number(h.Version),
		"lastModified": moment(h.LastModified),
		Recheck:        text(map[bool]string{true: RecheckAll}[h.recheck]),
	}
}

func decodeSetHeader(it item) setHeader {
	h := setHeader{
		Set:      permission.Set{ID: it.text(sortKey)[len(setPrefix):], ExternalID: it.text("externalId"), Name: it.text("name"), Configured: it.boolean("configured"), Meta: it.meta()},
		revision: it.number("revision"),
		buckets:  int(it.number("buckets")),
		grants:   it.number("grants"),
	}
	for _, element := range it.list("items") {
		h.Items = append(h.Items, permission.Item{Permission: permission.Code(element.text("permission")), Limited: element.boolean("limited")})
	}
	return h
}

func decodeBuckets(items []item) []*bucket {
	buckets := make([]*bucket, len(items))
	for i, it := range items {
		buckets[i] = decodeBucket(it)
	}
	return buckets
}
