// Command local runs Rolecall on one machine: the local runner behind make run, make
// invoke and make parked.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/rolecall/rolecall/infra/local/runfile"
)

const usage = `usage: local run
       local invoke -function NAME (-event FILE | -payload JSON)
       local parked`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := command(ctx, os.Args[1:])
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case err == nil:
	case interrupted && errors.Is(err, context.Canceled):
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, "rolecall:", err)
		os.Exit(1)
	}
}

func command(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return errors.New(usage)
	}
	root, err := runfile.FindRoot()
	if err != nil {
		return err
	}
	place := newPlace(root)
	switch arguments[0] {
	case "run":
		return run(ctx, place)
	case "invoke":
		return invoke(ctx, place, arguments[1:])
	case "parked":
		return parked(place)
	}
	return errors.New(usage)
}

func progress(text string) { fmt.Fprintln(os.Stderr, "·", text) }
