// Package throttle decides whether a tenant may make one more request. Every
// process counts for itself and adds to a shared count in lots, so that most
// requests cost no write. It imports neither HTTP nor AWS.
package throttle

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// Counter counts what a tenant's requests are in all processes together.
type Counter interface {
	// CountRequests adds n to the requests that a tenant has made in the window
	// from start to end, and returns how many they are then. It may count n twice
	// when a reply is lost. What it counted may be forgotten once the window has
	// ended.
	CountRequests(ctx context.Context, t tenant.ID, start, end time.Time, n int) (total int, err error)
}

const (
	// lots is how many reports make up a tenant's limit: the more, the dearer and
	// the more exact.
	lots = 200
	// patience is how long a request waits for the counter. Without an answer it
	// is allowed: a counter must not take down what it counts.
	patience = 300 * time.Millisecond
	// rest is how long after a failure nothing is reported of a tenant, so that
	// few requests wait in vain.
	rest = time.Second
)

// Throttle keeps tenants to their limits. It is safe for concurrent use.
//
// No tenant is refused before it has made as many requests as it may, unless
// the counter counts some twice. While the counter works, a tenant may make
// more by less than one lot for each process that serves it, if each serves one
// request at a time, as Lambda's do; where a lot is one request, by none.
type Throttle struct {
	counter Counter
	now     func() time.Time
	log     *slog.Logger

	mutex   sync.Mutex // never held while the counter is asked
	windows map[tenant.ID]*window
}

// New returns a throttle that counts with counter. It logs where requests could
// not be counted.
func New(counter Counter, now func() time.Time, log *slog.Logger) *Throttle {
	return &Throttle{counter: counter, now: now, log: log, windows: map[tenant.ID]*window{}}
}

// Allow reports whether a tenant may make one more request now, and counts it.
// If not, it returns how long the tenant has to wait. Of a tenant that is known
// to be over its limits nothing is counted, here or elsewhere.
func (t *Throttle) Allow(ctx context.Context, id tenant.ID, limits tenant.Limits) (retryAfter time.Duration, ok bool) {
	limits = limits.OrDefault()
	now := t.now()
	w, lot, ok := t.take(id, limits, now)
	if lot > 0 {
		ok = t.report(ctx, id, w, lot, limits.Requests)
	}
	if !ok {
		return w.end.Sub(now), false
	}
	return 0, true
}

// take counts a request in this process. lot is how many to report now; 0 for
// none.
func (t *Throttle) take(id tenant.ID, limits tenant.Limits, now time.Time) (w *window, lot int, ok bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	w = t.current(id, limits, now)
	if w.known >= limits.Requests {
		return w, 0, false
	}
	w.known++
	w.unreported++
	if w.unreported < max(1, limits.Requests/lots) || now.Before(w.resting) {
		return w, 0, true
	}
	lot, w.unreported = w.unreported, 0
	return w, lot, true
}

// report adds a lot to the shared count, and reports whether the request that
// completed it is within the limit. A lot that cannot be added is given up, as
// it may have been added all the same.
func (t *Throttle) report(ctx context.Context, id tenant.ID, w *window, lot, limit int) bool {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	total, err := t.counter.CountRequests(bounded, id, w.start, w.end, lot)
	if err != nil {
		if t.failed(w) {
			t.log.WarnContext(ctx, "requests not counted", "tenant", id.String(), "error", err.Error())
		}
		return true
	}
	t.mutex.Lock()
	defer t.mutex.Unlock()
	w.known = max(w.known, total+w.unreported)
	return total <= limit
}

// failed lets the window rest, and reports whether this is its first failure.
func (t *Throttle) failed(w *window) (first bool) {
	now := t.now()
	t.mutex.Lock()
	defer t.mutex.Unlock()
	first = w.resting.IsZero()
	w.resting = now.Add(rest)
	return first
}
