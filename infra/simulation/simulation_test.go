package simulation_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine"
	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/infra/local/template"
	"github.com/rolecall/rolecall/infra/simulation"
)

var (
	seed    = flag.Uint64("seed", 0, "which run TestSeed replays, and the first of TestSimulation")
	tenants = flag.Int("tenants", 10, "of a run")
	changes = flag.Int("changes", 2000, "of roles, in a run")
	soak    = flag.Duration("soak", 0, "how long TestSoak tries new seeds; set -timeout, too")
)

// TestSimulation makes 10,000 changes of roles across 50 tenants.
func TestSimulation(t *testing.T) {
	t.Parallel()
	runs, options := 5, simulation.Options{Seed: max(*seed, 1), Tenants: *tenants, Changes: *changes}
	if testing.Short() {
		runs, options.Tenants, options.Changes = 1, 4, 300
	}
	counts := make([]map[simulation.Event]int, runs)
	t.Run("runs", func(t *testing.T) {
		for i := range runs {
			of := options
			of.Seed += uint64(i)
			t.Run(fmt.Sprint("seed ", of.Seed), func(t *testing.T) {
				t.Parallel()
				counts[i] = run(t, of).Counts
			})
		}
	})
	complete := *tenants >= 10 && *changes >= 2000 && !testing.Short() && !t.Failed()
	for _, event := range simulation.Events() {
		total := 0
		for _, counted := range counts {
			total += counted[event]
		}
		t.Logf("%6d %s", total, event)
		if total == 0 && complete {
			t.Errorf("it never happened that: %s", event)
		}
	}
}

// TestSameSeedIsSameRun: otherwise no failure could be run again.
func TestSameSeedIsSameRun(t *testing.T) {
	t.Parallel()
	options := simulation.Options{Seed: 7, Tenants: 4, Changes: 300}
	if first, second := run(t, options), run(t, options); first.Trace != second.Trace {
		t.Errorf("traces %s and %s of %d and %d steps", first.Trace, second.Trace, first.Steps, second.Steps)
	}
}

// TestSeed replays one run.
func TestSeed(t *testing.T) {
	if *seed == 0 {
		t.Skip("no -seed is given")
	}
	run(t, simulation.Options{Seed: *seed, Tenants: *tenants, Changes: *changes})
}

// TestSoak tries new seeds for as long as it is told.
func TestSoak(t *testing.T) {
	if *soak == 0 {
		t.Skip("no -soak is given")
	}
	end := time.Now().Add(*soak)
	for worker := range runtime.GOMAXPROCS(0) {
		t.Run(fmt.Sprint(worker), func(t *testing.T) {
			t.Parallel()
			for time.Now().Before(end) && !t.Failed() {
				run(t, simulation.Options{Seed: rand.Uint64(), Tenants: *tenants, Changes: *changes})
			}
		})
	}
}

const table = "Rolecall"

// run simulates on an engine of its own, and says how to replay a failure.
func run(t *testing.T, options simulation.Options) simulation.Result {
	t.Helper()
	running, err := engine.Start(t.Context(), engine.Options{Binary: enginetest.Binary(t), DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = running.Close() }()
	if err := engine.CreateTable(t.Context(), engine.NewClient(running.Endpoint()), enginetest.Schema(table), ""); err != nil {
		t.Fatal(err)
	}
	service, err := template.Load("../../template.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	options.Endpoint, options.Table, options.Filters = running.Endpoint(), table, service.EventSources[0].Filters
	start := time.Now()
	result, err := simulation.Run(context.WithoutCancel(t.Context()), options)
	t.Logf("seed %d: %d steps in %s, trace %.12s", options.Seed, result.Steps, time.Since(start).Round(time.Millisecond), result.Trace)
	if err != nil {
		t.Log("the last steps:")
		for _, step := range result.Last {
			t.Log(step)
		}
		t.Errorf("seed %d: %v\nto replay it: go test ./infra/simulation -run TestSeed -v -seed=%d -tenants=%d -changes=%d", options.Seed, err, options.Seed, options.Tenants, options.Changes)
	}
	return result
}
