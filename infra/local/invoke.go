package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/rolecall/rolecall/infra/local/function"
	"github.com/rolecall/rolecall/infra/local/seed"
	"github.com/rolecall/rolecall/infra/local/stack"
)

// invoke runs one event through one function, and prints its answer.
func invoke(ctx context.Context, p place, arguments []string) error {
	flags := flag.NewFlagSet("invoke", flag.ContinueOnError)
	name := flags.String("function", "", "folder under functions/")
	event := flags.String("event", "", "file with the event")
	if err := flags.Parse(arguments); err != nil || *name == "" || *event == "" {
		return errors.New("usage: make invoke FUNCTION=create-role EVENT=events/create-role.json")
	}
	payload, err := os.ReadFile(*event)
	if err != nil {
		return fmt.Errorf("read event: %w", err)
	}
	s, done, err := functions(ctx, p)
	if err != nil {
		return err
	}
	result, err := s.Invoke(ctx, *name, payload)
	done()
	if err != nil {
		return err
	}
	return show(result)
}

// functions starts what an invocation needs: only the functions where a database runs
// already, else the engine on the data of make run, seeded.
func functions(ctx context.Context, p place) (*stack.Stack, func(), error) {
	options := stack.Options{
		Root: p.root, DataDir: p.data, BinDir: p.functions, Endpoint: os.Getenv("DYNAMODB_ENDPOINT"), FunctionsOnly: true,
		Log: os.Stderr, RawLog: true, Progress: progress,
	}
	unlock := func() {}
	if options.Endpoint == "" {
		held, err := p.lock()
		switch {
		case errors.Is(err, errRunning):
			r, err := p.runner()
			if err != nil {
				return nil, nil, err
			}
			options.Endpoint = r.Endpoint
		case err != nil:
			return nil, nil, err
		default:
			unlock = held
		}
	}
	s, err := stack.Start(ctx, options)
	if err != nil {
		unlock()
		return nil, nil, err
	}
	done := func() {
		_ = s.Close() // the answer is there already
		unlock()
	}
	if options.Endpoint == "" {
		if err := seed.Apply(ctx, s); err != nil {
			done()
			return nil, nil, fmt.Errorf("seed: %w", err)
		}
	}
	return s, done, nil
}

func show(result function.Result) error {
	pretty := bytes.Buffer{}
	if json.Indent(&pretty, result.Payload, "", "  ") != nil {
		pretty.Reset()
		pretty.Write(result.Payload)
	}
	fmt.Println(pretty.String())
	fmt.Fprintf(os.Stderr, "· request %s, %s, cold start %s\n", result.RequestID, result.Duration, result.InitDuration)
	if result.FunctionError != "" {
		return errors.New("the function failed: " + result.FunctionError)
	}
	return nil
}
