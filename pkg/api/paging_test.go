package api

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"testing"
)

// numbers is a source of the numbers from 0 to n-1. When lazy, it says that
// more may follow whenever a page is full, as DynamoDB does.
func numbers(n int, lazy bool) source[int] {
	return source[int]{
		read: func(_ context.Context, after string, limit int) (page []int, more bool, err error) {
			first := 0
			if after != "" {
				first, _ = strconv.Atoi(after)
				first++
			}
			for i := first; i < n && len(page) < limit; i++ {
				page = append(page, i)
			}
			return page, first+len(page) < n || lazy && len(page) == limit, nil
		},
		count: func(context.Context) (int, error) { return n, nil },
		key:   strconv.Itoa,
		size:  func(int) int { return 500 },
	}
}

// TestWalks steps through lists as clients do: no row may be skipped or
// repeated.
func TestWalks(t *testing.T) {
	walks := []struct {
		name    string
		surface *surface
		from    int
		lowest  int // count at which the walk is unambiguous
	}{
		{"RFC client on the standard surface", standardSurface, 1, 1},
		{"HID client", tenantSurface, 0, 1},
		{"RFC client on the tenant surface", tenantSurface, 1, 2},
	}
	for _, walk := range walks {
		for _, n := range []int{0, 1, 2, 13, 99, 100, 101, 250} {
			for _, count := range []int{1, 2, 3, 7, 13, 50, 99, 100} {
				for _, lazy := range []bool{false, true} {
					if count < walk.lowest {
						continue
					}
					t.Run(fmt.Sprintf("%s, %d of %d, %v", walk.name, count, n, lazy), func(t *testing.T) {
						var got []int
						for start := walk.from; start <= n; start += count {
							page := get(t, numbers(n, lazy), walk.surface, fmt.Sprintf("startIndex=%d&count=%d", start, count))
							if page.total != n || page.whole {
								t.Fatalf("at %d: got %+v", start, page)
							}
							got = append(got, page.items...)
						}
						if !slices.Equal(got, sequence(n)) {
							t.Errorf("got %v", got)
						}
					})
				}
			}
		}
	}
}

func TestWholeListFitsTheAnswer(t *testing.T) {
	large := numbers(5000, true)
	large.size = func(int) int { return 2000 }
	got := get(t, large, tenantSurface, "")
	if got.whole || len(got.items) != maxPage || got.total != 5000 {
		t.Errorf("got %d of %d, whole %v", len(got.items), got.total, got.whole)
	}
}

func get(t *testing.T, s source[int], on *surface, query string) part[int] {
	t.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	request, err := queryRequest(values)
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.part(t.Context(), pagingOf(request, on))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func sequence(n int) []int {
	var numbers []int
	for i := range n {
		numbers = append(numbers, i)
	}
	return numbers
}

func TestPart(t *testing.T) {
	tests := []struct {
		surface *surface
		n       int
		query   string
		first   int
		length  int
		whole   bool
	}{
		{tenantSurface, 0, "", 0, 0, true},
		{tenantSurface, 13, "", 0, 13, true},
		{tenantSurface, 13, "sortBy=name", 0, 13, true},
		{tenantSurface, 5000, "", 0, 5000, true},
		{tenantSurface, 10_000, "", 0, 10_000, true},
		{tenantSurface, 10_001, "", 0, 100, false},
		{standardSurface, 13, "", 0, 13, false},
		{standardSurface, 250, "", 0, 100, false},
		{standardSurface, 250, "startIndex=201", 200, 50, false},
		{standardSurface, 250, "startIndex=200&count=100", 199, 51, false},
		{standardSurface, 250, "startIndex=0", 0, 100, false},
		{standardSurface, 250, "startIndex=-5&itemsPerPage=7", 0, 7, false},
		{standardSurface, 250, "count=8&itemsPerPage=7", 0, 8, false},
		{standardSurface, 250, "count=1000", 0, 100, false},
		{standardSurface, 250, "count=99999999999999999999", 0, 100, false},
		{standardSurface, 250, "startIndex=99999999999999999999", 0, 0, false},
		{standardSurface, 250, "startIndex=251", 0, 0, false},
		{standardSurface, 250, "count=0", 0, 0, false},
		{standardSurface, 250, "count=-3", 0, 0, false},
		{standardSurface, 2500, "startIndex=2401", 2400, 100, false},
		{tenantSurface, 250, "count=0", 0, 0, false},
		{tenantSurface, 250, "count=1", 0, 1, false},
		{tenantSurface, 250, "startIndex=100", 100, 100, false},
		{tenantSurface, 250, "startIndex=101", 100, 100, false},
		{tenantSurface, 250, "startIndex=-100", 0, 100, false},
		{tenantSurface, 250, "startIndex=500&count=500", 0, 0, false},
		{tenantSurface, 250, "startIndex=30&itemsPerPage=10", 30, 10, false},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%d?%s", test.n, test.query), func(t *testing.T) {
			got := get(t, numbers(test.n, true), test.surface, test.query)
			if len(got.items) != test.length || len(got.items) > 0 && got.items[0] != test.first || got.whole != test.whole || got.total != test.n {
				t.Errorf("got %d items %v of %d, whole %v; want %+v", len(got.items), got.items[:min(3, len(got.items))], got.total, got.whole, test)
			}
		})
	}
}

func TestValidAPIVersion(t *testing.T) {
	for version, want := range map[string]bool{
		"10": true, "1": true, "10.1": true, "10.0.3": true, "010": true,
		"": false, "0": false, "0.1": false, "-1": false, "+1": false, "v10": false, "10.": false, ".1": false, "1..2": false, "1,0": false, " 1": false,
	} {
		if got := validAPIVersion(version); got != want {
			t.Errorf("%q: got %v", version, got)
		}
	}
}
