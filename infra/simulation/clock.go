package simulation

import "time"

// clock is the store's: it moves on by a millisecond each time it is read, so no
// two things happen at the same time.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.at = c.at.Add(time.Millisecond)
	return c.at
}

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }
