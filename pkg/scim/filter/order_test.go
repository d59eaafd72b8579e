package filter_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/scim/filter"
)

func TestSortKey(t *testing.T) {
	t.Parallel()
	rows := []user{
		{id: "a", userName: "beta", code: "b", age: -5, weight: -0.5, created: now(3), tags: []string{"Z", "a"}, emails: []email{{value: "c@x"}}},
		{id: "b", userName: "Alpha", code: "B", age: 0, weight: 2, created: now(1), active: true, number: "7"},
		{id: "c", userName: "ALPHA2", code: "a", age: 1 << 60, weight: -7, created: now(2), tags: []string{"b"}, emails: []email{{value: "B@x"}, {value: "a@x"}}, manager: "m"},
	}
	tests := []struct{ sortBy, want string }{
		{"id", "a b c"},
		{"userName", "b c a"},
		{"code", "b c a"}, // caseExact
		{"age", "a b c"},
		{"weight", "c a b"},
		{"meta.created", "b c a"},
		{"active", "a c b"},
		{"tags", "c a -b"},
		{"emails", "c a -b"},
		{"emails.value", "c a -b"},
		{enterpriseURN + ":employeeNumber", "b -a -c"},
		{enterpriseURN + ":manager", "c -a -b"},
		{"title", "-a -b -c"},
	}
	for _, test := range tests {
		path, ok := users.Lookup(test.sortBy)
		if !ok {
			t.Fatal(test.sortBy)
		}
		read := filter.NewSortKey(path, userFields)
		type keyed struct {
			id, key string
			ok      bool
		}
		var sorted []keyed
		for i := range rows {
			key, ok := read(&rows[i])
			sorted = append(sorted, keyed{rows[i].id, key, ok})
		}
		slices.SortStableFunc(sorted, func(a, b keyed) int {
			if a.ok != b.ok {
				if a.ok {
					return -1
				}
				return 1
			}
			return strings.Compare(a.key, b.key)
		})
		var got []string
		for _, k := range sorted {
			if !k.ok {
				k.id = "-" + k.id
			}
			got = append(got, k.id)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %v, want %s", test.sortBy, got, test.want)
		}
	}
}

func now(second int) time.Time { return time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC) }
