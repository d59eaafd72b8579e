package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/scim"
)

const (
	maxPage          = 100       // longest page (HID)
	maxUnpaged       = 10_000    // longest list that is asked for no page
	maxUnpagedLength = 5_500_000 // and its bytes: a Lambda function can answer 6 MB
	maxRead          = 1000      // resources that are read at once on the way to a page
)

// paging says which part of a list is asked for.
type paging struct {
	unpaged    bool // everything, unless it is too much for one answer
	offset     int  // resources to skip
	count      int  // resources in the page, at most
	startIndex int  // in the client's own way of counting
}

// pagingOf reads what index paging needs (RFC 7644 section 3.4.2.4).
func pagingOf(r searchRequest, s *surface) paging {
	p := paging{
		unpaged: s.unpagedLists && r.get && r.startIndex == nil && r.count == nil && r.filter == nil && r.cursor == nil,
		count:   maxPage, startIndex: 1,
	}
	if r.count != nil {
		p.count = min(max(*r.count, 0), maxPage)
	}
	if r.startIndex != nil {
		p.offset, p.startIndex = start(*r.startIndex, p.count, s)
	}
	return p
}

// start turns a startIndex into an offset, and into what the answer says. HID
// clients step 0, 100, 200 and others 1, 101, 201: a multiple of the count is
// taken for an offset where HID clients call.
func start(startIndex, count int, s *surface) (offset, shown int) {
	if s.offsetStart && startIndex >= 0 && (startIndex == 0 || count > 0 && startIndex%count == 0) {
		return startIndex, startIndex
	}
	startIndex = max(startIndex, 1)
	return startIndex - 1, startIndex
}

// source reads resources in the order of their keys.
type source[T any] struct {
	read func(ctx context.Context, after string, limit int) (page []T, more bool, err error)
	// from reads without the first so many; ok is false where it cannot.
	from  func(ctx context.Context, skipped, limit int) (page []T, ok bool, err error)
	count func(context.Context) (int, error)
	key   func(T) string
	size  func(T) int // bytes that one takes in an answer, about
}

// part is the part of a list that was asked for.
type part[T any] struct {
	items []T
	total int
	whole bool // items are the whole list, and no page of it was asked for
}

func (s source[T]) part(ctx context.Context, p paging) (part[T], error) {
	if p.unpaged {
		return s.all(ctx)
	}
	if p.count == 0 {
		total, err := s.count(ctx)
		return part[T]{total: total}, err
	}
	if p.offset > 0 && s.from != nil {
		items, ok, err := s.from(ctx, p.offset, p.count)
		if err != nil {
			return part[T]{}, err
		}
		if ok {
			return s.counted(ctx, p.offset, items)
		}
	}
	after, skipped, more, err := s.skip(ctx, p.offset)
	if err != nil || !more {
		return part[T]{total: skipped}, err
	}
	items, more, err := s.read(ctx, after, p.count)
	if err != nil {
		return part[T]{}, err
	}
	total, err := s.total(ctx, skipped+len(items), more)
	return part[T]{items: items, total: total}, err
}

// counted is a page of a list that is counted.
func (s source[T]) counted(ctx context.Context, skipped int, items []T) (part[T], error) {
	total, err := s.count(ctx)
	if len(items) > 0 {
		total = max(total, skipped+len(items))
	}
	return part[T]{items: items, total: total}, err
}

// skip reads past the first offset resources. It returns the key of the last
// one, how many there were, and whether more may follow.
func (s source[T]) skip(ctx context.Context, offset int) (after string, skipped int, more bool, err error) {
	more = true
	for skipped < offset && more {
		var page []T
		if page, more, err = s.read(ctx, after, min(offset-skipped, maxRead)); err != nil {
			return "", 0, false, err
		}
		skipped += len(page)
		if len(page) > 0 {
			after = s.key(page[len(page)-1])
		}
	}
	return after, skipped, more, nil
}

// total is what has been read if that was the end, and else what the store
// counts, but at least what has been read.
func (s source[T]) total(ctx context.Context, read int, more bool) (int, error) {
	if !more {
		return read, nil
	}
	total, err := s.count(ctx)
	return max(total, read), err
}

// all reads the whole list, or its first page when the whole is too long for
// one answer.
func (s source[T]) all(ctx context.Context) (part[T], error) {
	items, more, err := s.read(ctx, "", maxPage)
	if err != nil {
		return part[T]{}, err
	}
	total, err := s.total(ctx, len(items), more)
	if err != nil || total > maxUnpaged {
		return part[T]{items: items, total: total}, err
	}
	length := s.length(items)
	for more && len(items) > 0 {
		var page []T
		if page, more, err = s.read(ctx, s.key(items[len(items)-1]), maxRead); err != nil {
			return part[T]{}, err
		}
		items = append(items, page...)
		if length += s.length(page); length > maxUnpagedLength || len(items) > maxUnpaged {
			return part[T]{items: items[:min(maxPage, len(items))], total: max(total, len(items))}, nil
		}
	}
	return part[T]{items: items, total: len(items), whole: true}, nil
}

func (s source[T]) length(items []T) int {
	length := 0
	for _, item := range items {
		length += s.size(item)
	}
	return length
}

// of returns the part of a list of which everything has been read.
func (p paging) of(rows []row) part[row] {
	total, length := len(rows), 0
	for i := range rows {
		length += rows[i].size
	}
	if p.unpaged && length <= maxUnpagedLength {
		return part[row]{items: rows, total: total, whole: true}
	}
	rows = rows[min(p.offset, total):]
	return part[row]{items: rows[:min(p.count, len(rows))], total: total}
}

// listAnswer answers with a list as the surface spells it.
func listAnswer[T any](c *call, list scim.ListResponse[T]) *response {
	if c.surface.lowerCaseResources {
		return &response{status: http.StatusOK, list: true, body: scim.LowerCaseListResponse[T](list)}
	}
	return &response{status: http.StatusOK, list: true, body: list}
}
