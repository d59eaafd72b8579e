// Command bench measures what a user or an operator waits for or pays for: how fast a
// function starts, how large it is, and how fast the local runner answers. It prints
// the aims beside the figures and asserts none: a shared machine is no judge. It fails
// when something could not be measured or a request had a wrong answer.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"github.com/rolecall/rolecall/infra/local/scratch"
	"github.com/rolecall/rolecall/infra/local/stack"
)

const usage = `usage: bench [-runs N] [-quick]      from the project's folder
Exits with 1 when a measurement failed or a request had a wrong answer, with 2 on wrong usage.
`

func main() {
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	runs := flag.Int("runs", 40, "cold starts of each program; three times as many roles are created to measure the stream")
	quick := flag.Bool("quick", false, "send fewer requests to the local runner, and make no tenant of 100,000 users")
	flag.Parse()
	if *runs < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	sample := bound{requests: 1000, time: 5 * time.Second}
	tenants := []int{10, 1000, 100_000} // users of each
	if *quick {
		sample, tenants = bound{requests: 300, time: time.Second}, []int{10, 1000}
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := bench(ctx, *runs, sample, tenants)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
	case interrupted && errors.Is(err, context.Canceled):
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench measures one thing after the other, so that none disturbs the next.
func bench(ctx context.Context, runs int, sample bound, tenants []int) (err error) {
	root, dir, err := scratch.Folder("bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	// What is compared is built by the same code, and so with the same flags.
	binaries, floor := filepath.Join(dir, "functions"), filepath.Join(dir, "floor")
	if err := stack.Build(ctx, root, binaries, progress); err != nil {
		return err
	}
	if err := stack.Build(ctx, filepath.Join(root, "infra", "bench"), floor, func(string) {}); err != nil {
		return err
	}
	bare := filepath.Join(floor, "bare")

	fmt.Printf("%d cores, %s, %s/%s\n\n", runtime.NumCPU(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if err := coldStarts(ctx, root, filepath.Join(binaries, "get-role"), bare, runs); err != nil {
		return err
	}
	if err := sizes(binaries, bare); err != nil {
		return err
	}
	options := stack.Options{Root: root, BinDir: binaries, DataDir: filepath.Join(dir, "data"), Progress: progress}
	if err := units(ctx, options); err != nil {
		return err
	}
	if err := users(ctx, root, tenants, sample.requests/10); err != nil {
		return err
	}
	if err := localRunner(ctx, options, 3*runs, sample); err != nil {
		return err
	}
	return shards(ctx, options, 2*sample.requests)
}

// units prints what role changes cost, on an engine of its own.
func units(ctx context.Context, options stack.Options) (err error) {
	progress("bringing sets of 10, 1,000 and 10,000 roles in line")
	options.DataDir, options.FunctionsOnly = "", true
	s, err := stack.Start(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	costs, err := syncCosts(ctx, s.Client(), s.Template().Tables[0].Name, []int{10, 1000, 10_000}, 40)
	if err != nil {
		return fmt.Errorf("units of role changes: %w", err)
	}
	printCosts(costs)
	return nil
}

func progress(text string) { fmt.Fprintln(os.Stderr, "·", text) }
