package sync_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// lot keeps what is parked; it is full after some.
type lot struct {
	parked []sync.Parked
	room   int
}

func (l *lot) Park(_ context.Context, p sync.Parked) error {
	if len(l.parked) == l.room {
		return errors.New("the queue is full")
	}
	l.parked = append(l.parked, p)
	return nil
}

func TestProcess(t *testing.T) {
	written := time.Now().Add(-3 * time.Second)
	hint := func(in, role string) sync.Hint { return sync.Hint{Tenant: id(t, in), Role: role} }
	records := []sync.Record{
		{SequenceNumber: "1", Hint: hint("acme", "C1"), Written: written},
		{SequenceNumber: "2", Hint: hint("globex", "C2"), Written: written},
		{SequenceNumber: "3", Err: errors.New("not JSON"), Raw: json.RawMessage(`"?"`)},
		{SequenceNumber: "4", Hint: hint("acme", "A"), Written: written},
		{SequenceNumber: "5", Hint: hint("nobody", "B")},
		{SequenceNumber: "6", Hint: hint("acme", ""), Idle: true},
		{SequenceNumber: "7", Hint: hint("globex", "D")},
		{SequenceNumber: "8", Err: errors.New("not JSON"), Raw: json.RawMessage(`"` + strings.Repeat("x", 1<<20) + `"`)},
		{SequenceNumber: "9", Err: errors.New("not JSON")},
	}
	store := &script{answers: map[string][]error{
		"globex": {errors.New("throttled")}, "nobody": {fmt.Errorf("no configuration: %w", tenant.ErrUnknown)},
	}}
	queue := &lot{room: 3}
	report := sync.Process(t.Context(), store, queue, records, sync.Pace{})
	if report.Records != 9 || report.Applied != 1 || report.Skipped != 2 || report.Parked != 3 || !slices.Equal(report.Failed, []string{"2", "7", "9"}) {
		t.Errorf("report %+v", report)
	}
	store.want(t, "mend acme A C1", "mend globex C2 D", "mend nobody B")
	for i, want := range []sync.Parked{
		{Reason: "not JSON", SequenceNumber: "3", Record: json.RawMessage(`"?"`)},
		{Reason: "bring permission sets of tenant nobody in line: no configuration: tenant does not exist", Tenant: "nobody", Role: "B", SequenceNumber: "5"},
		{Reason: "not JSON", SequenceNumber: "8"},
	} {
		if got := queue.parked[i]; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("parked %+v, want %+v", got, want)
		}
	}
	if len(report.Errors) != 4 {
		t.Errorf("errors %v, want each of 4 once", report.Errors)
	}
	var tenants []string
	for _, r := range report.Tenants {
		tenants = append(tenants, fmt.Sprintf("%s: %d records, %d failed, %d changes, lag %t", r.Tenant, r.Records, r.Failed, len(r.Changes), r.Lag >= 3*time.Second))
	}
	want := []string{"acme: 3 records, 0 failed, 1 changes, lag true", "globex: 2 records, 2 failed, 0 changes, lag false", "nobody: 1 records, 0 failed, 0 changes, lag false"}
	if !slices.Equal(tenants, want) || len(report.Lags) != 2 {
		t.Errorf("tenants %q, lags %v; want %q", tenants, report.Lags, want)
	}
}
