package throttle

import (
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// window is what one process knows of one tenant's requests in one window.
type window struct {
	start, end time.Time
	known      int       // requests that have been made for certain, by whatever process
	unreported int       // those of them that only this process knows of
	resting    time.Time // until when nothing is reported; zero unless a report failed
}

// bounds returns the window in which now lies. All processes see the same ones:
// they begin at multiples of their length since 1970.
func bounds(now time.Time, length time.Duration) (start, end time.Time) {
	seconds := int64(length / time.Second)
	first := now.Unix() - now.Unix()%seconds
	return time.Unix(first, 0), time.Unix(first+seconds, 0)
}

// current returns the tenant's window at this moment, a new one if the last has
// ended or was of another length.
func (t *Throttle) current(id tenant.ID, limits tenant.Limits, now time.Time) *window {
	start, end := bounds(now, limits.Window)
	w := t.windows[id]
	if w != nil && w.start.Equal(start) && w.end.Equal(end) {
		return w
	}
	if w == nil && len(t.windows) >= maxWindows {
		t.evict(now)
	}
	w = &window{start: start, end: end}
	t.windows[id] = w
	return w
}

// maxWindows bounds what is remembered, to about 2 MB.
const maxWindows = 10_000

// evict forgets the windows that have ended, or else all: their tenants are only
// counted anew by this process, and their totals known again with its next
// report.
func (t *Throttle) evict(now time.Time) {
	for id, w := range t.windows {
		if !now.Before(w.end) {
			delete(t.windows, id)
		}
	}
	if len(t.windows) >= maxWindows {
		clear(t.windows)
	}
}
