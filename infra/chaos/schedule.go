package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// fault is something that is to go wrong.
type fault struct {
	kind  kind
	at    time.Duration // since faults began
	lasts time.Duration // of a storm or a pause
	share float64       // of the calls, in a storm
}

// round is the time in which each kind of fault comes up.
const round = 8 * time.Second

// schedule spreads faults over a span of time: in each round, and in one at least,
// each kind comes up, a kill of a function several times.
func schedule(dice *rand.Rand, span time.Duration) []fault {
	var all []fault
	rounds := max(1, int(span/round))
	length := span / time.Duration(rounds)
	for n := range rounds {
		var some []fault
		for k := range kinds {
			times := 1
			switch k {
			case killed:
				times = 4
			case held, interrupted, interruptedBehind:
				times = 3
			}
			for range times {
				some = append(some, draw(dice, k))
			}
		}
		dice.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		for i := range some {
			part := length / time.Duration(len(some))
			some[i].at = time.Duration(n)*length + time.Duration(i)*part + time.Duration(dice.Int64N(int64(part)))
		}
		all = append(all, some...)
	}
	slices.SortFunc(all, func(a, b fault) int { return cmp.Compare(a.at, b.at) })
	return all
}

func draw(dice *rand.Rand, k kind) fault {
	f := fault{kind: k}
	switch {
	case k == paused:
		f.lasts = between(dice, time.Second, 3*time.Second)
	case k == late:
		f.lasts, f.share = between(dice, 100*time.Millisecond, 400*time.Millisecond), 0.3
	case k == slow:
		f.lasts, f.share = between(dice, 300*time.Millisecond, 1500*time.Millisecond), 0.5
	case k == lost || k == unfinished: // often for longer than functions try
		f.lasts, f.share = between(dice, 500*time.Millisecond, 2*time.Second), pick(dice, 0.5, 1, 1)
	case k.isStorm():
		f.lasts, f.share = between(dice, 200*time.Millisecond, 1500*time.Millisecond), pick(dice, 0.2, 0.5, 0.9, 1)
	}
	return f
}
