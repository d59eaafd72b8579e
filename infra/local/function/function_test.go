package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/function"
)

var binary string // built once for all tests

func TestMain(m *testing.M) {
	os.Exit(build(m))
}

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "function")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "bootstrap")
	if output, err := exec.Command("go", "build", "-tags=lambda.norpc", "-o", binary, "./testdata/bootstrap").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s\n", err, output)
		return 1
	}
	return m.Run()
}

type log struct {
	mu    sync.Mutex
	lines []function.LogLine
}

func (l *log) add(line function.LogLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *log) has(text, requestID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.lines, func(line function.LogLine) bool {
		return strings.Contains(line.Text, text) && line.RequestID == requestID
	})
}

func start(t *testing.T, change func(*function.Settings)) *function.Function {
	t.Helper()
	s := function.Settings{
		Name: "Test", ARN: "arn:aws:lambda:us-east-1:000000000000:function:Test", Binary: binary, Timeout: 20 * time.Second,
		Credentials: function.Credentials{AccessKeyID: "KEY", SecretAccessKey: "SECRET", SessionToken: "TOKEN"},
	}
	if change != nil {
		change(&s)
	}
	f := function.New(s)
	t.Cleanup(f.Close)
	return f
}

func invoke(t *testing.T, f *function.Function, format string, arguments ...any) function.Result {
	t.Helper()
	result, err := f.Invoke(t.Context(), fmt.Appendf(nil, format, arguments...))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

type reply struct {
	PID       int
	Count     int
	RequestID string
	ARN       string
	Left      int64
}

func read(t *testing.T, result function.Result) reply {
	t.Helper()
	if result.FunctionError != "" {
		t.Fatalf("function error %s", result.Payload)
	}
	var r reply
	if err := json.Unmarshal(result.Payload, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// wantError checks the shape of an error that Lambda reports.
func wantError(t *testing.T, result function.Result, errorType, message string) {
	t.Helper()
	var got struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(result.Payload, &got); err != nil {
		t.Fatalf("payload %s: %v", result.Payload, err)
	}
	message = strings.ReplaceAll(message, "ID", result.RequestID)
	if result.FunctionError != "Unhandled" || got.ErrorType != errorType || got.ErrorMessage != message {
		t.Errorf("got %s %s\nwant %s: %s", result.FunctionError, result.Payload, errorType, message)
	}
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestEnvironmentIsReused(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	cold := invoke(t, f, `{}`)
	first := read(t, cold)
	if first.RequestID != cold.RequestID || first.ARN != "arn:aws:lambda:us-east-1:000000000000:function:Test" {
		t.Errorf("context %+v of request %s", first, cold.RequestID)
	}
	if first.Left <= 0 || first.Left > 20_000 {
		t.Errorf("%d ms left of 20 s", first.Left)
	}
	if cold.InitDuration <= 0 || cold.BilledDuration < cold.Duration+cold.InitDuration || cold.BilledDuration%time.Millisecond != 0 {
		t.Errorf("cold start %+v", cold)
	}
	for i := range 50 {
		warm := invoke(t, f, `{}`)
		if r := read(t, warm); r.PID != first.PID || r.Count != i+2 || warm.InitDuration != 0 {
			t.Fatalf("invocation %d: %+v after %+v", i, r, first)
		}
	}
}

func TestFunctionErrorKeepsEnvironment(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	pid := read(t, invoke(t, f, `{}`)).PID
	wantError(t, invoke(t, f, `{"Do":"fail"}`), "errorString", "it failed")
	if r := read(t, invoke(t, f, `{}`)); r.PID != pid || r.Count != 3 {
		t.Errorf("after an error: %+v, want process %d", r, pid)
	}
}

func TestPanicEndsEnvironment(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	pid := read(t, invoke(t, f, `{}`)).PID
	wantError(t, invoke(t, f, `{"Do":"panic"}`), "string", "it panicked")
	if r := read(t, invoke(t, f, `{}`)); r.PID == pid || r.Count != 1 {
		t.Errorf("after a panic: %+v, want another process than %d", r, pid)
	}
}

func TestExitMidInvocation(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	wantError(t, invoke(t, f, `{"Do":"exit","Size":3}`), "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 3")
	wantError(t, invoke(t, f, `{"Do":"exit","Size":0}`), "Runtime.ExitError", "RequestId: ID Error: Runtime exited without providing a reason")
	read(t, invoke(t, f, `{}`))
}

func TestKilledMidInvocation(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	pid := read(t, invoke(t, f, `{}`)).PID
	done := make(chan function.Result)
	go func() {
		result, _ := f.Invoke(context.Background(), []byte(`{"Do":"hang"}`))
		done <- result
	}()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	// The process may die before the event reaches it; then a new one hangs and is killed too.
	for {
		select {
		case result := <-done:
			wantError(t, result, "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: signal: killed")
			return
		case <-time.After(20 * time.Millisecond):
			for _, pid := range f.PIDs() {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
}

func TestKilledWhileIdle(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	pid := read(t, invoke(t, f, `{}`)).PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for len(f.PIDs()) > 0 {
		time.Sleep(time.Millisecond)
	}
	if r := read(t, invoke(t, f, `{}`)); r.PID == pid {
		t.Error("the dead process answered")
	}
}

func TestTimeoutKillsProcess(t *testing.T) {
	t.Parallel()
	f := start(t, func(s *function.Settings) { s.Timeout = time.Second })
	pid := read(t, invoke(t, f, `{}`)).PID
	wantError(t, invoke(t, f, `{"Do":"hang"}`), "Sandbox.Timedout", "RequestId: ID Error: Task timed out after 1.00 seconds")
	if !gone(pid) {
		t.Errorf("process %d is still there", pid)
	}
	read(t, invoke(t, f, `{}`))
}

func TestInitFailures(t *testing.T) {
	t.Parallel()
	exits := start(t, func(s *function.Settings) { s.Environment = map[string]string{"INIT": "exit"} })
	wantError(t, invoke(t, exits, `{}`), "Runtime.ExitError", "RequestId: ID Error: Runtime exited with error: exit status 3")

	hangs := start(t, func(s *function.Settings) {
		s.Environment = map[string]string{"INIT": "hang"}
		s.InitTimeout = 300 * time.Millisecond
	})
	wantError(t, invoke(t, hangs, `{}`), "Sandbox.Timedout", "RequestId: ID Error: Task timed out after 0.30 seconds")
	if pids := hangs.PIDs(); len(pids) > 0 {
		t.Errorf("processes %d are left", pids)
	}

	missing := start(t, func(s *function.Settings) { s.Binary = filepath.Join(t.TempDir(), "bootstrap") })
	if result := invoke(t, missing, `{}`); !strings.Contains(string(result.Payload), "Runtime.InvalidEntrypoint") {
		t.Errorf("payload %s", result.Payload)
	}
}

// TestInitErrorPosted uses a runtime that reports its own failed start.
func TestInitErrorPosted(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "bootstrap")
	const posts = "#!/bin/bash\nexec 3<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/://}\n" +
		`body='{"errorType":"Config.Missing","errorMessage":"no table"}'` + "\n" +
		`printf 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' ${#body} "$body" >&3` + "\n" +
		"cat <&3 >/dev/null\nexit 1\n"
	if err := os.WriteFile(script, []byte(posts), 0o755); err != nil {
		t.Fatal(err)
	}
	f := start(t, func(s *function.Settings) { s.Binary = script })
	wantError(t, invoke(t, f, `{}`), "Config.Missing", "no table")
}

func TestConcurrentInvocationsScaleOut(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	gate := filepath.Join(t.TempDir(), "gate")
	var calls sync.WaitGroup
	pids := make([]int, 4)
	for i := range pids {
		calls.Go(func() {
			result, err := f.Invoke(context.Background(), fmt.Appendf(nil, `{"Do":"wait","Gate":%q}`, gate))
			if err == nil {
				var r reply
				_ = json.Unmarshal(result.Payload, &r)
				pids[i] = r.PID
			}
		})
	}
	waitInside(t, gate, len(pids)) // all at once
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	calls.Wait()
	slices.Sort(pids)
	if distinct := slices.Compact(slices.Clone(pids)); len(distinct) != 4 || pids[0] == 0 {
		t.Errorf("processes %d, want four", pids)
	}
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	f := start(t, func(s *function.Settings) {
		s.MaxConcurrency = 1
		s.QueueTimeout = 50 * time.Millisecond
	})
	gate := filepath.Join(t.TempDir(), "gate")
	done := make(chan error)
	go func() {
		_, err := f.Invoke(context.Background(), fmt.Appendf(nil, `{"Do":"wait","Gate":%q}`, gate))
		done <- err
	}()
	waitInside(t, gate, 1)
	if _, err := f.Invoke(t.Context(), []byte(`{}`)); !errors.Is(err, function.ErrTooManyRequests) {
		t.Errorf("error %v, want %v", err, function.ErrTooManyRequests)
	}
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if pids := f.PIDs(); len(pids) > 1 {
		t.Errorf("processes %d over a cap of one", pids)
	}
}

// waitInside waits until n invocations wait at a gate.
func waitInside(t *testing.T, gate string, n int) {
	t.Helper()
	for {
		inside, err := filepath.Glob(gate + ".*")
		if err != nil {
			t.Fatal(err)
		}
		if len(inside) == n {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestManyCallersUnderTheCap(t *testing.T) {
	t.Parallel()
	f := start(t, func(s *function.Settings) {
		s.MaxConcurrency = 3
		s.QueueTimeout = time.Minute
	})
	var calls sync.WaitGroup
	for range 24 {
		calls.Go(func() {
			for range 10 {
				if result, err := f.Invoke(context.Background(), []byte(`{}`)); err != nil || result.FunctionError != "" {
					t.Errorf("%v %s", err, result.Payload)
				}
			}
		})
	}
	calls.Wait()
	if pids := f.PIDs(); len(pids) > 3 {
		t.Errorf("processes %d over a cap of three", pids)
	}
}

func TestPayloadLimits(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	if _, err := f.Invoke(t.Context(), bytes.Repeat([]byte(" "), 6*1024*1024+1)); !errors.Is(err, function.ErrRequestTooLarge) {
		t.Errorf("error %v", err)
	}
	wantError(t, invoke(t, f, `{"Do":"large","Size":6300000}`), "Function.ResponseSizeTooLarge",
		"Response payload size exceeded maximum allowed payload size (6291556 bytes).")
	if result := invoke(t, f, `{"Do":"large","Size":6000000}`); len(result.Payload) != 6_000_002 {
		t.Errorf("%d bytes", len(result.Payload))
	}
}

func TestProcessEnvironment(t *testing.T) {
	t.Setenv("SECRET_OF_THE_PARENT", "x")
	f := start(t, func(s *function.Settings) { s.Environment = map[string]string{"TABLE_NAME": "Table"} })
	var variables []string
	if err := json.Unmarshal(invoke(t, f, `{"Do":"environment"}`).Payload, &variables); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"TABLE_NAME=Table", "AWS_LAMBDA_FUNCTION_NAME=Test", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128", "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=KEY", "AWS_SESSION_TOKEN=TOKEN", "TZ=:UTC", "AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
	} {
		if !slices.Contains(variables, want) {
			t.Errorf("%s is missing in %q", want, variables)
		}
	}
	if slices.Contains(variables, "SECRET_OF_THE_PARENT=x") {
		t.Error("the function sees the runner's environment")
	}
}

func TestLogLinesCarryRequest(t *testing.T) {
	t.Parallel()
	lines := &log{}
	f := start(t, func(s *function.Settings) { s.Log = lines.add })
	result := invoke(t, f, `{"Do":"print"}`)
	f.Close() // a line without an end is written when the process is gone
	if !lines.has("to stdout", result.RequestID) || !lines.has("to stderr", result.RequestID) {
		t.Errorf("lines %+v of request %s", lines.lines, result.RequestID)
	}
}

func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	f := start(t, func(s *function.Settings) {
		s.MaxConcurrency = 1
		s.QueueTimeout = time.Minute
	})
	gate := filepath.Join(t.TempDir(), "gate")
	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := f.Invoke(ctx, fmt.Appendf(nil, `{"Do":"wait","Gate":%q}`, gate))
		left <- err
	}()
	waitInside(t, gate, 1)
	pid := f.PIDs()[0]
	cancel()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if err := os.WriteFile(gate, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// The invocation ends without its caller, and its environment serves again.
	if r := read(t, invoke(t, f, `{}`)); r.PID != pid || r.Count != 2 {
		t.Errorf("%+v, want the second invocation of process %d", r, pid)
	}
}

func TestIdleEnvironmentIsReaped(t *testing.T) {
	t.Parallel()
	f := start(t, func(s *function.Settings) { s.IdleTimeout = 10 * time.Millisecond })
	read(t, invoke(t, f, `{}`))
	for len(f.PIDs()) > 0 {
		time.Sleep(time.Millisecond)
	}
	read(t, invoke(t, f, `{}`))
}

func TestCloseKillsChildrenToo(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	var child int
	if err := json.Unmarshal(invoke(t, f, `{"Do":"child"}`).Payload, &child); err != nil {
		t.Fatal(err)
	}
	pids := f.PIDs()
	f.Close()
	for _, pid := range pids {
		if !gone(pid) {
			t.Errorf("process %d is still there", pid)
		}
	}
	for !gone(child) && !zombie(child) {
		time.Sleep(time.Millisecond)
	}
	if _, err := f.Invoke(t.Context(), nil); !errors.Is(err, function.ErrClosed) {
		t.Errorf("error %v after Close", err)
	}
}

// zombie says whether a process is dead but not yet reaped by whoever adopted it.
func zombie(pid int) bool {
	output, err := exec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
	return err != nil || strings.HasPrefix(strings.TrimSpace(string(output)), "Z")
}
