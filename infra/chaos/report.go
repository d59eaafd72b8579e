package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// print writes what came of the run.
func (r *report) print(w io.Writer) {
	run := r.run
	fmt.Fprintf(w, "seed %d, %s: %d tenants with %d clients each\n\n", run.seed, run.duration, len(run.tenants), run.clients)
	table(w, run.stats.statuses())
	table(w, run.stats.times())
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
}

// statuses are the requests by name and status.
func (s *stats) statuses() [][]string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	all := tally{statuses: map[int]int{}}
	for _, t := range s.byName {
		for status, n := range t.statuses {
			all.statuses[status] += n
		}
	}
	statuses := slices.Sorted(maps.Keys(all.statuses))
	heading := []string{"requests", "all", "failed"}
	for _, status := range statuses {
		heading = append(heading, map[bool]string{true: "none", false: fmt.Sprint(status)}[status == 0])
	}
	rows := [][]string{heading}
	row := func(name string, t *tally) {
		cells := []string{name, fmt.Sprint(t.total()), fmt.Sprintf("%.1f%%", 100*float64(t.failed())/float64(max(1, t.total())))}
		for _, status := range statuses {
			cell := ""
			if n := t.statuses[status]; n > 0 {
				cell = fmt.Sprint(n)
			}
			cells = append(cells, cell)
		}
		rows = append(rows, cells)
	}
	for _, name := range slices.Sorted(maps.Keys(s.byName)) {
		row(name, s.byName[name])
	}
	row("all", &all)
	return rows
}

// times are how long requests took, by their verb, without faults and with.
func (s *stats) times() [][]string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	rows := [][]string{{"ms, without faults and with", "requests", "p50", "p99", "requests", "p50", "p99"}}
	all, byVerb := map[phase][]time.Duration{}, map[string]map[phase][]time.Duration{}
	row := func(name string, took map[phase][]time.Duration) {
		cells := []string{name}
		for _, p := range []phase{calm, faulty} {
			cells = append(cells, fmt.Sprint(len(took[p])), milliseconds(percentile(took[p], 50)), milliseconds(percentile(took[p], 99)))
		}
		rows = append(rows, cells)
	}
	for name, t := range s.byName {
		verb, _, _ := strings.Cut(strings.TrimPrefix(name, "shared: "), " ")
		if byVerb[verb] == nil {
			byVerb[verb] = map[phase][]time.Duration{}
		}
		for p, some := range t.took {
			all[p] = append(all[p], some...)
			byVerb[verb][p] = append(byVerb[verb][p], some...)
		}
	}
	for _, verb := range slices.Sorted(maps.Keys(byVerb)) {
		if took := byVerb[verb]; len(took[calm]) > 0 {
			row(verb, took)
		}
	}
	row("all", all)
	return rows
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
