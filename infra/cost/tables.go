package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// costs are the README's, in Markdown.
func costs(m measured, p prices, s stage) string {
	var b strings.Builder
	b.WriteString("| a million times | read units | write units | calls | stream's units | KB out | $ |\n|---|---|---|---|---|---|---|\n")
	for _, o := range m.operations {
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %.0f | %s | %.1f | %.2f |\n",
			o.name, o.request.read, o.request.write, o.request.calls, unitsOf(o.stream), (o.answer+p.HeaderBytesOfAnswer)/1000, p.ofMillion(o, m.authorizer))
	}
	fmt.Fprintf(&b, "\nA stage that nobody calls costs $%.2f a month: %d metrics of alarms, %d dashboard and %d key. ", p.ofStage(s), s.alarmMetrics, s.dashboards, s.keys)
	fmt.Fprintf(&b, "A thousand tenants of whom nobody calls cost $%.3f: %.1f KB each, kept and backed up, and a daily reconciliation at %.1f read units.\n",
		p.ofIdle(m.idleBytes, m.reconcile), m.idleBytes/1000, m.reconcile.read)
	return b.String()
}

// unitsOf adds up what the stream's functions read and write.
func unitsOf(stream []usage) string {
	if len(stream) == 0 {
		return ""
	}
	var sum usage
	for _, u := range stream {
		sum.read, sum.write = sum.read+u.read, sum.write+u.write
	}
	return fmt.Sprintf("%.1f + %.1f", sum.read, sum.write)
}

// limitsOf shows, in Markdown, the requests a second at which a load reaches limits,
// as the README's other table: with each tenant's own limit, and without.
func limitsOf(s scenario, x mix, of stage) string {
	var b strings.Builder
	bounded := newLoad(s.tenants, s.skew, defaultTenantRate)
	free := bounded
	free.limit = math.Inf(1)
	fmt.Fprintf(&b, "\nOf %d tenants, the n-th busiest sends n^-%.2g of the busiest one's requests; %.0f %% of all give a user a role, the others find one, and none come in bulk.\n\n", s.tenants, s.skew, 100*s.changes)
	fmt.Fprintf(&b, "| limit, reached at so many requests/s in all | each tenant at most %d/s | no tenant limited | what helps |\n|---|---|---|---|\n", defaultTenantRate)
	for _, step := range free.ladder(limits(x, of)) {
		r, ok := bounded.reach(step.limit)
		if !ok {
			r.all = math.Inf(1)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", step.name, rate(r.all), rate(step.all), step.remedy)
	}
	return b.String()
}

func rate(requests float64) string {
	if math.IsInf(requests, 1) {
		return "never"
	}
	return fmt.Sprintf("%.0f", requests)
}

// What stands between these in the README is renewed.
const (
	tablesBegin = "<!-- go run ./infra/cost -write -->\n"
	tablesEnd   = "<!-- end -->\n"
)

func renew(root, tables string) error {
	path := filepath.Join(root, "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, _, after, err := around(string(readme))
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(before+tables+after), 0o644)
}

// around takes the README apart at its tables.
func around(readme string) (before, tables, after string, err error) {
	begin := strings.Index(readme, tablesBegin)
	end := strings.Index(readme, tablesEnd)
	if begin < 0 || end < begin {
		return "", "", "", fmt.Errorf("README.md lacks %q and %q", tablesBegin, tablesEnd)
	}
	begin += len(tablesBegin)
	return readme[:begin], readme[begin:end], readme[end:], nil
}
