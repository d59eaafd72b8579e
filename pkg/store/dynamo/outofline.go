package dynamo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	gosync "sync"

	"golang.org/x/sync/errgroup"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// rolesPerPage is how many roles OutOfLine compares with the sets at once.
const rolesPerPage = 1000

// OutOfLine implements sync.Store. It reads the bytes of the page's roles, of
// all sets' headers, and of the buckets that may name the page's roles.
func (s *Store) OutOfLine(ctx context.Context, t tenant.ID, behind string, wanted func(sync.View) []permission.Code) (sync.Page, error) {
	if behind == "" {
		if _, err := s.configurationItem(ctx, t); err != nil {
			return sync.Page{}, err
		}
	}
	inPage := resource.Span{}.Behind(behind)
	roles, more, err := s.Roles(ctx, t, inPage, rolesPerPage)
	if err != nil {
		return sync.Page{}, err
	}
	page := sync.Page{Checked: len(roles), More: more}
	if more {
		page.Last = roles[len(roles)-1].ID
		inPage = inPage.UpTo(page.Last)
	}
	headers, err := s.headersNamingRoles(ctx, t)
	if err != nil {
		return sync.Page{}, err
	}
	byID := make(map[string]*role.Role, len(roles))
	for i := range roles {
		byID[roles[i].ID] = &roles[i]
	}
	var mutex gosync.Mutex
	differ := map[string]bool{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxReads)
	for _, header := range headers {
		group.Go(func() error {
			members, err := s.membersIn(ctx, t, header, inPage)
			if err != nil {
				return fmt.Errorf("read roles of permission set: %w", err)
			}
			mutex.Lock()
			defer mutex.Unlock()
			for id := range outOfLine(header.Set, byID, members, wanted) {
				differ[id] = true
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return sync.Page{}, err
	}
	page.Roles = slices.Sorted(maps.Keys(differ))
	return page, nil
}

// outOfLine returns the roles that the set names other than it should, of
// those that exist and those that it names.
func outOfLine(set permission.Set, roles map[string]*role.Role, members map[string]member, wanted func(sync.View) []permission.Code) map[string]bool {
	differ := map[string]bool{}
	compare := func(id string) {
		m := members[id]
		if joinCodes(m.codes) != joinCodes(wanted(sync.View{Role: roles[id], Set: set, Said: m.saidOf(roles[id])})) {
			differ[id] = true
		}
	}
	for id := range members {
		compare(id)
	}
	for id := range roles {
		compare(id)
	}
	return differ
}

func (s *Store) headersNamingRoles(ctx context.Context, t tenant.ID) ([]setHeader, error) {
	items, err := s.all(ctx, prefixed(partition(t), setPrefix))
	if err != nil {
		return nil, fmt.Errorf("read permission sets: %w", err)
	}
	return namingRoles(items), nil
}

// membersIn reads, by id, the roles that a set names within a span.
func (s *Store) membersIn(ctx context.Context, t tenant.ID, header setHeader, in resource.Span) (map[string]member, error) {
	members := map[string]member{}
	if header.buckets == 0 {
		return members, nil
	}
	items, err := s.all(ctx, spanOf(partition(t), setRolesPrefix+header.ID+"#", in))
	if err != nil {
		return nil, err
	}
	buckets := decodeBuckets(items)
	if in.From != "" { // roles of the span may lie in the bucket that begins before it
		b, err := s.bucketFor(ctx, t, header.ID, in.From, true)
		if err != nil {
			return nil, err
		}
		buckets = append(buckets, b)
	}
	for _, b := range buckets {
		for id, m := range b.roles {
			if id >= in.From && (in.To == "" || id <= in.To) {
				members[id] = m
			}
		}
	}
	return members, nil
}
