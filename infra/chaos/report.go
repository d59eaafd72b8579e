package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// print writes what came of the run.
func (r *report) print(w io.Writer) {
	run := r.run
	fmt.Fprintf(w, "seed %d, %s: %d tenants with %d clients each\n\n", run.seed, run.duration, len(run.tenants), run.clients)
	fmt.Fprint(w, "Requests: done is 2xx, refused is 4xx or 501, failed is any other 5xx or no answer.\n\n")
	samples := run.stats.finished()
	table(w, outcomes(samples))
	table(w, statuses(samples))
	table(w, times(samples))
	rows := [][]string{{"what went wrong", "hits"}}
	for k := range kinds {
		rows = append(rows, []string{k.String(), fmt.Sprint(run.counts.of(k))})
	}
	table(w, rows)
	rows = [][]string{{"recovery, ms", "times", "p50", "max"}}
	for _, one := range []struct {
		what string
		kind kind
	}{{"engine killed, to the first success", stopped}, {"stream goes on, to a role named", paused}} {
		took := run.recoveries[one.kind]
		rows = append(rows, []string{one.what, fmt.Sprint(len(took)), milliseconds(percentile(took, 50)), milliseconds(percentile(took, 100))})
	}
	table(w, append(rows, []string{"faults over, to the stream drained", "1", "", milliseconds(r.drained)}))
	fmt.Fprintf(w, "parked: %d messages\n", r.parked)
	fmt.Fprintf(w, "checked: %d roles, %d permission sets, %d users, %d audit records\n", r.checked.roles, r.checked.sets, r.checked.users, r.checked.records)
	for _, text := range r.violations {
		fmt.Fprintf(w, "\nVIOLATION %s\n", text)
	}
	if r.more > 0 {
		fmt.Fprintf(w, "\nand %d violations more\n", r.more)
	}
	fmt.Fprintf(w, "\nverdict: %s\n", r.verdict())
}

func (r *report) verdict() string {
	switch n := len(r.violations) + r.more; {
	case n > 0:
		return fmt.Sprintf("FAILED, %d violations", n)
	case !r.complete:
		return "NONE, the run did not end"
	default:
		return "PASSED, nothing that was acknowledged is lost, and all invariants hold"
	}
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) }

// table writes a heading and its rows.
func table(w io.Writer, rows [][]string) {
	for _, row := range rows {
		line := fmt.Sprintf("%-36s", row[0])
		for _, cell := range row[1:] {
			line += fmt.Sprintf("%9s", cell)
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
	fmt.Fprintln(w)
}
