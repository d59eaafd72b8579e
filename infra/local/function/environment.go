package function

import (
	"bytes"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// environment is one process and its Runtime API.
type environment struct {
	settings Settings
	cmd      *exec.Cmd
	api      *http.Server
	process  atomic.Int64 // its id, 0 before it runs

	idleSince time.Time // guarded, as the timer, by the function's mutex
	idleTimer *time.Timer

	ready   chan struct{}    // the runtime asks for an event
	pending chan *invocation // the event it gets
	current atomic.Pointer[invocation]
	initErr chan []byte
	init    atomic.Int64 // nanoseconds, taken by the first invocation

	exited  chan struct{} // closed when the process is gone
	exitErr error         // valid after exited
	stopped atomic.Bool
}

func newEnvironment(s Settings) *environment {
	return &environment{
		settings: s,
		ready:    make(chan struct{}, 1), pending: make(chan *invocation), initErr: make(chan []byte, 1), exited: make(chan struct{}),
	}
}

// start launches the process and waits until its runtime asks for the first event.
// After a failure the process is gone.
func (e *environment) start() *failure {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		close(e.exited)
		return &failure{errorType: "ServiceException", message: fmt.Sprintf("runtime API: %v", err)}
	}
	e.api = &http.Server{Handler: e.runtimeAPI()}
	go func() { _ = e.api.Serve(listener) }()
	go func() {
		<-e.exited
		_ = e.api.Close()
	}()

	begin := time.Now()
	if err := e.launch(listener.Addr().String()); err != nil {
		return &failure{errorType: "Runtime.InvalidEntrypoint", message: err.Error()}
	}
	limit := time.NewTimer(e.settings.InitTimeout)
	defer limit.Stop()
	select {
	case <-e.ready:
		e.init.Store(int64(time.Since(begin)))
		return nil
	case posted := <-e.initErr:
		e.stop()
		return &failure{posted: posted}
	case <-e.exited:
		select {
		case posted := <-e.initErr:
			return &failure{posted: posted}
		default:
			return e.exitFailure()
		}
	case <-limit.C:
		e.stop()
		return timedOut(e.settings.InitTimeout)
	}
}

// launch starts the process and watches it.
func (e *environment) launch(api string) error {
	e.cmd = exec.Command(e.settings.Binary)
	e.cmd.Dir = filepath.Dir(e.settings.Binary)
	e.cmd.Env = e.variables(api)
	e.cmd.SysProcAttr = ownProcessGroup()
	e.cmd.WaitDelay = time.Second
	output := &lines{emit: e.log}
	e.cmd.Stdout, e.cmd.Stderr = output, output

	started := make(chan error, 1)
	go func() {
		// The kernel ends the process with the thread that started it, so the thread must stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(e.exited)
		err := e.cmd.Start()
		if err == nil {
			e.process.Store(int64(e.cmd.Process.Pid))
		}
		started <- err
		if err != nil {
			return
		}
		if e.stopped.Load() { // stopped before there was a process
			killProcessGroup(e.pid())
		}
		e.exitErr = e.cmd.Wait()
		output.flush()
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("start %s: %w", e.settings.Binary, err)
	}
	return nil
}

func (e *environment) pid() int { return int(e.process.Load()) }

// variables is the whole environment of the process: nothing of ours is inherited.
func (e *environment) variables(api string) []string {
	s := e.settings
	v := map[string]string{
		"AWS_LAMBDA_FUNCTION_NAME":        s.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(s.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/" + s.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME":      time.Now().UTC().Format("2006/01/02/[$LATEST]") + newID()[:8],
		"AWS_LAMBDA_LOG_FORMAT":           "JSON",
		"AWS_LAMBDA_RUNTIME_API":          api,
		"AWS_EXECUTION_ENV":               "AWS_Lambda_provided.al2023",
		"AWS_REGION":                      s.Region,
		"AWS_DEFAULT_REGION":              s.Region,
		"AWS_ACCESS_KEY_ID":               s.Credentials.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY":           s.Credentials.SecretAccessKey,
		"AWS_SESSION_TOKEN":               s.Credentials.SessionToken,
		"LAMBDA_TASK_ROOT":                filepath.Dir(s.Binary),
		"_HANDLER":                        "bootstrap",
		"LANG":                            "en_US.UTF-8",
		"PATH":                            "/usr/local/bin:/usr/bin:/bin",
		"TZ":                              ":UTC",
	}
	maps.Copy(v, s.Environment)
	var out []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		out = append(out, name+"="+v[name])
	}
	return out
}

// begin hands an invocation to the runtime, which waits for it.
func (e *environment) begin(inv *invocation) {
	e.current.Store(inv)
	go func() {
		select {
		case e.pending <- inv:
		case <-e.exited:
		}
	}()
}

func (e *environment) takeInit() time.Duration {
	return time.Duration(e.init.Swap(0))
}

func (e *environment) gone() bool {
	select {
	case <-e.exited:
		return true
	default:
		return false
	}
}

// stop kills the process with its children and waits for its end.
func (e *environment) stop() {
	e.stopped.Store(true)
	if pid := e.pid(); pid != 0 && !e.gone() {
		killProcessGroup(pid)
	}
	<-e.exited
}

// exitFailure says how the process ended; it is gone by now.
func (e *environment) exitFailure() *failure {
	message := "Runtime exited without providing a reason"
	if e.exitErr != nil {
		message = "Runtime exited with error: " + e.exitErr.Error()
	}
	return &failure{errorType: "Runtime.ExitError", message: message}
}

func (e *environment) log(text string) {
	line := LogLine{Time: time.Now(), Function: e.settings.Name, Text: text}
	if inv := e.current.Load(); inv != nil {
		line.RequestID = inv.id
	}
	e.settings.Log(line)
}

// lines is a writer that hands on whole lines.
type lines struct {
	mu   sync.Mutex
	rest []byte
	emit func(string)
}

// Write takes output as it comes.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			return len(p), nil
		}
		l.emit(string(bytes.TrimRight(l.rest[:i], "\r")))
		l.rest = l.rest[i+1:]
	}
}

func (l *lines) flush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.rest) > 0 {
		l.emit(string(l.rest))
		l.rest = nil
	}
}
