package throttle_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/throttle"
)

// counter is a throttle.Counter that can fail or hang.
type counter struct {
	mutex  sync.Mutex
	totals map[string]int // by tenant and window
	calls  int
	fails  bool
	hangs  string // tenant whose calls wait for the end of their context
}

var errCounter = errors.New("counter is down")

func (c *counter) CountRequests(ctx context.Context, t tenant.ID, start, end time.Time, n int) (int, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.calls++
	if c.fails {
		return 0, errCounter
	}
	if c.hangs == t.String() {
		c.mutex.Unlock()
		<-ctx.Done()
		c.mutex.Lock()
		return 0, ctx.Err()
	}
	window := t.String() + start.UTC().Format(" 15:04:05") + end.UTC().Format(" 15:04:05")
	if c.totals == nil {
		c.totals = map[string]int{}
	}
	c.totals[window] += n
	return c.totals[window], nil
}

// taken returns how often the counter was asked since it was last called.
func (c *counter) taken() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	calls := c.calls
	c.calls = 0
	return calls
}

// clock is a clock that is set by hand.
type clock struct{ time time.Time }

func (c *clock) now() time.Time { return c.time }

func (c *clock) pass(d time.Duration) { c.time = c.time.Add(d) }

// start is the beginning of a window of any length that divides an hour.
var start = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// stand is a process with a throttle.
type stand struct {
	*throttle.Throttle
	*clock
	*counter
	log *strings.Builder
}

func newStand() stand {
	s := stand{clock: &clock{start}, counter: &counter{}, log: &strings.Builder{}}
	s.Throttle = s.process()
	return s
}

// process returns one more throttle with the same counter and clock.
func (s stand) process() *throttle.Throttle {
	return throttle.New(s.counter, s.now, s.logger())
}

func (s stand) logger() *slog.Logger { return slog.New(slog.NewTextHandler(s.log, nil)) }

// allowed sends requests and returns how many of them were allowed.
func allowed(t *testing.T, process *throttle.Throttle, id string, limits tenant.Limits, requests int) (n int) {
	t.Helper()
	for range requests {
		if _, ok := process.Allow(t.Context(), tenantID(t, id), limits); ok {
			n++
		}
	}
	return n
}

func tenantID(t testing.TB, name string) tenant.ID {
	t.Helper()
	id, err := tenant.ParseID(name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func per(window time.Duration, requests int) tenant.Limits {
	return tenant.Limits{Requests: requests, Window: window}
}
