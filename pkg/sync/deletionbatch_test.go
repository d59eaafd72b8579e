package sync_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/sync"
)

// successor takes what is handed over, unless it is of a tenant that it refuses.
type successor struct {
	refuses string
	rests   []string
	since   []time.Time
}

func (s *successor) goOn(_ context.Context, rest sync.Rest) error {
	if rest.Tenant.String() == s.refuses {
		return errors.New("nobody goes on")
	}
	s.rests = append(s.rests, fmt.Sprint(rest.Tenant, rest.Roles))
	s.since = append(s.since, rest.Since)
	return nil
}

func TestProcessDeletions(t *testing.T) {
	written := time.Now().Add(-3 * time.Second)
	deleted := func(in, role string) sync.Hint { return sync.Hint{Tenant: id(t, in), Role: role, Deleted: true} }
	records := []sync.Record{
		{SequenceNumber: "1", Hint: deleted("acme", "A"), Written: written},
		{SequenceNumber: "2", Err: errors.New("not JSON"), Raw: json.RawMessage(`"?"`)},
		{SequenceNumber: "3", Hint: deleted("globex", "A"), Written: written},
		{SequenceNumber: "4", Hint: deleted("acme", "NOBODYS"), Written: written},
		{SequenceNumber: "5", Hint: deleted("acme", "A")},
		{SequenceNumber: "6", Hint: sync.Hint{Tenant: id(t, "initech")}, Idle: true},
		{SequenceNumber: "7", Err: errors.New("names no role"), Hint: sync.Hint{Tenant: id(t, "acme")}},
	}
	store := &roster{
		holders: map[string]int{of("acme", "A", 1): 25, of("globex", "A", 1): 25},
		errs:    map[string][]error{of("globex", "A", 1): {nil, errors.New("throttled")}},
	}
	queue, next := &lot{room: 1}, &successor{}
	report := sync.ProcessDeletions(t.Context(), store, queue, next.goOn, records, sync.Pace{})
	if report.Records != 7 || report.Done != 4 || report.HandedOver != 0 || report.Parked != 1 || report.Users != 35 || !slices.Equal(report.Failed, []string{"3", "7"}) {
		t.Errorf("report %+v", report)
	}
	if len(queue.parked) != 1 || queue.parked[0].SequenceNumber != "2" || queue.parked[0].Reason != "not JSON" || len(next.rests) > 0 {
		t.Errorf("parked %+v, handed over %v", queue.parked, next.rests)
	}
	if len(report.Errors) != 4 || len(report.Lags) != 2 || report.Lags[0] < 3*time.Second {
		t.Errorf("errors %v, lags %v", report.Errors, report.Lags)
	}
	wantTenants(t, report, "acme: 4 records, 25 users, 0 handed over, 1 failed, lag true", "globex: 1 records, 10 users, 0 handed over, 1 failed, lag false", "initech: 1 records, 0 users, 0 handed over, 0 failed, lag false")
}

// TestProcessDeletionsHandsOver: what is left of a tenant is handed over at once;
// only what nobody takes comes again.
func TestProcessDeletionsHandsOver(t *testing.T) {
	written := time.Now().Add(-3 * time.Second).Truncate(time.Millisecond)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	store := &roster{holders: map[string]int{of("acme", "A", 1): 5, of("acme", "B", 1): 25, of("acme", "C", 1): 5, of("globex", "B", 1): 5}}
	store.before = func() {
		if len(store.takings()) == 2 {
			end()
		}
	}
	next := &successor{refuses: "globex"}
	record := func(n, in, role string, written time.Time) sync.Record {
		return sync.Record{SequenceNumber: n, Hint: sync.Hint{Tenant: id(t, in), Role: role, Deleted: true}, Written: written}
	}
	report := sync.ProcessDeletions(ctx, store, &lot{}, next.goOn, []sync.Record{
		record("1", "acme", "A", written.Add(-time.Hour)), record("2", "acme", "C", written.Add(time.Second)), record("3", "acme", "B", written),
		record("4", "acme", "C", time.Time{}), record("5", "globex", "B", written), record("6", "globex", "B", written),
	}, sync.Pace{Patience: time.Minute})
	if report.Done != 1 || report.HandedOver != 3 || report.Parked != 0 || report.Users != 5 || !slices.Equal(report.Failed, []string{"5", "6"}) || len(report.Errors) != 1 || len(report.Lags) != 1 {
		t.Errorf("report %+v", report)
	}
	if !slices.Equal(next.rests, []string{"acme [B C]"}) || !next.since[0].Equal(written) {
		t.Errorf("handed over %v, since %v", next.rests, next.since)
	}
	wantTenants(t, report, "acme: 4 records, 5 users, 3 handed over, 0 failed, lag true", "globex: 2 records, 0 users, 0 handed over, 2 failed, lag false")
}

func wantTenants(t *testing.T, report sync.DeletionReport, want ...string) {
	t.Helper()
	var got []string
	for _, r := range report.Tenants {
		got = append(got, fmt.Sprintf("%s: %d records, %d users, %d handed over, %d failed, lag %t", r.Tenant, r.Records, r.Users, r.HandedOver, r.Failed, r.Lag >= 3*time.Second))
	}
	if !slices.Equal(got, want) {
		t.Errorf("tenants %q, want %q", got, want)
	}
}
