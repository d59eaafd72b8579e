// Command chaos runs the whole service on this machine under the load of many clients,
// while DynamoDB fails, functions and the engine are killed and the stream stands
// still. Then it checks that nothing is lost that was acknowledged, and that all
// invariants of ARCHITECTURE.md hold. The seed decides what goes wrong when, and what
// clients ask for; what meets what is up to the machine. Nothing here looks at the
// clock to judge.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/rolecall/rolecall/infra/local/scratch"
	"github.com/rolecall/rolecall/infra/local/stack"
)

const usage = `usage: chaos [-duration 60s] [-seed N]      from the project's folder
Exits with 1 when something was found to be wrong or could not be run, with 2 on wrong usage.
`

func main() {
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), usage)
		flag.PrintDefaults()
	}
	o := options{thinking: 30 * time.Millisecond, progress: progress}
	flag.DurationVar(&o.duration, "duration", time.Minute, "of the load, 5s at least; a fifth of it goes without faults")
	flag.Uint64Var(&o.seed, "seed", 0, "what goes wrong when; 0 draws one")
	flag.IntVar(&o.tenants, "tenants", 3, "2 at least")
	flag.IntVar(&o.clients, "clients", 3, "of each tenant")
	flag.Parse()
	if o.duration < 5*time.Second || o.tenants < 2 || o.clients < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	for o.seed == 0 {
		o.seed = uint64(rand.Uint32())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := runHere(ctx, o)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
	case interrupted && errors.Is(err, context.Canceled):
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// runHere runs chaos in the working folder and prints the report.
func runHere(ctx context.Context, o options) (err error) {
	root, dir, err := scratch.Folder("chaos-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	log, err := os.Create(filepath.Join(filepath.Dir(dir), fmt.Sprintf("chaos-%d.log", o.seed)))
	if err != nil {
		return fmt.Errorf("cannot write to .local: %w", err)
	}
	defer func() {
		if err = errors.Join(err, log.Close()); err == nil { // nobody looks for what went wrong
			err = os.Remove(log.Name())
		}
	}()
	o.stack = stack.Options{Root: root, BinDir: filepath.Join(dir, "functions"), DataDir: filepath.Join(dir, "data"), Log: log, Progress: progress}
	again := fmt.Sprintf("make chaos SEED=%d DURATION=%s repeats the schedule; the log is in %s", o.seed, o.duration, log.Name())
	progress(again)
	found, err := chaos(ctx, o)
	if found != nil && ctx.Err() == nil {
		found.print(os.Stdout)
	}
	if err == nil && len(found.violations) > 0 {
		err = fmt.Errorf("%d violations", len(found.violations)+found.more)
	}
	if err != nil {
		return fmt.Errorf("%w; %s", err, again)
	}
	return nil
}

func progress(text string) { fmt.Fprintln(os.Stderr, "·", text) }
