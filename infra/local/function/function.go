// Package function runs compiled functions as Lambda does: each execution
// environment is a process of its own that takes one invocation at a time from the
// Lambda Runtime API. It imports no AWS packages and nothing of pkg.
package function

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Lambda's limits for one synchronous invocation.
const (
	maxPayload  = 6 * 1024 * 1024
	maxResponse = 6291556
)

// Errors of the Lambda service, as opposed to errors of the function.
var (
	ErrTooManyRequests = errors.New("all execution environments are busy (TooManyRequestsException)")
	ErrRequestTooLarge = errors.New("the request is larger than 6 MB (RequestTooLargeException)")
	ErrClosed          = errors.New("the function is stopped")
)

// Settings of a function. Zero durations and MaxConcurrency take their defaults.
type Settings struct {
	Name string
	ARN  string
	// Binary is the path of the compiled bootstrap.
	Binary   string
	Timeout  time.Duration
	MemoryMB int
	// MaxConcurrency bounds the environments, 10 by default.
	MaxConcurrency int
	// Environment holds the template's variables.
	Environment map[string]string
	Region      string
	Credentials Credentials
	// InitTimeout is 10 s by default, IdleTimeout (an environment without work is stopped) 5 min,
	// QueueTimeout (how long an invocation over MaxConcurrency waits) 2 s.
	InitTimeout, IdleTimeout, QueueTimeout time.Duration
	// Log takes every line that the function writes; it is called from several goroutines.
	Log func(LogLine)

	tenant string // whom PerTenant keeps the environments for
}

// Credentials of the function's role.
type Credentials struct {
	AccessKeyID, SecretAccessKey, SessionToken string
}

// LogLine is one line of stdout or stderr.
type LogLine struct {
	Time      time.Time
	Function  string
	RequestID string // empty before the first invocation
	Text      string
}

// Result of an invocation.
type Result struct {
	RequestID string
	Payload   []byte
	// FunctionError is "Unhandled" when Payload describes an error, empty otherwise.
	FunctionError string
	Duration      time.Duration
	// InitDuration is set on a cold start only.
	InitDuration time.Duration
	// BilledDuration is rounded up to a millisecond and includes InitDuration.
	BilledDuration time.Duration
}

// Function keeps the execution environments of one function.
type Function struct {
	settings Settings

	mu        sync.Mutex
	all       map[*environment]struct{}
	idle      []*environment // the most recently used last
	starting  int            // environments in their init
	finishing int            // environments that have answered and are about to be free
	waiters   []chan acquired
	closed    bool
	work      sync.WaitGroup
}

type acquired struct {
	env  *environment
	fail *failure
}

// New makes a function; the first process starts with the first invocation.
func New(s Settings) *Function {
	s.MaxConcurrency = orDefault(s.MaxConcurrency, 10)
	s.Timeout = orDefault(s.Timeout, 3*time.Second)
	s.InitTimeout = orDefault(s.InitTimeout, 10*time.Second)
	s.IdleTimeout = orDefault(s.IdleTimeout, 5*time.Minute)
	s.QueueTimeout = orDefault(s.QueueTimeout, 2*time.Second)
	s.MemoryMB = orDefault(s.MemoryMB, 128)
	s.Region = orDefault(s.Region, "us-east-1")
	if s.Log == nil {
		s.Log = func(LogLine) {}
	}
	return &Function{settings: s, all: map[*environment]struct{}{}}
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// Invoke runs the function once and waits for its answer. A failing function is a
// Result with FunctionError; an error means that Lambda did not run it. When ctx ends
// first, the invocation goes on without its caller.
func (f *Function) Invoke(ctx context.Context, payload []byte) (Result, error) {
	if len(payload) > maxPayload {
		return Result{}, ErrRequestTooLarge
	}
	inv := newInvocation(payload)
	got, err := f.acquire(ctx)
	if err != nil {
		return Result{}, err
	}
	if got.fail != nil {
		return Result{RequestID: inv.id, Payload: got.fail.payload(inv.id), FunctionError: "Unhandled"}, nil
	}
	done := make(chan Result, 1)
	go func() {
		defer f.work.Done()
		f.run(got.env, inv, done)
	}()
	select {
	case result := <-done:
		return result, nil
	case <-ctx.Done():
		return Result{}, fmt.Errorf("invoke %s: %w", f.settings.Name, ctx.Err())
	}
}

// PIDs of the processes that run now.
func (f *Function) PIDs() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []int
	for env := range f.all {
		if pid := env.pid(); pid != 0 {
			out = append(out, pid)
		}
	}
	slices.Sort(out)
	return out
}

// Close kills every process and waits for their end.
func (f *Function) Close() {
	f.mu.Lock()
	f.closed = true
	environments := slices.Collect(maps.Keys(f.all))
	waiters := f.waiters
	f.waiters = nil
	f.mu.Unlock()
	for _, waiter := range waiters {
		waiter <- acquired{}
	}
	for _, env := range environments {
		env.stop()
	}
	f.work.Wait()
}

// acquire finds an environment: an idle one, or whichever is first of a new one and
// one that falls free. It counts the invocation into f.work when it answers an environment.
func (f *Function) acquire(ctx context.Context) (acquired, error) {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return acquired{}, ErrClosed
	}
	if n := len(f.idle); n > 0 {
		env := f.idle[n-1]
		f.idle = f.idle[:n-1]
		env.idleTimer.Stop()
		f.work.Add(1)
		f.mu.Unlock()
		return acquired{env: env}, nil
	}
	waiter := make(chan acquired, 1)
	f.waiters = append(f.waiters, waiter)
	var throttle <-chan time.Time
	if len(f.all) >= f.settings.MaxConcurrency {
		throttle = time.After(f.settings.QueueTimeout)
	}
	f.scale()
	f.mu.Unlock()

	var err error
	select {
	case got := <-waiter:
		return f.check(got)
	case <-throttle:
		err = ErrTooManyRequests
	case <-ctx.Done():
		err = fmt.Errorf("invoke %s: %w", f.settings.Name, ctx.Err())
	}
	f.mu.Lock()
	i := slices.Index(f.waiters, waiter)
	if i >= 0 {
		f.waiters = slices.Delete(f.waiters, i, i+1)
	}
	f.mu.Unlock()
	if i < 0 { // an environment was handed over in the same moment
		return f.check(<-waiter)
	}
	return acquired{}, err
}

func (f *Function) check(got acquired) (acquired, error) {
	if got.env == nil && got.fail == nil {
		return acquired{}, ErrClosed
	}
	return got, nil
}

// scale starts one more environment in the background when more invocations wait
// than environments are about to be free. f.mu is held.
func (f *Function) scale() {
	if f.closed || len(f.waiters) <= f.starting+f.finishing || len(f.all) >= f.settings.MaxConcurrency {
		return
	}
	env := newEnvironment(f.settings)
	f.all[env] = struct{}{}
	f.starting++
	f.work.Add(1)
	go func() {
		defer f.work.Done()
		fail := env.start()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.starting--
		if fail == nil {
			go f.watch(env)
			f.release(env)
			return
		}
		if !f.hand(acquired{fail: fail}) {
			f.settings.Log(LogLine{Time: time.Now(), Function: f.settings.Name, Text: string(fail.payload(""))})
		}
		f.drop(env)
	}()
}

// release gives a free environment to the first who waits, or keeps it. f.mu is held.
func (f *Function) release(env *environment) {
	if f.closed || env.gone() {
		f.drop(env)
		return
	}
	if f.hand(acquired{env: env}) {
		f.work.Add(1)
		return
	}
	f.idle = append(f.idle, env)
	env.idleSince = time.Now()
	if env.idleTimer == nil {
		env.idleTimer = time.AfterFunc(f.settings.IdleTimeout, func() { f.reap(env) })
		return
	}
	env.idleTimer.Reset(f.settings.IdleTimeout)
}

// watch forgets an environment whose process dies without work.
func (f *Function) watch(env *environment) {
	<-env.exited
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.Contains(f.idle, env) {
		f.drop(env)
	}
}

// hand gives something to the first who waits and reports whether anyone did. f.mu is held.
func (f *Function) hand(got acquired) bool {
	if len(f.waiters) == 0 {
		return false
	}
	waiter := f.waiters[0]
	f.waiters = f.waiters[1:]
	waiter <- got
	return true
}

// drop forgets an environment, and starts another when someone counted on it. f.mu is held.
func (f *Function) drop(env *environment) {
	delete(f.all, env)
	if i := slices.Index(f.idle, env); i >= 0 {
		f.idle = slices.Delete(f.idle, i, i+1)
	}
	if env.idleTimer != nil {
		env.idleTimer.Stop()
	}
	go env.stop()
	f.scale()
}

func (f *Function) reap(env *environment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if slices.Contains(f.idle, env) && time.Since(env.idleSince) >= f.settings.IdleTimeout {
		f.drop(env)
	}
}
