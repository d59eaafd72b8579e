package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/rolecall/rolecall/infra/local/function"
	"github.com/rolecall/rolecall/infra/local/seed"
	"github.com/rolecall/rolecall/infra/local/stack"
)

const invokeUsage = `usage: make invoke FUNCTION=create-role EVENT=events/create-role.json
       local invoke -function NAME (-event FILE | -payload JSON)`

// invoke runs one event through one function, prints its answer, and waits for what the function started in the background.
func invoke(ctx context.Context, p place, arguments []string) error {
	name, payload, err := invocation(arguments)
	if err != nil {
		return err
	}
	s, done, err := functions(ctx, p)
	if err != nil {
		return err
	}
	defer done()
	result, err := s.Invoke(ctx, name, payload)
	if err != nil {
		return err
	}
	return errors.Join(show(result), s.WaitIdle(ctx))
}

// invocation reads the arguments: a function's folder, and the event or a file with it.
func invocation(arguments []string) (name string, payload []byte, err error) {
	flags := flag.NewFlagSet("invoke", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the error says it
	flags.StringVar(&name, "function", "", "folder under functions/")
	event := flags.String("event", "", "file with the event")
	text := flags.String("payload", "", "the event itself")
	if err := flags.Parse(arguments); err != nil || name == "" || flags.NArg() > 0 || (*event == "") == (*text == "") {
		return "", nil, errors.New(invokeUsage)
	}
	payload = []byte(*text)
	if *event != "" {
		if payload, err = os.ReadFile(*event); err != nil {
			return "", nil, fmt.Errorf("read event: %w", err)
		}
	}
	if !json.Valid(payload) {
		return "", nil, errors.New("the event is not JSON")
	}
	return name, payload, nil
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
