// Command local runs Rolecall on one machine: the local runner behind make run, make
// invoke and make parked.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
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
	root, err := findRoot()
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

// findRoot walks up to the folder with template.yaml.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("working folder: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "template.yaml")); err == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("there is no template.yaml here or above")
		}
		dir = filepath.Dir(dir)
	}
}

func progress(text string) { fmt.Fprintln(os.Stderr, "·", text) }
