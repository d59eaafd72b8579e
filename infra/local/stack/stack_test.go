package stack_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/infra/local/stack"
)

const project = "testdata/project"

var binaries string // shared by the tests, so that the functions are compiled once

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "stack")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binaries = dir
	return m.Run()
}

// start runs the project. The engine is looked for on PATH, where the tests put it.
func start(t *testing.T, change func(*stack.Options)) *stack.Stack {
	t.Helper()
	o := stack.Options{Root: project, BinDir: binaries}
	if change != nil {
		change(&o)
	}
	s, err := stack.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func engineOnPath(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", filepath.Dir(enginetest.Binary(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
}

func put(t *testing.T, s *stack.Stack, id string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPut, s.BaseURL()+"/items/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "token")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func item(t *testing.T, s *stack.Stack, key string) map[string]types.AttributeValue {
	t.Helper()
	out, err := s.Client().GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String("Table"), Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: key}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

func count(t *testing.T, s *stack.Stack) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	n, _ := item(t, s, "COUNT")["n"].(*types.AttributeValueMemberN)
	if n == nil {
		return ""
	}
	return n.Value
}

type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

func TestStack(t *testing.T) {
	engineOnPath(t)
	log := &output{}
	s := start(t, func(o *stack.Options) { o.Log = log })

	if status, body := put(t, s, "a"); status != 201 {
		t.Fatalf("put: %d %s\n%s", status, body, log)
	}
	if item(t, s, "ITEM#a") == nil {
		t.Error("the item is not in the table")
	}
	put(t, s, "b")
	if n := count(t, s); n != "2" {
		t.Errorf("the stream counted %q, want 2\n%s", n, log)
	}

	// What the template does not allow is denied, and said.
	if status, body := put(t, s, "forbidden"); status != 403 || !strings.Contains(body, "AccessDeniedException") {
		t.Errorf("forbidden: %d %s", status, body)
	}
	if denied := s.Denied(); len(denied) != 1 || denied[0].Function != "put-item" || denied[0].Action != "dynamodb:PutItem" {
		t.Errorf("denied %+v", denied)
	}
	if used := s.UsedActions()["put-item"]; !slices.Equal(used, []string{"dynamodb:PutItem"}) {
		t.Errorf("used %q", used)
	}

	// What the function gives up is parked.
	put(t, s, "poison")
	count(t, s)
	if parked, err := s.ParkedRecords(); err != nil || len(parked) != 1 {
		t.Errorf("parked %+v, %v", parked, err)
	}

	result, err := s.Invoke(t.Context(), "put-item", []byte(`{"pathParameters":{"id":"direct"}}`))
	if err != nil || result.FunctionError != "" || !strings.Contains(string(result.Payload), "ITEM#direct") {
		t.Errorf("invoke: %s %v", result.Payload, err)
	}
	if _, err := s.Invoke(t.Context(), "no-such", nil); err == nil {
		t.Error("a function that is not there was invoked")
	}
	for _, want := range []string{"PUT    /items/a 201 put-item", " acme\n", "STREAM 1 records count", "put-item may not dynamodb:PutItem"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%q is missing in the log:\n%s", want, log)
		}
	}
}

// TestOnBatch: a batch waits for whoever hears of it.
func TestOnBatch(t *testing.T) {
	engineOnPath(t)
	goOn := make(chan struct{})
	heard := make(chan string, 1)
	s := start(t, func(o *stack.Options) {
		o.OnBatch = func(ctx context.Context, folder string) {
			heard <- folder
			select {
			case <-goOn:
			case <-ctx.Done():
			}
		}
	})
	put(t, s, "a")
	if folder := <-heard; folder != "count" {
		t.Errorf("a batch of %s", folder)
	}
	if n := item(t, s, "COUNT"); n != nil {
		t.Errorf("the stream counted %v", n)
	}
	close(goOn)
	if n := count(t, s); n != "1" {
		t.Errorf("the stream counted %q, want 1", n)
	}
}

func TestKilledFunctionAndEngine(t *testing.T) {
	engineOnPath(t)
	log := &output{}
	s := start(t, func(o *stack.Options) {
		o.DataDir = t.TempDir()
		o.Log = log
	})
	put(t, s, "before")
	for _, pids := range s.FunctionPIDs() {
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	engine, endpoint := s.EnginePID(), s.EngineEndpoint()
	if err := syscall.Kill(engine, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for s.EnginePID() == engine {
		time.Sleep(time.Millisecond)
	}
	stored := func() bool {
		status, _ := put(t, s, "after")
		return status == 201
	}
	for !stored() { // a call may meet the dying processes
		time.Sleep(time.Millisecond)
	}
	if item(t, s, "ITEM#before") == nil || item(t, s, "ITEM#after") == nil {
		t.Error("an item is lost")
	}
	if s.EngineEndpoint() != endpoint {
		t.Errorf("the engine moved from %s to %s", endpoint, s.EngineEndpoint())
	}
	if n := count(t, s); n != "2" {
		t.Errorf("the stream counted %q, want 2\n%s", n, log)
	}
	if lines := strings.Count(log.String(), "starting it again"); lines != 1 {
		t.Errorf("%d lines about the engine:\n%s", lines, log)
	}
}

func TestDataPersists(t *testing.T) {
	engineOnPath(t)
	dir := t.TempDir()
	first, err := stack.Start(t.Context(), stack.Options{Root: project, BinDir: binaries, DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	put(t, first, "a")
	count(t, first)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, func(o *stack.Options) { o.DataDir = dir })
	if item(t, second, "ITEM#a") == nil {
		t.Error("the item is gone")
	}
	put(t, second, "b")
	if n := count(t, second); n != "2" {
		t.Errorf("the stream counted %q, want 2: each record once", n)
	}
}

func TestCloseLeavesNoProcess(t *testing.T) {
	engineOnPath(t)
	s, err := stack.Start(t.Context(), stack.Options{Root: project, BinDir: binaries})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "a")
	pids := []int{s.EnginePID()}
	for _, more := range s.FunctionPIDs() {
		pids = append(pids, more...)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range pids {
		if !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			t.Errorf("process %d is still there", pid)
		}
	}
}

func TestFunctionsOnlyOnAnotherEngine(t *testing.T) {
	engineOnPath(t)
	s := start(t, func(o *stack.Options) {
		o.Endpoint = enginetest.Endpoint(t)
		o.FunctionsOnly = true
	})
	if s.BaseURL() != "" || s.EnginePID() != 0 {
		t.Errorf("an API at %q, an engine %d", s.BaseURL(), s.EnginePID())
	}
	if result, err := s.Invoke(t.Context(), "put-item", []byte(`{"pathParameters":{"id":"x"}}`)); err != nil || !strings.Contains(string(result.Payload), "201") {
		t.Errorf("invoke: %s %v", result.Payload, err)
	}
}

func TestStartFails(t *testing.T) {
	engineOnPath(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port
	broken := t.TempDir()
	for path, content := range map[string]string{
		"go.mod": "module broken\n", "functions/f/main.go": "package main\nfunc main() { undefined() }\n", "template.yaml": "Resources: {}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(broken, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(broken, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		options stack.Options
		want    string
	}{
		"port":        {stack.Options{Root: project, BinDir: binaries, Port: port}, "address already in use"},
		"engine port": {stack.Options{Root: project, BinDir: binaries, EnginePort: port}, "already in use"},
		"template":    {stack.Options{Root: t.TempDir()}, "template.yaml"},
		"build":       {stack.Options{Root: broken}, "undefined: undefined"},
	} {
		if _, err := stack.Start(t.Context(), test.options); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, test.want)
		}
	}
}
