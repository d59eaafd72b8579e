package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rolecall/rolecall/infra/local/seed"
	"github.com/rolecall/rolecall/infra/local/stack"
)

// localRunner measures a service that starts empty but for what is seeded.
func localRunner(ctx context.Context, options stack.Options, lags int, sample bound) (err error) {
	s, err := stack.Start(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := seed.Apply(ctx, s); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if err := raiseLimits(ctx, s); err != nil {
		return err
	}
	c := newClient(s.BaseURL())
	defer c.http.CloseIdleConnections()

	// The lag goes first, while the stream has nothing else to do, and to another
	// tenant, so that the lists hold the built-in roles only.
	lag, err := measureLag(ctx, c, lags)
	if err != nil {
		return err
	}
	failures := measureLoad(ctx, c, sample)
	memory(options.BinDir)
	progress("waiting for the stream")
	start := time.Now()
	waiting, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	if err := s.Drain(waiting); err != nil {
		return errors.Join(failures, fmt.Errorf("stream after the creates: %w", err))
	}
	printTable([][]string{
		{"stream, ms", "", "creates", "", "p50", "p99", "max"},
		append([]string{"from 201 to seen in the set", "", fmt.Sprint(len(lag)), ""}, summary(lag)...),
		{"to drain it after the load", "", "", "", "", "", milliseconds(time.Since(start))},
	})
	return failures
}

// measureLoad sends every kind of request, from one client and from many, and prints
// the figures. Wrong answers do not stop it; they are its error.
func measureLoad(ctx context.Context, c client, sample bound) error {
	var created atomic.Int64
	kinds := []struct {
		name string
		send func(context.Context) error
	}{
		{"get role", func(ctx context.Context) error {
			_, err := c.call(ctx, http.StatusOK, "GET", "acme/v2/Roles/RL_CONFIG", "")
			return err
		}},
		{"list 13 roles", func(ctx context.Context) error {
			_, err := c.call(ctx, http.StatusOK, "GET", "acme/v2/Roles", "")
			return err
		}},
		{"create role", func(ctx context.Context) error {
			_, err := c.call(ctx, http.StatusCreated, "POST", "acme/v2/Roles", roleBody(fmt.Sprintf("LOAD-%d", created.Add(1))))
			return err
		}},
	}
	rows := [][]string{{"local runner, ms", "clients", "requests", "per s", "p50", "p99", "max", "errors"}}
	var failed int
	var first error
	for _, kind := range kinds {
		for _, clients := range []int{1, 16} {
			progress(fmt.Sprintf("%s, clients: %d", kind.name, clients))
			// Processes and connections are to be there when the measuring starts.
			warm := load(ctx, clients, bound{requests: 5 * clients, time: time.Second}, kind.send)
			r := load(ctx, clients, sample, kind.send)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			r.failed += warm.failed
			failed += r.failed
			first = cmp.Or(first, warm.first, r.first)
			row := append([]string{kind.name, fmt.Sprint(clients), fmt.Sprint(len(r.took)), r.perSecond()}, summary(r.took)...)
			rows = append(rows, append(row, fmt.Sprint(r.failed)))
		}
	}
	printTable(rows)
	if failed > 0 {
		return fmt.Errorf("%d requests failed, the first one: %w", failed, first)
	}
	return nil
}
