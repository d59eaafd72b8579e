package throttle_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/throttle"
)

// TestManyTenants: what is remembered stays bounded, and a tenant that was
// forgotten is still kept to its limit by the counter.
func TestManyTenants(t *testing.T) {
	t.Parallel()
	s := newStand()
	limits := per(time.Minute, 2)
	for i := range 30_000 {
		if n := allowed(t, s.Throttle, fmt.Sprint("tenant-", i), limits, 1); n != 1 {
			t.Fatalf("request %d refused", i)
		}
		if n := throttle.Remembered(s.Throttle); n > 10_000 {
			t.Fatalf("%d windows are remembered", n)
		}
	}
	if n := allowed(t, s.Throttle, "tenant-0", limits, 5); n != 1 {
		t.Errorf("a forgotten tenant was allowed %d more requests, want 1", n)
	}
	s.pass(time.Minute)
	for i := range 10_001 {
		allowed(t, s.Throttle, fmt.Sprint("tenant-", i), per(time.Hour, 2), 1)
	}
	if n := throttle.Remembered(s.Throttle); n > 10_000 {
		t.Errorf("%d windows are remembered", n)
	}
}

// unreachable is a limit of which no request is ever reported.
var unreachable = per(time.Hour, math.MaxInt)

func TestAllocations(t *testing.T) {
	s, id := newStand(), tenantID(t, "acme")
	for name, limits := range map[string]tenant.Limits{"unreported": unreachable, "refused": per(time.Hour, 1)} {
		if n := testing.AllocsPerRun(1000, func() { s.Allow(t.Context(), id, limits) }); n != 0 {
			t.Errorf("%s: %.0f allocations a request", name, n)
		}
	}
}

// BenchmarkAllow measures requests of one tenant among a thousand.
func BenchmarkAllow(b *testing.B) {
	for name, limits := range map[string]tenant.Limits{"unreported": unreachable, "refused": per(time.Hour, 1)} {
		b.Run(name, func(b *testing.B) {
			s, id := newStand(), tenantID(b, "acme")
			for i := range 1000 {
				s.Allow(b.Context(), tenantID(b, fmt.Sprint("tenant-", i)), limits)
			}
			b.ReportAllocs()
			for b.Loop() {
				s.Allow(b.Context(), id, limits)
			}
		})
	}
}
