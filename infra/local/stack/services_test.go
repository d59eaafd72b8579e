package stack_test

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/infra/local/eventsource"
	"github.com/rolecall/rolecall/infra/local/queue"
	"github.com/rolecall/rolecall/infra/local/stack"
)

// queueOn opens a queue of a stack on its data folder, as another process does.
func queueOn(dir, name string) *queue.Queue {
	return queue.New(name, filepath.Join(stack.QueuesDir(dir), name), queue.DefaultVisibilityTimeout)
}

func bodies(t *testing.T, q *queue.Queue) []string {
	t.Helper()
	messages, err := q.Messages()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range messages {
		out = append(out, m.Body)
	}
	return out
}

func waitIdle(t *testing.T, s *stack.Stack) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.WaitIdle(ctx); err != nil {
		t.Fatal(err)
	}
}

// outcome is what the function dispatch answers about the invocation it made.
type outcome struct {
	Status                        int
	Payload, FunctionError, Fault string
}

func dispatch(t *testing.T, s *stack.Stack, function, kind, payload string) outcome {
	t.Helper()
	order, err := json.Marshal(map[string]any{"Function": function, "Type": kind, "Payload": json.RawMessage(payload)})
	if err != nil {
		t.Fatal(err)
	}
	result, err := s.Invoke(t.Context(), "dispatch", order)
	if err != nil || result.FunctionError != "" {
		t.Fatalf("dispatch: %s %v", result.Payload, err)
	}
	var o outcome
	if err := json.Unmarshal(result.Payload, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestFunctionsInvokeFunctions(t *testing.T) {
	engineOnPath(t)
	dir, log := t.TempDir(), &output{}
	s := start(t, func(o *stack.Options) { o.DataDir, o.Log = dir, log })
	notes := queueOn(dir, "local-notes")

	if o := dispatch(t, s, "local-note", "RequestResponse", `{"n":1}`); o != (outcome{Status: 200, Payload: `{"n":1}`}) {
		t.Errorf("invoked %+v", o)
	}
	if got := bodies(t, notes); !slices.Equal(got, []string{`{"n":1}`}) {
		t.Errorf("sent %q", got)
	}
	if o := dispatch(t, s, "local-note", "RequestResponse", `{"fail":true}`); o.Status != 200 || o.FunctionError != "Unhandled" || !strings.Contains(o.Payload, "as told") {
		t.Errorf("failing %+v", o)
	}
	if o := dispatch(t, s, "local-note", "Event", `{"n":2}`); o != (outcome{Status: 202}) {
		t.Errorf("in the background %+v", o)
	}
	if o := dispatch(t, s, "local-note", "Event", `{"fail":true,"n":3}`); o != (outcome{Status: 202}) {
		t.Errorf("failing in the background %+v", o)
	}
	waitIdle(t, s)
	got := bodies(t, notes)
	slices.Sort(got)
	if want := []string{`{"fail":true,"n":3}`, `{"fail":true,"n":3}`, `{"fail":true,"n":3}`, `{"fail":true}`, `{"n":1}`, `{"n":2}`}; !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q: what fails in the background runs three times", got, want)
	}

	if o := dispatch(t, s, "missing", "RequestResponse", `{}`); o.Fault != "ResourceNotFoundException" {
		t.Errorf("a function that is not there: %+v", o)
	}
	if len(s.Denied()) != 0 {
		t.Errorf("denied %+v", s.Denied())
	}
	if o := dispatch(t, s, "PutItem", "Event", `{}`); o.Fault != "AccessDeniedException" {
		t.Errorf("without permission: %+v", o)
	}
	if denied := s.Denied(); len(denied) != 1 || denied[0].Function != "dispatch" || denied[0].Action != "lambda:InvokeFunction" ||
		denied[0].Resource != "arn:aws:lambda:us-east-1:000000000000:function:PutItem" {
		t.Errorf("denied %+v", denied)
	}
	used := s.UsedActions()
	if !slices.Equal(used["dispatch"], []string{"lambda:InvokeFunction"}) || !slices.Equal(used["note"], []string{"sqs:SendMessage"}) {
		t.Errorf("used %q", used)
	}
	for _, want := range []string{"ASYNC note", "Unhandled", "; trying again", "; given up", "dispatch may not lambda:InvokeFunction"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in the log:\n%s", want, log)
		}
	}
}

// TestRedrive: a function finds what was parked in the queue, and its records in the stream.
func TestRedrive(t *testing.T) {
	engineOnPath(t)
	dir := t.TempDir()
	s := start(t, func(o *stack.Options) { o.DataDir = dir })
	put(t, s, "fine")
	put(t, s, "poison")
	count(t, s)
	messages, err := s.ParkedRecords()
	if err != nil || len(messages) != 1 {
		t.Fatalf("parked %+v, %v", messages, err)
	}
	if batch, ok := eventsource.ParseParked(messages[0].Body); !ok || batch.BatchInfo.BatchSize != 1 {
		t.Errorf("parked %q", messages[0].Body)
	}
	result, err := s.Invoke(t.Context(), "redrive", []byte("{}"))
	if err != nil || string(result.Payload) != `["ITEM#poison"]` {
		t.Errorf("redrive: %s %v", result.Payload, err)
	}
	if messages, err := s.ParkedRecords(); len(messages) != 0 || err != nil {
		t.Errorf("still parked: %+v, %v", messages, err)
	}
	want := []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "sqs:DeleteMessage", "sqs:ReceiveMessage"}
	if used := s.UsedActions()["redrive"]; !slices.Equal(used, want) {
		t.Errorf("used %q, want %q", used, want)
	}

	// A body that no event source sent is listed too.
	if _, err := queueOn(dir, "Parked").Send("by hand"); err != nil {
		t.Fatal(err)
	}
	if messages, err := s.ParkedRecords(); len(messages) != 1 || messages[0].Body != "by hand" || err != nil {
		t.Errorf("sent by hand: %+v, %v", messages, err)
	}
}

func TestQueuesInMemory(t *testing.T) {
	engineOnPath(t)
	s := start(t, nil)
	put(t, s, "poison")
	count(t, s)
	if result, err := s.Invoke(t.Context(), "redrive", []byte("{}")); err != nil || string(result.Payload) != `["ITEM#poison"]` {
		t.Errorf("redrive: %s %v", result.Payload, err)
	}
}

func TestSchedules(t *testing.T) {
	engineOnPath(t)
	dir, log := t.TempDir(), &output{}
	s := start(t, func(o *stack.Options) { o.DataDir, o.Log = dir, log })
	s.RunSchedules()
	waitIdle(t, s)
	if got := bodies(t, queueOn(dir, "local-notes")); !slices.Equal(got, []string{`{"from":"schedule"}`}) {
		t.Errorf("sent %q", got)
	}
	if lines := strings.Count(log.String(), "SCHEDULE note"); lines != 1 {
		t.Errorf("%d lines about the schedule:\n%s", lines, log)
	}
}

// TestFunctionsOnlySharesQueues: as make invoke beside make run.
func TestFunctionsOnlySharesQueues(t *testing.T) {
	engineOnPath(t)
	dir := t.TempDir()
	running := start(t, func(o *stack.Options) { o.DataDir = dir })
	put(t, running, "poison")
	count(t, running)
	beside := start(t, func(o *stack.Options) {
		o.DataDir, o.FunctionsOnly, o.Endpoint = dir, true, running.EngineEndpoint()
	})
	if result, err := beside.Invoke(t.Context(), "redrive", []byte("{}")); err != nil || string(result.Payload) != `["ITEM#poison"]` {
		t.Errorf("redrive: %s %v", result.Payload, err)
	}
	if messages, err := running.ParkedRecords(); len(messages) != 0 || err != nil {
		t.Errorf("still parked: %+v, %v", messages, err)
	}
}

func TestCloseEndsBackgroundInvocations(t *testing.T) {
	engineOnPath(t)
	dir := t.TempDir()
	s, err := stack.Start(t.Context(), stack.Options{
		Root: project, BinDir: binaries, DataDir: dir, FunctionsOnly: true, Endpoint: enginetest.Endpoint(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	dispatch(t, s, "local-note", "Event", `{"hang":true}`)
	notes := queueOn(dir, "local-notes")
	for len(bodies(t, notes)) == 0 { // it is running now, and will not answer
		time.Sleep(time.Millisecond)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := s.WaitIdle(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("idle: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	waitIdle(t, s)
	if got := bodies(t, notes); len(got) != 1 {
		t.Errorf("invoked %d times", len(got))
	}
}
