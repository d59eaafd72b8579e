package tenant_test

import (
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// TestAddCursorKey: a key stays while a cursor that it sealed can be good.
func TestAddCursorKey(t *testing.T) {
	start := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name    string
		minutes []int // at which keys are added
		want    int
	}{
		{"first", []int{0}, 1},
		{"second, long after", []int{0, 1000}, 2},
		{"third, soon after", []int{0, 1000, 1060}, 3},
		{"third, long after", []int{0, 1000, 1062}, 2},
		{"many at once", []int{0, 0, 0, 0, 0}, 5},
		{"one after many at once", []int{0, 0, 0, 0, 62}, 2},
	} {
		var keys []tenant.CursorKey
		for _, minute := range test.minutes {
			added := tenant.NewCursorKey(start.Add(time.Duration(minute) * time.Minute))
			keys = tenant.AddCursorKey(keys, added)
			if keys[0] != added {
				t.Errorf("%s: the new key is not the first", test.name)
			}
		}
		if len(keys) != test.want {
			t.Errorf("%s: %d keys, want %d", test.name, len(keys), test.want)
		}
	}
}
