package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// outcomes are what came of the requests, by name.
func outcomes(samples []sample) [][]string {
	rows := [][]string{{"requests", "all", "done", "refused", "failed", ""}}
	byName := grouped(samples, func(s sample) string { return s.name })
	byName["~ all"] = samples // the last
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		some := byName[name]
		failed := count(some, func(s sample) bool { return hasFailed(s.status) })
		done := count(some, func(s sample) bool { return s.status >= 200 && s.status < 300 })
		rows = append(rows, []string{strings.TrimPrefix(name, "~ "), fmt.Sprint(len(some)), fmt.Sprint(done), fmt.Sprint(len(some) - done - failed), fmt.Sprint(failed), share(failed, len(some))})
	}
	return rows
}

// statuses are with what all the requests were answered.
func statuses(samples []sample) [][]string {
	heading, row := []string{"answered with"}, []string{"requests"}
	byStatus := grouped(samples, func(s sample) int { return s.status })
	for _, status := range slices.Sorted(maps.Keys(byStatus)) {
		what := fmt.Sprint(status)
		if status == 0 {
			what = "nothing"
		}
		heading, row = append(heading, what), append(row, fmt.Sprint(len(byStatus[status])))
	}
	return [][]string{heading, row}
}

// times are how many requests failed, and how long those took that were answered, by
// their verb, without faults and with.
func times(samples []sample) [][]string {
	rows := [][]string{{"without faults, and with, in ms", "requests", "failed", "p50", "p99", "requests", "failed", "p50", "p99"}}
	byVerb := grouped(samples, func(s sample) string {
		verb, _, _ := strings.Cut(strings.TrimPrefix(s.name, "shared: "), " ")
		return verb
	})
	byVerb["~ all"] = samples // the last
	for _, verb := range slices.Sorted(maps.Keys(byVerb)) {
		byPhase := grouped(byVerb[verb], func(s sample) phase { return s.phase })
		cells := []string{strings.TrimPrefix(verb, "~ ")}
		for _, p := range []phase{calm, faulty} {
			some := byPhase[p]
			var took []time.Duration
			for _, s := range some {
				if s.status > 0 {
					took = append(took, s.took)
				}
			}
			failed := count(some, func(s sample) bool { return hasFailed(s.status) })
			cells = append(cells, fmt.Sprint(len(some)), share(failed, len(some)), milliseconds(percentile(took, 50)), milliseconds(percentile(took, 99)))
		}
		if len(byPhase[calm]) > 0 {
			rows = append(rows, cells)
		}
	}
	return rows
}

func grouped[K comparable](samples []sample, by func(sample) K) map[K][]sample {
	groups := map[K][]sample{}
	for _, s := range samples {
		groups[by(s)] = append(groups[by(s)], s)
	}
	return groups
}

func count(samples []sample, is func(sample) bool) (n int) {
	for _, s := range samples {
		if is(s) {
			n++
		}
	}
	return n
}

func share(n, of int) string { return fmt.Sprintf("%.1f%%", 100*float64(n)/float64(max(1, of))) }
