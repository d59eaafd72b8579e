package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// percentile is the smallest sample that p percent of the samples do not exceed; of no
// samples it is 0.
func percentile(samples []time.Duration, p float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(samples))))
	return slices.Sorted(slices.Values(samples))[max(rank, 1)-1]
}

// summary is the cells p50, p99 and max.
func summary(samples []time.Duration) []string {
	return []string{milliseconds(percentile(samples, 50)), milliseconds(percentile(samples, 99)), milliseconds(percentile(samples, 100))}
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.1f", d.Seconds()*1000) }

// printTable prints a heading and its rows, in columns of one width for all tables.
func printTable(rows [][]string) {
	for _, row := range rows {
		line := fmt.Sprintf("%-30s", row[0])
		for _, cell := range row[1:] {
			line += fmt.Sprintf("%9s", cell)
		}
		fmt.Println(strings.TrimRight(line, " "))
	}
	fmt.Println()
}
