package lambdaenv

import (
	"context"
	"slices"
	"time"
)

// TimeLeft says, as long as it is asked, whether there is time for another step:
// all of the invocation's but a quarter, at most 30 s, for the step itself and
// for what comes after. most, unless 0, is less.
func TimeLeft(ctx context.Context, most time.Duration) (goOn func() bool) {
	var ends []time.Time
	if deadline, ok := ctx.Deadline(); ok {
		ends = append(ends, deadline.Add(-min(time.Until(deadline)/4, 30*time.Second)))
	}
	if most > 0 {
		ends = append(ends, time.Now().Add(most))
	}
	return func() bool {
		return !slices.ContainsFunc(ends, func(end time.Time) bool { return time.Now().After(end) })
	}
}
