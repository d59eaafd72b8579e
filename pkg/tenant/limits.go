package tenant

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limits say how many requests a tenant may make. The zero Limits stand for
// DefaultLimits.
type Limits struct {
	Requests int           // in one window, 1 to MaxRequests
	Window   time.Duration // whole seconds, 1 s to MaxWindow
}

// The bounds of what a tenant's limits can be.
const (
	MaxRequests = 1_000_000
	MaxWindow   = time.Hour
)

// DefaultLimits are those of a tenant that has none of its own.
var DefaultLimits = Limits{Requests: 1000, Window: 100 * time.Second}

// OrDefault returns the limits, or DefaultLimits for none.
func (l Limits) OrDefault() Limits {
	if l == (Limits{}) {
		return DefaultLimits
	}
	return l
}

// Validate returns an error that says what limits can be, unless these can.
func (l Limits) Validate() error {
	if l.Requests < 1 || l.Requests > MaxRequests || l.Window < time.Second || l.Window > MaxWindow || l.Window%time.Second != 0 {
		return fmt.Errorf("limits of %d requests in %s: want 1 to %d requests in 1 to %d whole seconds",
			l.Requests, l.Window, MaxRequests, MaxWindow/time.Second)
	}
	return nil
}

// String writes valid limits as ParseLimits reads them.
func (l Limits) String() string {
	return fmt.Sprintf("%d/%ds", l.Requests, l.Window/time.Second)
}

// ParseLimits reads requests and seconds, such as "1000/100s", and nothing that
// String would not write.
func ParseLimits(s string) (Limits, error) {
	requests, window, _ := strings.Cut(s, "/")
	n, _ := strconv.Atoi(requests) // what is no number does not come out as it went in
	seconds, _ := strconv.Atoi(strings.TrimSuffix(window, "s"))
	l := Limits{Requests: n, Window: time.Duration(seconds) * time.Second}
	if err := l.Validate(); err != nil || l.String() != s {
		return Limits{}, fmt.Errorf("limits %q: want requests and seconds, such as %s, up to %d/%ds", s, DefaultLimits, MaxRequests, MaxWindow/time.Second)
	}
	return l, nil
}
