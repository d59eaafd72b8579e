package throttle_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/throttle"
)

// TestLimit: one process allows exactly as many requests as the limits say, in
// every window anew, and asks the counter once for each lot.
func TestLimit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		limits tenant.Limits
		sent   int
		want   int // allowed
		calls  int // of the counter
	}{
		{tenant.Limits{}, 1200, 1000, 200}, // the default
		{tenant.DefaultLimits, 1200, 1000, 200},
		{tenant.DefaultLimits, 4, 4, 0},
		{tenant.DefaultLimits, 5, 5, 1},
		{tenant.DefaultLimits, 100, 100, 20},
		{per(time.Second, 1), 3, 1, 1},
		{per(time.Minute, 199), 300, 199, 199},
		{per(time.Minute, 399), 500, 399, 399},
		{per(time.Minute, 400), 500, 400, 200},
		{per(time.Hour, 1003), 2000, 1003, 200},
		{per(time.Hour, 1_000_000), 100_000, 100_000, 20},
	} {
		s := newStand()
		for window := range 3 {
			got := allowed(t, s.Throttle, "acme", test.limits, test.sent)
			if calls := s.taken(); got != test.want || calls != test.calls {
				t.Errorf("%v, window %d: %d of %d requests allowed with %d calls, want %d with %d", test.limits, window, got, test.sent, calls, test.want, test.calls)
			}
			s.pass(test.limits.OrDefault().Window)
		}
	}
}

// TestRetryAfter: a tenant has to wait for the end of its window, and no longer.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	s := newStand()
	limits := per(100*time.Second, 1)
	s.time = time.Unix(1_700_000_000, 0).Add(37*time.Second + 250*time.Millisecond) // the windows begin at multiples of 100 s
	for _, want := range []time.Duration{0, 62750 * time.Millisecond} {
		if got, ok := s.Allow(t.Context(), tenantID(t, "acme"), limits); got != want || ok != (want == 0) {
			t.Errorf("Allow = %s, %t; want %s", got, ok, want)
		}
	}
	s.pass(62749 * time.Millisecond)
	if got, ok := s.Allow(t.Context(), tenantID(t, "acme"), limits); got != time.Millisecond || ok {
		t.Errorf("a millisecond before the end Allow = %s, %t", got, ok)
	}
	s.pass(time.Millisecond)
	if _, ok := s.Allow(t.Context(), tenantID(t, "acme"), limits); !ok {
		t.Error("refused in a new window")
	}
}

// TestProcesses: what several processes allow together is the limit and less
// than one lot for each of them, never less than the limit.
func TestProcesses(t *testing.T) {
	t.Parallel()
	for _, limits := range []tenant.Limits{per(time.Minute, 10), per(time.Minute, 399), tenant.DefaultLimits, per(time.Minute, 5000)} {
		for _, processes := range []int{1, 2, 7, 40} {
			s := newStand()
			total := 0
			for range processes {
				process := s.process()
				total += allowed(t, process, "acme", limits, limits.Requests*2/processes+1)
			}
			most := limits.Requests + processes*(max(1, limits.Requests/200)-1)
			if total < limits.Requests || total > most {
				t.Errorf("%v: %d processes allowed %d requests, want %d to %d", limits, processes, total, limits.Requests, most)
			}
		}
	}
}

// TestRefusedWithoutCalls: nobody can make the counter work by being refused.
func TestRefusedWithoutCalls(t *testing.T) {
	t.Parallel()
	s := newStand()
	limits := per(time.Minute, 10)
	allowed(t, s.process(), "acme", limits, 10)
	s.taken()
	if n := allowed(t, s.Throttle, "acme", limits, 10_000); n != 0 || s.taken() != 1 {
		t.Errorf("another process allowed %d requests", n)
	}
	if n := allowed(t, s.Throttle, "acme", limits, 10_000); n != 0 || s.taken() != 0 {
		t.Errorf("%d more were allowed, or counted", n)
	}
}

// TestTenantsApart: a tenant over its limit takes nothing from another.
func TestTenantsApart(t *testing.T) {
	t.Parallel()
	s := newStand()
	limits := per(time.Minute, 10)
	for range 3 {
		allowed(t, s.Throttle, "acme", limits, 20)
		allowed(t, s.Throttle, "acme-eu", per(time.Minute, 5), 1)
	}
	if n := allowed(t, s.Throttle, "acme-eu", per(time.Minute, 5), 20); n != 2 {
		t.Errorf("%d requests of the other tenant allowed, want 2 more", n)
	}
}

// TestLimitsChange: new limits hold from the next request on.
func TestLimitsChange(t *testing.T) {
	t.Parallel()
	s := newStand()
	for _, step := range []struct {
		limits tenant.Limits
		want   int
	}{
		{per(time.Minute, 10), 10}, {per(time.Minute, 15), 5}, {per(time.Minute, 3), 0}, {per(time.Minute, 16), 1},
		{per(time.Hour, 4), 4}, // another window
	} {
		if n := allowed(t, s.Throttle, "acme", step.limits, 100); n != step.want {
			t.Errorf("%v: %d requests allowed, want %d", step.limits, n, step.want)
		}
	}
}

// TestFailOpen: a counter that fails is asked once a second, and nobody is
// refused for it but who is over the limit in this process alone.
func TestFailOpen(t *testing.T) {
	t.Parallel()
	s := newStand()
	s.fails = true
	limits := per(time.Minute, 1000)
	for second := range 30 {
		if n, calls := allowed(t, s.Throttle, "acme", limits, 20), s.taken(); n != 20 || calls != 1 {
			t.Fatalf("second %d: %d of 20 requests allowed, %d calls", second, n, calls)
		}
		s.pass(time.Second)
	}
	if lines := strings.Count(s.log.String(), "\n"); lines != 1 || !strings.Contains(s.log.String(), "level=WARN") || !strings.Contains(s.log.String(), "tenant=acme") {
		t.Errorf("in one window it logs\n%s", s.log)
	}
	if n := allowed(t, s.Throttle, "acme", limits, 1000); n != 400 {
		t.Errorf("after 600 requests %d were allowed, want 400", n)
	}
	s.fails = false
	s.pass(time.Minute)
	if n := allowed(t, s.Throttle, "acme", limits, 1100); n != 1000 {
		t.Errorf("%d requests allowed once the counter works, want 1000", n)
	}
	if n := allowed(t, s.process(), "acme", limits, 10); n != 4 {
		t.Errorf("another process allowed %d requests, want one lot less one", n)
	}
}

// TestPatience: a counter that does not answer costs one request 0.3 s, and
// requests of other tenants nothing.
func TestPatience(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &counter{hangs: "acme"}
		s := newStand()
		process := throttle.New(c, time.Now, s.logger())
		limits := per(time.Minute, 10)
		begin := time.Now()
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if _, ok := process.Allow(t.Context(), tenantID(t, "acme"), limits); !ok {
					t.Error("refused although the counter does not answer")
				}
			})
		}
		synctest.Wait()
		if n := allowed(t, process, "globex", limits, 20); n != 10 || time.Since(begin) != 0 {
			t.Errorf("of the other tenant %d requests were allowed after %s", n, time.Since(begin))
		}
		all.Wait()
		if took := time.Since(begin); took != 300*time.Millisecond {
			t.Errorf("requests waited for %s", took)
		}
		if n := allowed(t, process, "acme", limits, 20); n != 7 || time.Since(begin) != 300*time.Millisecond {
			t.Errorf("then %d requests were allowed after %s", n, time.Since(begin))
		}
	})
}

// TestConcurrency: processes at work at the same time keep the same bounds; with
// lots of one request, whatever goes on in each of them.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		limits             tenant.Limits
		processes, clients int // clients of each process
	}{
		{per(time.Minute, 100), 4, 8}, {per(time.Minute, 399), 3, 8}, {tenant.DefaultLimits, 16, 1}, {per(time.Minute, 5000), 8, 1},
	} {
		s := newStand()
		var total [2]atomic.Int64
		var all sync.WaitGroup
		for range test.processes {
			process := s.process()
			for range test.clients {
				all.Go(func() {
					for i, name := range []string{"acme", "globex"} {
						total[i].Add(int64(allowed(t, process, name, test.limits, test.limits.Requests/3)))
					}
				})
			}
		}
		all.Wait()
		most := test.limits.Requests + test.processes*(max(1, test.limits.Requests/200)-1)
		for i := range total {
			if n := int(total[i].Load()); n < test.limits.Requests || n > most {
				t.Errorf("%v: %d requests allowed, want %d to %d", test.limits, n, test.limits.Requests, most)
			}
		}
	}
}
