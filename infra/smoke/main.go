// Command smoke walks through a service that runs somewhere, as a client with one
// token, and says what does not work. It leaves nothing behind.
package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"
)

const usage = `usage: smoke URL TOKEN
URL is what stands before /scim, such as https://abcde12345.execute-api.eu-west-1.amazonaws.com/dev or
http://127.0.0.1:8080, and not /management-api, where users are not deleted. TOKEN is an administrator's, of a tenant in which something may be created for a moment.
`

func main() {
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage) }
	flag.Parse()
	if flag.NArg() != 2 || flag.Arg(0) == "" || flag.Arg(1) == "" {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	w := newWalk(strings.TrimSuffix(flag.Arg(0), "/"), flag.Arg(1), &http.Client{Timeout: 30 * time.Second}, os.Stdout)
	if failures := w.run(ctx); failures > 0 {
		fmt.Printf("\n%d of %d steps failed\n", failures, w.steps)
		os.Exit(1)
	}
	fmt.Printf("\nall %d steps are as they should be\n", w.steps)
}
