// Command cost prints what Rolecall costs on AWS and where its limits are, from units
// that it measures, prices.json and a formula. With -write it renews the tables of the
// README.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"

	"github.com/rolecall/rolecall/infra/capacity"
)

func main() {
	write := flag.Bool("write", false, "renew the tables in README.md")
	flag.Parse()
	if err := run(context.Background(), *write); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, write bool) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	m, err := measureEngine(ctx, root)
	if err != nil {
		return err
	}
	p, err := loadPrices()
	if err != nil {
		return err
	}
	if write {
		return renew(root, tables(m, p))
	}
	fmt.Print(tables(m, p))
	printLimits(m)
	return nil
}

func measureEngine(ctx context.Context, root string) (m measured, err error) {
	engine, err := capacity.StartEngine(ctx, root, func(text string) { fmt.Fprintln(os.Stderr, "·", text) })
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	return measure(ctx, engine)
}

// printLimits prints where a million tenants meet the first limit.
func printLimits(m measured) {
	var change usage
	for _, o := range m.operations {
		if o.name == "give a user a role" {
			change = o.usage
		}
	}
	l := load{tenants: 1_000_000, changes: 0.2, units: change.write - lotsOfRequest, audit: 2, seconds: 0.03, limit: defaultTenantRate}
	fmt.Printf("\n%d tenants; %.0f %% of the requests give users roles, at %.0f write units each\n\n", l.tenants, 100*l.changes, l.units)
	fmt.Printf("%-8s%-16s%12s%12s%12s%12s  %s\n", "skew", "tenant's limit", "requests/s", "throttled", "partitions", "hottest", "what is reached first")
	for _, skew := range []float64{0, 0.8, 1, 1.2} {
		for _, limit := range []float64{defaultTenantRate, math.Inf(1)} {
			l.skew, l.limit = skew, limit
			_, name, p := l.firstLimit()
			shown := fmt.Sprintf("%.0f/s", limit)
			if math.IsInf(limit, 1) {
				shown = "none"
			}
			fmt.Printf("%-8.1f%-16s%12.0f%12d%12d%12.0f  %s\n", skew, shown, p.requests, p.throttled, p.partitions, p.hottest, name)
		}
	}
	fmt.Printf("\none tenant: %.0f changes a second before its items' partition splits, %.0f for good, since each writes the newest audit record\n",
		partitionWrites/l.units, partitionWrites/l.audit)
}
