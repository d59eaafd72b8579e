package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// What a list may read at most to be filtered or sorted.
const (
	maxScan       = 10_000
	maxScanLength = 8_000_000 // bytes in an answer, about
)

// list answers a query over the resource types of the call's endpoint.
type list struct {
	*Dependencies
	*call
	request searchRequest
	types   []*scim.ResourceType
	order   *order
	filters []*filter.Filter // by resource type; nil without a filter
	rows    []rows           // by resource type
}

// list answers a query (RFC 7644 section 3.4.2).
func (d *Dependencies) list(ctx context.Context, c *call, r searchRequest) (*response, error) {
	l := &list{Dependencies: d, call: c, request: r, types: c.endpoint.types}
	if err := l.parse(); err != nil {
		return nil, err
	}
	if err := l.authorize(ctx); err != nil {
		return nil, err
	}
	for i, t := range l.types {
		l.rows = append(l.rows, l.under(i, t))
	}
	if r.cursor != nil {
		return l.cursorPage(ctx)
	}
	return l.indexPage(ctx)
}

// listing is the permission that lists of a type ask for.
func listing(t *scim.ResourceType) permission.Code {
	switch t {
	case userResourceType:
		return permission.ReadUser
	case auditRecordResourceType:
		return permission.ReadAudit
	}
	return permission.ReadReferenceData
}

// authorize leaves, of several types, those that the caller may list.
func (l *list) authorize(ctx context.Context) error {
	grants, err := auth.LoadGrants(ctx, l.Grants, l.Caller)
	if err != nil {
		return err
	}
	var refused error
	forbidden := func(i int) bool {
		err := grants.Require(listing(l.types[i]))
		refused = cmp.Or(refused, err)
		return err != nil
	}
	var allowed []int
	for i := range l.types {
		if !forbidden(i) {
			allowed = append(allowed, i)
		}
	}
	if len(allowed) == 0 {
		return refused
	}
	l.keep(allowed)
	return nil
}

// keep leaves out the types that are not at these indexes.
func (l *list) keep(indexes []int) {
	l.types, l.filters = pick(l.types, indexes), pick(l.filters, indexes)
	if l.order != nil {
		l.order.sortBy = pick(l.order.sortBy, indexes)
	}
}

func pick[T any](list []T, indexes []int) []T {
	picked := make([]T, len(indexes))
	for i, index := range indexes {
		picked[i] = list[index]
	}
	return picked
}

// parse checks what can be checked before anything is read.
func (l *list) parse() (err error) {
	if l.request.cursor != nil {
		if err := checkCursorPaging(l.request); err != nil {
			return err
		}
	}
	if l.order, err = orderOf(l.request, l.types); err != nil {
		return err
	}
	l.filters, err = l.parseFilters()
	return err
}

// parseFilters binds the filter to each type. Over several types, an attribute
// has no value in those that lack it, but one of them must have it (RFC 7644
// section 3.4.2.1).
func (l *list) parseFilters() ([]*filter.Filter, error) {
	types := l.types
	filters := make([]*filter.Filter, len(types))
	if l.request.filter == nil {
		return filters, nil
	}
	options := l.surface.filterOptions()
	if len(types) > 1 {
		if err := checkAttributes(*l.request.filter, options, types); err != nil {
			return nil, err
		}
		options.AcrossTypes = true
	}
	for i, t := range types {
		parsed, err := filter.Parse(*l.request.filter, t, options)
		if err == nil {
			err = checkListed(parsed, t)
		}
		if err != nil {
			return nil, err
		}
		filters[i] = parsed
	}
	return filters, nil
}

// under puts the resources of a type under the filter and the order.
func (l *list) under(index int, t *scim.ResourceType) rows {
	f, sortBy := l.filters[index], l.order.of(index)
	switch t {
	case roleResourceType:
		return l.roles(l.call).under(index, f, sortBy, !l.isPlain())
	case userResourceType:
		return l.users(l.call).under(index, f, sortBy, !l.isPlain())
	case permissionSetResourceType:
		return l.permissionSets(l.call).under(index, f, sortBy, !l.isPlain())
	default:
		return l.auditRecords(l.call).under(index, f, sortBy, !l.isPlain())
	}
}

// isPlain says that all resources of one type are asked for, in the order of
// their ids.
func (l *list) isPlain() bool { return len(l.filters) == 1 && l.filters[0] == nil && l.order == nil }

// indexPage answers by startIndex and count (RFC 7644 section 3.4.2.4).
func (l *list) indexPage(ctx context.Context) (*response, error) {
	p := pagingOf(l.request, l.surface)
	p.unpaged = p.unpaged && !l.endpoint.bounded && !l.endpoint.paged
	found, err := l.part(ctx, p)
	if err != nil {
		return nil, err
	}
	if err := checkLength(found.items); err != nil {
		return nil, err
	}
	resources, err := l.write(ctx, found.items)
	if err != nil {
		return nil, err
	}
	if found.whole {
		return listAnswer(l.call, scim.NewListResponse(resources)), nil
	}
	return listAnswer(l.call, scim.NewPage(resources, found.total, p.startIndex)), nil
}

// checkLength refuses a page that is longer than an answer can be. It is not cut:
// a client that counts on by its own count would miss what was left out.
func checkLength(page []row) error {
	length := 0
	for i := range page {
		length += page[i].size
	}
	if length > maxUnpagedLength && len(page) > 1 {
		return scim.Errorf(http.StatusBadRequest, scim.TooMany, "These %d resources are too long for one answer: send a smaller count, or walk with the parameter cursor.", len(page))
	}
	return nil
}

func (l *list) part(ctx context.Context, p paging) (part[row], error) {
	if l.isPlain() && !l.endpoint.bounded {
		return l.plain().part(ctx, p)
	}
	all, err := l.all(ctx)
	if err != nil {
		return part[row]{}, err
	}
	found := p.of(all)
	found.items, err = l.complete(ctx, found.items)
	return found, err
}

// plain is the list of one type in the order of ids.
func (l *list) plain() source[row] {
	return source[row]{
		read: func(ctx context.Context, after string, limit int) ([]row, bool, error) {
			s, err := l.rows[0].scan(ctx, after, limit)
			return s.rows, s.more, err
		},
		from:  l.rows[0].from,
		count: l.rows[0].total,
		key:   func(r row) string { return r.id },
		size:  func(r row) int { return r.size },
	}
}

// all reads, within bounds, every row that the filter holds for, in order.
func (l *list) all(ctx context.Context) ([]row, error) {
	var all []row
	read, size := 0, 0
	for _, r := range l.rows {
		found, ok, err := r.find(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if !ok {
			if tooLong, err := r.isTooLong(ctx); err != nil || tooLong {
				return nil, cmp.Or(err, l.tooMany())
			}
		}
		for after, more := "", !ok; more; {
			s, err := r.scan(ctx, after, maxRead)
			if err != nil {
				return nil, err
			}
			if read, size = read+s.read, size+s.size; read > maxScan || size > maxScanLength {
				return nil, l.tooMany()
			}
			all = append(all, s.rows...)
			after, more = s.last, s.more
		}
	}
	if l.order != nil {
		l.order.sort(all)
	}
	return all, nil
}

func (l *list) tooMany() error {
	if l.endpoint.bounded {
		return scim.Errorf(http.StatusBadRequest, scim.TooMany,
			`There are too many %ss to count, filter or sort at once. Ask for those of a time, as with time ge "2026-01-31T00:00:00Z" and time lt "2026-02-01T00:00:00Z", or walk with the parameter cursor and without sortBy.`, l.endpoint.kind)
	}
	return scim.Errorf(http.StatusBadRequest, scim.TooMany,
		`There are too many resources to filter or sort at once. Ask for less, as with %s, or walk with the parameter cursor and without sortBy.`, l.narrower())
}

// narrower says which filters read little.
func (l *list) narrower() string {
	if slices.Contains(l.types, userResourceType) {
		return `userName eq "…", externalId eq "…", emails.value eq "…" or roles.value eq "…"`
	}
	return `id eq "…", name eq "…" or id sw "…"`
}

// complete makes the rows whole, type by type, in their order.
func (l *list) complete(ctx context.Context, page []row) ([]row, error) {
	if len(l.rows) == 1 {
		return l.rows[0].complete(ctx, page)
	}
	var completed []row
	for i, r := range l.rows {
		ofType, err := r.complete(ctx, slices.DeleteFunc(slices.Clone(page), func(r row) bool { return r.collection != i }))
		if err != nil {
			return nil, err
		}
		completed = append(completed, ofType...)
	}
	l.order.sort(completed)
	return completed, nil
}

// write returns the rows as clients see them, in their order.
func (l *list) write(ctx context.Context, page []row) ([]any, error) {
	if len(l.rows) == 1 {
		return l.rows[0].write(ctx, page)
	}
	written := make([]any, len(page))
	for i, r := range l.rows {
		var ofType []row
		var at []int
		for j := range page {
			if page[j].collection == i {
				ofType, at = append(ofType, page[j]), append(at, j)
			}
		}
		resources, err := r.write(ctx, ofType)
		if err != nil {
			return nil, err
		}
		for j, resource := range resources {
			written[at[j]] = resource
		}
	}
	return written, nil
}
