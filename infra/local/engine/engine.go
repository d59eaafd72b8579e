package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Options say how an engine is started.
type Options struct {
	Binary  string    // the path that Locate returned
	DataDir string    // where the data lives; empty keeps it in memory
	Port    int       // on 127.0.0.1; 0 takes a free one
	Log     io.Writer // what the engine prints; nil drops it
}

// Engine is a running dynoxide process.
type Engine struct {
	port    int
	command *exec.Cmd
	done    chan struct{}
	err     error
}

const (
	startTimeout = 20 * time.Second
	stopTimeout  = 3 * time.Second
	lockTimeout  = time.Second // an engine whose runner was killed is gone well before
)

// errPortTaken says that something listens on the chosen port already.
var errPortTaken = errors.New("it is already in use")

// Start runs an engine and returns when it answers. ctx bounds the start only; Close ends the engine, and so does the end of
// this process, even by SIGKILL. Two engines never share a DataDir.
func Start(ctx context.Context, options Options) (*Engine, error) {
	unlock, err := lockData(ctx, options.DataDir)
	if err != nil {
		return nil, err
	}
	if err = prepareData(ctx, options); err == nil {
		var engine *Engine
		if engine, err = startOnPort(ctx, options, unlock); err == nil {
			return engine, nil
		}
	}
	unlock()
	return nil, err
}

func startOnPort(ctx context.Context, options Options, whenDone func()) (*Engine, error) {
	if options.Port != 0 {
		engine, err := launch(ctx, options, whenDone)
		if err != nil {
			return nil, fmt.Errorf("the DynamoDB engine cannot start on port %d: %w", options.Port, err)
		}
		return engine, nil
	}
	// A free port may be lost to another process between its choice and the start.
	var err error
	for range 5 {
		if options.Port, err = freePort(); err != nil {
			break
		}
		var engine *Engine
		if engine, err = launch(ctx, options, whenDone); err == nil {
			return engine, nil
		}
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, fmt.Errorf("the DynamoDB engine cannot start: %w", err)
}

func launch(ctx context.Context, options Options, whenDone func()) (*Engine, error) {
	if err := checkFree(options.Port); err != nil {
		return nil, err
	}
	output := &tail{next: options.Log}
	command := exec.Command(options.Binary, arguments(options)...)
	command.Stdout, command.Stderr = output, output
	command.SysProcAttr = ownProcess()
	engine := &Engine{port: options.Port, command: command, done: make(chan struct{})}
	if err := engine.run(); err != nil {
		return nil, err
	}
	if err := engine.waitReady(ctx); err != nil {
		_ = engine.Close()
		if strings.Contains(output.last(), "already in use") {
			return nil, errPortTaken
		}
		if output.last() != "" {
			return nil, fmt.Errorf("%w: %s", err, output.last())
		}
		return nil, err
	}
	go func() { <-engine.done; whenDone() }()
	return engine, nil
}

func arguments(options Options) []string {
	arguments := []string{"-p", strconv.Itoa(options.Port), "--host", "127.0.0.1"}
	if options.DataDir != "" {
		arguments = append(arguments, "--db-path", dataFile(options.DataDir))
	}
	return arguments
}

// run starts the process and waits for its end on one thread: Linux kills the child when the thread that started it ends.
func (e *Engine) run() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := e.command.Start(); err != nil {
			started <- err
			return
		}
		stopGuard := guard(e.command.Process.Pid)
		started <- nil
		err := e.command.Wait()
		stopGuard()
		if err == nil {
			err = errors.New("it stopped")
		}
		e.err = fmt.Errorf("the DynamoDB engine ended: %w", err)
		close(e.done)
	}()
	return <-started
}

// waitReady polls: left to the SDK's retries, a cold start takes seconds.
func (e *Engine) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, Proxy: nil}, Timeout: time.Second}
	for {
		response, err := client.Get(e.Endpoint())
		if err == nil {
			_ = response.Body.Close()
			return nil
		}
		select {
		case <-e.done:
			return e.err
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", ctx.Err())
		case <-time.After(3 * time.Millisecond):
		}
	}
}

// Endpoint is the engine's base URL.
func (e *Engine) Endpoint() string { return "http://127.0.0.1:" + strconv.Itoa(e.port) }

// Port is the port on 127.0.0.1 where the engine listens.
func (e *Engine) Port() int { return e.port }

// PID is the engine's process id.
func (e *Engine) PID() int { return e.command.Process.Pid }

// Done is closed when the process has ended.
func (e *Engine) Done() <-chan struct{} { return e.done }

// Err says why the process ended; nil while it runs.
func (e *Engine) Err() error {
	select {
	case <-e.done:
		return e.err
	default:
		return nil
	}
}

// Close ends the engine, by force if it does not stop in time, and returns when it is gone. It may be called more than once.
func (e *Engine) Close() error {
	select {
	case <-e.done:
		return nil
	default:
	}
	_ = terminate(e.command.Process)
	select {
	case <-e.done:
	case <-time.After(stopTimeout):
		_ = e.command.Process.Kill()
		<-e.done
	}
	return nil
}

// lockData keeps a second engine off the same files; the lock is free again when the engine, or this process, has ended.
func lockData(ctx context.Context, dataDir string) (unlock func(), err error) {
	if dataDir == "" {
		return func() {}, nil
	}
	if err := os.MkdirAll(dataDir, 0o755); err != nil {
		return nil, fmt.Errorf("the folder for the data cannot be created: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	unlock, err = lockFile(ctx, filepath.Join(dataDir, "engine.lock"))
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("the data in %s is in use by another engine", dataDir)
	}
	if err != nil {
		return nil, fmt.Errorf("the folder for the data is not writable: %w", err)
	}
	return unlock, nil
}

func checkFree(port int) error {
	listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return errPortTaken
	}
	return listener.Close()
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("no free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
