// Command rolecall is the command line of operators: it makes, configures, exports
// and deletes tenants, hands out their credentials and keeps their permission
// sets in line, by invoking the functions of a stack. Nothing that is deployed
// knows of it.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/rolecall/rolecall/infra/local/runfile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not wait
	s := session{in: os.Stdin, out: os.Stdout, err: os.Stderr, root: runfile.FindRoot, sleep: sleep}
	os.Exit(s.run(ctx, os.Args[1:]))
}
