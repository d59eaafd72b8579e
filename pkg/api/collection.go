package api

import (
	"context"
	"slices"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// collection says how resources of one type are read, compared and written.
type collection[T any] struct {
	resourceType *scim.ResourceType
	fields       filter.Fields[T]
	key          func(*T) string // id
	size         func(*T) int    // bytes that one takes in an answer, about
	count        func(context.Context) (int, error)
	// counted says that count reads none of the resources, so that it tells in
	// time whether there are too many to read.
	counted bool
	read    readFunc[T]
	// from returns resources in the order of their ids, without the first so
	// many. It is nil where these would have to be read.
	from func(ctx context.Context, skipped, limit int) ([]T, error)
	// indexed reads only resources of which the filter may hold; it returns nil
	// when no index leads to them. It may be nil.
	indexed func(f *filter.Filter) readFunc[T]
	// lookup finds, in the order of their ids, few resources of which the filter
	// may hold, and no others; ok is false when there is no key to find them by.
	// It may be nil.
	lookup func(ctx context.Context, f *filter.Filter) (found []T, ok bool, err error)
	// prepare reads what the fields at these paths need beside the resources. It
	// may be nil.
	prepare func(ctx context.Context, paths []string, resources []T) error
	// needsWhole says whether the attributes at these paths are read only with
	// whole resources. It may be nil.
	needsWhole func(paths []string) bool
	// sendsWhole says that whole resources are answered.
	sendsWhole bool
	write      func(ctx context.Context, resources []*T) ([]any, error)
}

// readFunc returns resources in the order of their ids; whole says that they have
// all that belongs to them, which may cost more.
type readFunc[T any] func(ctx context.Context, in resource.Span, limit int, whole bool) (page []T, more bool, err error)

// row is a resource on its way into a list, whatever its type.
type row struct {
	collection int
	id         string
	sortKey    sortKey
	size       int
	resource   any // *T
}

// scanned is what was read of a span.
type scanned struct {
	rows []row  // those that the filter holds for
	read int    // how many were read
	size int    // their bytes
	last string // id of the last that was read
	more bool   // there may be more in the span
}

// rows is a collection under a filter and in an order.
type rows interface {
	// find returns all rows, if they can be found by key.
	find(ctx context.Context) (found []row, ok bool, err error)
	// scan reads at most limit resources behind an id.
	scan(ctx context.Context, after string, limit int) (scanned, error)
	// from returns the rows without the first so many; ok is false where those
	// would have to be read.
	from(ctx context.Context, skipped, limit int) (list []row, ok bool, err error)
	// total counts the resources, whatever the filter says.
	total(ctx context.Context) (int, error)
	// isTooLong says that there are more than can be read at once, as far as that
	// can be told without reading them.
	isTooLong(ctx context.Context) (bool, error)
	// complete makes whole what is to be answered. Those that have been deleted
	// in between are left out.
	complete(ctx context.Context, list []row) ([]row, error)
	// write returns the resources as clients see them.
	write(ctx context.Context, list []row) ([]any, error)
}

// filtered implements rows.
type filtered[T any] struct {
	collection[T]
	index   int
	filter  *filter.Filter
	matcher *filter.Matcher[T]
	sortKey filter.SortKey[T] // nil for the order of ids
	paths   []string          // that are compared or sorted by
	in      resource.Span     // outside of it the filter does not hold
	few     bool              // an index leads to those of which the filter may hold
	nothing bool              // the filter holds for none
	whole   bool              // whole resources are read at once
}

// under puts the collection under a filter and an order. sortBy is nil where
// only ids count. selecting says that not all that is read will be answered.
func (s collection[T]) under(index int, f *filter.Filter, sortBy *scim.Path, selecting bool) rows {
	r := &filtered[T]{collection: s, index: index, filter: f, matcher: filter.Compile(f, s.fields), whole: s.sendsWhole}
	if f != nil {
		r.in, r.nothing = narrow(f, s.resourceType)
		r.paths = f.Paths()
	}
	if sortBy != nil {
		r.sortKey = filter.NewSortKey(*sortBy, s.fields)
		r.paths = append(r.paths, sortBy.String())
	}
	if selecting {
		r.whole = s.needsWhole != nil && s.needsWhole(r.paths)
	}
	if f != nil && s.indexed != nil {
		if read := s.indexed(f); read != nil {
			r.read, r.few = read, true
		}
	}
	return r
}

// narrow returns the span of ids outside of which the filter cannot hold.
func narrow(f *filter.Filter, t *scim.ResourceType) (in resource.Span, nothing bool) {
	if name, _, ok := f.Equality("meta.resourceType"); f.IsNever() || ok && name != t.Name {
		return in, true
	}
	if id, _, ok := f.Equality("id"); ok {
		return resource.Span{From: id, To: id}, id == ""
	}
	if prefix, _, ok := f.Prefix("id"); ok {
		in = in.WithPrefix(prefix)
	}
	if id, ok := f.Bound("id", filter.Greater); ok {
		in = in.Behind(id)
	}
	if id, ok := f.Bound("id", filter.GreaterOrEqual); ok {
		in.From = max(in.From, id)
	}
	for _, op := range []filter.Op{filter.Less, filter.LessOrEqual} {
		if id, ok := f.Bound("id", op); ok && id == "" {
			nothing = true
		} else if ok {
			in = in.UpTo(id)
		}
	}
	in = narrowTimes(f, t, in)
	return in, nothing || in.IsEmpty()
}

// narrowTimes narrows the span of a type whose ids begin with times.
func narrowTimes(f *filter.Filter, t *scim.ResourceType, in resource.Span) resource.Span {
	for _, path := range idTimes(t) {
		for _, op := range []filter.Op{filter.Equal, filter.Greater, filter.GreaterOrEqual} {
			if at, ok := f.TimeBound(path, op); ok {
				in.From = max(in.From, audit.IDPrefix(at))
			}
		}
		for _, op := range []filter.Op{filter.Equal, filter.Less, filter.LessOrEqual} {
			if at, ok := f.TimeBound(path, op); ok {
				in = in.UpTo(audit.IDPrefix(at) + "\x7f") // the last id of that time
			}
		}
	}
	return in
}

func (r *filtered[T]) find(ctx context.Context) ([]row, bool, error) {
	if r.nothing {
		return nil, true, nil
	}
	if r.filter == nil || r.lookup == nil {
		return nil, false, nil
	}
	found, ok, err := r.lookup(ctx, r.filter)
	if err != nil || !ok {
		return nil, false, err
	}
	list, err := r.match(ctx, found)
	return list, true, err
}

func (r *filtered[T]) scan(ctx context.Context, after string, limit int) (scanned, error) {
	page, more, err := r.read(ctx, r.in.Behind(after), limit, r.whole)
	if err != nil {
		return scanned{}, err
	}
	s := scanned{read: len(page), last: after, more: more}
	for i := range page {
		s.size += r.size(&page[i])
		s.last = r.key(&page[i])
	}
	s.rows, err = r.match(ctx, page)
	return s, err
}

// match returns those that the filter holds for.
func (r *filtered[T]) match(ctx context.Context, resources []T) ([]row, error) {
	if r.prepare != nil && (r.matcher != nil || r.sortKey != nil) {
		if err := r.prepare(ctx, r.paths, resources); err != nil {
			return nil, err
		}
	}
	var list []row
	if r.matcher == nil {
		list = make([]row, 0, len(resources))
	}
	for i := range resources {
		one := &resources[i]
		if !r.matcher.Match(one) {
			continue
		}
		matched := row{collection: r.index, id: r.key(one), size: r.size(one), resource: one}
		if r.sortKey != nil {
			matched.sortKey = newSortKey(r.sortKey(one))
		}
		list = append(list, matched)
	}
	return list, nil
}

func (r *filtered[T]) total(ctx context.Context) (int, error) { return r.count(ctx) }

func (r *filtered[T]) from(ctx context.Context, skipped, limit int) ([]row, bool, error) {
	if r.collection.from == nil {
		return nil, false, nil
	}
	page, err := r.collection.from(ctx, skipped, limit)
	if err != nil {
		return nil, false, err
	}
	list, err := r.match(ctx, page)
	return list, true, err
}

func (r *filtered[T]) isTooLong(ctx context.Context) (bool, error) {
	if !r.counted || r.few || r.in != (resource.Span{}) {
		return false, nil
	}
	total, err := r.count(ctx)
	return total > maxScan, err
}

func (r *filtered[T]) complete(ctx context.Context, list []row) ([]row, error) {
	if r.whole || !r.sendsWhole {
		return list, nil
	}
	completed := make([]row, 0, len(list))
	for _, partial := range list {
		page, _, err := r.read(ctx, resource.Span{From: partial.id, To: partial.id}, 1, true)
		if err != nil {
			return nil, err
		}
		if len(page) == 1 {
			partial.resource, partial.size = &page[0], r.size(&page[0])
			completed = append(completed, partial)
		}
	}
	return slices.Clip(completed), nil
}

func (r *filtered[T]) write(ctx context.Context, list []row) ([]any, error) {
	resources := make([]*T, len(list))
	for i := range list {
		resources[i] = list[i].resource.(*T)
	}
	return r.collection.write(ctx, resources)
}
