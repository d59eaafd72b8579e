package audit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
)

func TestIDsAreInTheOrderOfTime(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 31, 23, 59, 59, int(998*time.Millisecond), time.FixedZone("", 3600))
	var ids []string
	for _, later := range []time.Duration{0, time.Millisecond, 2 * time.Millisecond, time.Second, time.Hour, 400 * 24 * time.Hour} {
		id := audit.NewID(start.Add(later))
		ids = append(ids, id)
		if err := resource.CheckCode("id", id); err != nil {
			t.Error(err)
		}
		if got := audit.IDTime(id); !got.Equal(start.Add(later)) || !strings.HasPrefix(id, audit.IDPrefix(got)+"-") {
			t.Errorf("%s is of %s", id, got)
		}
	}
	if !slices.IsSorted(ids) {
		t.Errorf("not sorted: %v", ids)
	}
	if one, other := audit.NewID(start), audit.NewID(start); one == other {
		t.Error("two records have one id")
	}
}

func TestIDsOfNoRecord(t *testing.T) {
	t.Parallel()
	for at, want := range map[time.Time]string{
		time.Date(-1, 12, 31, 23, 0, 0, 0, time.UTC):                           "00000101T000000.000Z",
		time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("west", -2*60*60)): "99991231T235959.999Z",
		time.Date(2026, 1, 31, 12, 0, 0, int(1999*time.Microsecond), time.UTC): "20260131T120000.001Z",
	} {
		if got := audit.IDPrefix(at); got != want {
			t.Errorf("IDPrefix(%s) = %s, want %s", at, got, want)
		}
	}
	for _, id := range []string{"", "RL_AUDITV", "20261331T120000.000Z-AAAAAAAA"} {
		if got := audit.IDTime(id); !got.IsZero() {
			t.Errorf("%q is of %s", id, got)
		}
	}
}
