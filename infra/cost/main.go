// Command cost prints what Rolecall costs on AWS and where its limits are, from units
// that it measures, prices.json and a formula. With -write it renews the tables of the
// README.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/rolecall/rolecall/infra/capacity"
)

// scenario is what the simulation of limits assumes of clients.
type scenario struct {
	tenants       int
	skew, changes float64
}

// usual is the README's. At a skew of 1, the busiest of a million tenants sends 7 % of
// the requests, and the busiest thousand half of them.
var usual = scenario{tenants: 1_000_000, skew: 1, changes: 0.2}

func main() {
	write := flag.Bool("write", false, "renew the tables in README.md, with the usual load")
	s := usual
	flag.IntVar(&s.tenants, "tenants", s.tenants, "how many")
	flag.Float64Var(&s.skew, "skew", s.skew, "the n-th busiest tenant sends 1/n^skew of what the busiest does; at 0 all are alike")
	flag.Float64Var(&s.changes, "changes", s.changes, "part of the requests that give a user a role; the others find one")
	flag.Parse()
	if flag.NArg() > 0 || s.tenants < 1 || s.skew < 0 || s.changes < 0 || s.changes > 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(context.Background(), s, *write); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s scenario, write bool) error {
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	if write {
		s = usual
	}
	text, err := report(ctx, root, s)
	if err != nil {
		return err
	}
	if write {
		return renew(root, text)
	}
	fmt.Print(text)
	return nil
}

// report measures, and is what stands in the README.
func report(ctx context.Context, root string, s scenario) (text string, err error) {
	p, err := loadPrices()
	if err != nil {
		return "", err
	}
	idle, err := loadStage(root)
	if err != nil {
		return "", err
	}
	engine, err := capacity.StartEngine(ctx, root, func(text string) { fmt.Fprintln(os.Stderr, "·", text) })
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	m, err := measure(ctx, engine)
	if err != nil {
		return "", err
	}
	return costs(m, p, idle) + limitsOf(s, mixOf(m, p, s.changes), idle), nil
}
