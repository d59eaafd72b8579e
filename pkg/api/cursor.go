package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/cursor"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// position is the last row that a client has been sent, or that was read for
// it. The next page is what lies behind it in the list's order, whether the row
// is still there or not: so no change of the list moves the others.
type position struct {
	Collection int    `json:"c,omitempty"`
	ID         string `json:"i"`
	SortKey    string `json:"k,omitempty"`
	Present    bool   `json:"p,omitempty"`
	Count      int    `json:"n"` // of the walk's pages
}

func (p position) row() row {
	return row{collection: p.Collection, id: p.ID, sortKey: sortKey{p.SortKey, p.Present}}
}

func positionOf(r row) position {
	return position{Collection: r.collection, ID: r.id, SortKey: r.sortKey.text, Present: r.sortKey.present}
}

// checkCursorPaging checks what RFC 9865 section 2 asks of the parameters.
func checkCursorPaging(r searchRequest) error {
	if r.startIndex != nil {
		return scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "cursor and startIndex cannot be combined: send one of them.").WithCode(scim.CodeUnsupported)
	}
	if r.count != nil && *r.count > maxPage {
		return scim.Errorf(http.StatusBadRequest, scim.InvalidCount, "A page by cursor has at most %d resources: send a count from 0 to %d.", maxPage, maxPage).WithCode(scim.CodeUnsupported)
	}
	return nil
}

// cursorPage answers by cursor (RFC 9865 section 2).
func (l *list) cursorPage(ctx context.Context) (*response, error) {
	count := pagingOf(l.request, l.surface).count
	if count == 0 {
		return l.onlyTotal(ctx)
	}
	sealer := &sealer{Dependencies: l.Dependencies, call: l.call, binding: l.binding(), collections: len(l.rows)}
	var from *position
	if *l.request.cursor != "" {
		opened, err := sealer.open(ctx, *l.request.cursor, count)
		if err != nil {
			return nil, err
		}
		from = &opened
	}
	page, err := l.pageBehind(ctx, from, count)
	if err != nil {
		return nil, err
	}
	next := ""
	if page.next != nil {
		page.next.Count = count
		if next, err = sealer.seal(ctx, *page.next); err != nil {
			return nil, err
		}
	}
	resources, err := l.write(ctx, page.rows)
	if err != nil {
		return nil, err
	}
	return listAnswer(l.call, scim.NewCursorPage(resources, page.total, next)), nil
}

// onlyTotal answers a count of 0.
func (l *list) onlyTotal(ctx context.Context) (*response, error) {
	total := 0
	if l.request.filter == nil && !l.endpoint.bounded {
		for _, r := range l.rows {
			n, err := r.total(ctx)
			if err != nil {
				return nil, err
			}
			total += n
		}
	} else {
		all, err := l.all(ctx)
		if err != nil {
			return nil, err
		}
		total = len(all)
	}
	return listAnswer(l.call, scim.NewCursorPage[any](nil, &total, "")), nil
}

// cursorRows are the rows of a page by cursor.
type cursorRows struct {
	rows  []row
	total *int      // nil when it would have to be counted
	next  *position // nil on the last page
}

// pageBehind reads the page behind a position, nil for the first page.
func (l *list) pageBehind(ctx context.Context, from *position, count int) (page cursorRows, err error) {
	if l.order == nil {
		page, err = l.walk(ctx, from, count)
	} else {
		page, err = l.sortedPage(ctx, from, count)
	}
	if err != nil {
		return cursorRows{}, err
	}
	if page.rows, err = l.complete(ctx, page.rows); err != nil {
		return cursorRows{}, err
	}
	page.fit()
	return page, nil
}

// sortedPage reads all rows, within bounds, to sort them.
func (l *list) sortedPage(ctx context.Context, from *position, count int) (cursorRows, error) {
	all, err := l.all(ctx)
	if err != nil {
		return cursorRows{}, err
	}
	total := len(all)
	if from != nil {
		first := 0
		for behind := from.row(); first < len(all) && l.order.compare(all[first], behind) <= 0; {
			first++
		}
		all = all[first:]
	}
	page := cursorRows{rows: all, total: &total}
	page.cut(count)
	return page, nil
}

// walk reads on in the order of types and ids. It stops when the page is full,
// or when as much has been read as one request may, and then goes on behind what
// was read with the next request, so that a filter never asks for too much.
func (l *list) walk(ctx context.Context, from *position, count int) (page cursorRows, err error) {
	first, after := 0, ""
	if from != nil {
		first, after = from.Collection, from.ID
	}
	read, size := 0, 0
	for i := first; i < len(l.rows); i++ {
		if i > first {
			after = ""
		}
		found, ok, err := l.rows[i].find(ctx)
		if err != nil {
			return cursorRows{}, err
		}
		for _, r := range found {
			if r.id > after {
				page.rows = append(page.rows, r)
			}
		}
		for limit, more := count+1, !ok; more && len(page.rows) <= count; limit = min(2*limit, maxRead) {
			s, err := l.rows[i].scan(ctx, after, limit)
			if err != nil {
				return cursorRows{}, err
			}
			page.rows = append(page.rows, s.rows...)
			after, more = s.last, s.more
			if read, size = read+s.read, size+s.size; more && len(page.rows) <= count && (read >= maxScan || size >= maxScanLength) {
				page.next = &position{Collection: i, ID: after}
				return page, nil
			}
		}
		if len(page.rows) > count {
			break
		}
	}
	if from == nil && len(page.rows) <= count {
		total := len(page.rows)
		page.total = &total
	}
	page.cut(count)
	return page, nil
}

// cut leaves count rows.
func (p *cursorRows) cut(count int) {
	if len(p.rows) > count {
		p.rows = p.rows[:count]
		next := positionOf(p.rows[count-1])
		p.next = &next
	}
}

// fit leaves what fits into one answer, and one row at least.
func (p *cursorRows) fit() {
	size := 0
	for i := range p.rows {
		if size += p.rows[i].size; size > maxUnpagedLength && i > 0 {
			p.cut(i)
			return
		}
	}
}

// binding is what a cursor of the list is good for: this tenant, caller and
// query. What is sent of each resource may differ from page to page.
func (l *list) binding() cursor.Binding {
	values := append(l.boundTo(), l.endpoint.segment)
	if l.order != nil {
		values = append(values, "sortBy", l.order.canonical, fmt.Sprintf("%t", l.order.descending))
	}
	if len(l.endpoint.types) > 1 {
		for _, t := range l.types { // which depend on what the caller may list
			values = append(values, "type", t.Name)
		}
	}
	for _, f := range l.filters {
		if f != nil {
			values = append(values, "filter", f.String())
		}
	}
	return cursor.Bind(values...)
}

// boundTo begins what every cursor is good for.
func (c *call) boundTo() []string {
	return []string{c.tenant().String(), c.Caller.Principal, fmt.Sprintf("%t", c.surface == tenantSurface)}
}

// sealer makes and reads the cursors of one query.
type sealer struct {
	*Dependencies
	*call
	binding     cursor.Binding
	collections int          // in which a position can be
	keys        []cursor.Key // newest first
}

func (s *sealer) open(ctx context.Context, text string, count int) (p position, err error) {
	if err := s.readKeys(ctx); err != nil {
		return p, err
	}
	content, err := cursor.Open(s.keys, s.binding, s.now(), text)
	switch {
	case errors.Is(err, cursor.ErrExpired):
		return p, scim.Errorf(http.StatusBadRequest, scim.ExpiredCursor,
			"The cursor has expired: start again with an empty cursor, and ask for each page within %.0f seconds of the one before.", tenant.CursorLife.Seconds()).WithCode(scim.CodeUnsupported)
	case err != nil:
		return p, invalidCursor()
	}
	if err := json.Unmarshal(content, &p); err != nil || p.Collection < 0 || p.Collection >= s.collections {
		return p, invalidCursor()
	}
	if p.Count != count {
		return p, scim.Errorf(http.StatusBadRequest, scim.InvalidCount, "The pages before had a count of %d: send the same count until the last page.", p.Count).WithCode(scim.CodeUnsupported)
	}
	return p, nil
}

// invalidCursor says the same whatever is wrong.
func invalidCursor() error {
	return scim.Errorf(http.StatusBadRequest, scim.InvalidCursor,
		"The cursor is not one that this query was answered with: send the next cursor as it came, by the same caller and with the same parameters, or an empty cursor to start again.").WithCode(scim.CodeUnsupported)
}

func (s *sealer) seal(ctx context.Context, p position) (string, error) {
	if err := s.readKeys(ctx); err != nil {
		return "", err
	}
	content, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return cursor.Seal(s.keys[0], s.binding, s.now().Add(tenant.CursorLife), content), nil
}

func (s *sealer) readKeys(ctx context.Context) error {
	if len(s.keys) > 0 {
		return nil
	}
	keys, err := s.CursorKeys.CursorKeys(ctx, s.tenant())
	if err != nil {
		return err
	}
	for _, k := range keys {
		s.keys = append(s.keys, cursor.Key{ID: k.ID, Secret: k.Secret})
	}
	if len(s.keys) == 0 {
		return fmt.Errorf("tenant %s has no cursor keys: run rotate-cursor-key for it", s.tenant())
	}
	return nil
}

func (d *Dependencies) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}
