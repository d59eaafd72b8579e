package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// testCountRequests: each tenant, window and length of windows has a count of
// its own.
func testCountRequests(t *testing.T, f fixture) {
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	strange := mustParse(t, "nobody") // no such tenant is needed
	for i, step := range []struct {
		tenant tenant.ID
		start  time.Time
		length time.Duration
		n      int
		want   int
	}{
		{f.acme, noon, time.Minute, 1, 1},
		{f.acme, noon, time.Minute, 5, 6},
		{f.acmeEU, noon, time.Minute, 2, 2},
		{f.acme, noon.Add(time.Minute), time.Minute, 3, 3},
		{f.acme, noon, time.Hour, 4, 4},
		{f.acme, noon, time.Minute, 1_000_000, 1_000_006},
		{f.acmeEU, noon, time.Minute, 1, 3},
		{strange, noon, time.Minute, 1, 1},
	} {
		if got, err := f.CountRequests(t.Context(), step.tenant, step.start, step.start.Add(step.length), step.n); got != step.want || err != nil {
			t.Errorf("step %d: CountRequests = %d, %v; want %d", i, got, err, step.want)
		}
	}
	if n, err := f.CountRoles(t.Context(), f.acme); n != 13 || err != nil {
		t.Errorf("then acme has %d roles, %v", n, err)
	}
	if sets, _, err := f.PermissionSets(t.Context(), f.acme, resource.Span{}, 100); len(sets) != 4 || err != nil {
		t.Errorf("then acme has %d sets, %v", len(sets), err)
	}
}

// testCountRequestsRace: no count is lost, and every total is seen once.
func testCountRequestsRace(t *testing.T, f fixture) {
	const writers, each = 8, 10
	start := time.Now().Truncate(time.Hour)
	seen := make(chan int, writers*each)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range each {
				total, err := f.CountRequests(t.Context(), f.acme, start, start.Add(time.Hour), 2)
				if err != nil {
					t.Error(err)
				}
				seen <- total
			}
		})
	}
	all.Wait()
	close(seen)
	totals := map[int]bool{}
	for total := range seen {
		totals[total] = true
	}
	if len(totals) != writers*each || !totals[2*writers*each] {
		t.Errorf("%d of %d totals differ, the last is among them: %t", len(totals), writers*each, totals[2*writers*each])
	}
}
