// Command bootstrap is a function that behaves as its event, or the variable INIT, says.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do   string
	Size int
	Gate string
}

var count int

func main() {
	switch os.Getenv("INIT") {
	case "exit":
		os.Exit(3)
	case "hang":
		select {}
	}
	lambda.Start(handle)
}

func handle(ctx context.Context, e event) (any, error) {
	count++
	switch e.Do {
	case "fail":
		return nil, errors.New("it failed")
	case "panic":
		panic("it panicked")
	case "exit":
		os.Exit(e.Size)
	case "hang":
		select {}
	case "large":
		return strings.Repeat("x", e.Size), nil
	case "print":
		fmt.Println("to stdout")
		fmt.Fprint(os.Stderr, "to stderr, no newline at the end")
	case "environment":
		return os.Environ(), nil
	case "child":
		child := exec.Command("sleep", "1000")
		err := child.Start()
		return child.Process.Pid, err
	case "wait": // inside, which a file tells, until another exists
		if err := os.WriteFile(fmt.Sprintf("%s.%d", e.Gate, os.Getpid()), nil, 0o600); err != nil {
			return nil, err
		}
		for {
			if _, err := os.Stat(e.Gate); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
	lc, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	return map[string]any{
		"pid": os.Getpid(), "count": count, "requestId": lc.AwsRequestID, "arn": lc.InvokedFunctionArn,
		"left": time.Until(deadline).Milliseconds(), "do": json.RawMessage(`"` + e.Do + `"`),
	}, nil
}
