package lambdaenv

import (
	"context"
	"testing"
	"time"
)

func TestTimeLeft(t *testing.T) {
	soon, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	over, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		most time.Duration
		want bool
	}{
		"no deadline":      {t.Context(), 0, true},
		"before it":        {soon, 0, true},
		"behind it":        {over, 0, false},
		"less than it":     {soon, time.Nanosecond, false},
		"more than it":     {over, time.Hour, false},
		"only a bound":     {t.Context(), time.Hour, true},
		"only a bound out": {t.Context(), time.Nanosecond, false},
	} {
		goOn := TimeLeft(test.ctx, test.most)
		for start := time.Now(); time.Since(start) < time.Millisecond; {
		}
		if got := goOn(); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
