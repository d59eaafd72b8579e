package lambda

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rolecall/rolecall/infra/local/function"
)

// Asynchronous invocations that a function fails are retried twice, on AWS after one minute and after two; one that finds no free
// environment comes again later, at no cost in attempts.
const (
	maxAttempts = 3
	retryWait   = 100 * time.Millisecond
	blockedWait = 200 * time.Millisecond
)

// ErrClosed says that no more invocations are taken.
var ErrClosed = errors.New("asynchronous invocations are stopped")

// Attempt tells of one attempt of an asynchronous invocation.
type Attempt struct {
	Cause    string // as given to Start
	Function string // its name
	Start    time.Time
	Result   function.Result
	Err      error // the function was not invoked
	Last     bool  // there is no attempt after it
}

// Async runs invocations in the background. They live as long as this process.
type Async struct {
	report func(Attempt)
	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	pending int
	idle    chan struct{} // closed while nothing is pending
	closed  bool
}

// NewAsync returns an Async that tells report of each attempt, from several goroutines.
func NewAsync(report func(Attempt)) *Async {
	a := &Async{report: report, idle: make(chan struct{})}
	close(a.idle)
	a.ctx, a.cancel = context.WithCancel(context.Background())
	return a
}

// Start takes an invocation of a function, by name, and returns at once. cause is for the report.
func (a *Async) Start(cause, name string, invoke Invoke, payload []byte) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return ErrClosed
	}
	if a.pending == 0 {
		a.idle = make(chan struct{})
	}
	a.pending++
	go func() {
		defer a.done()
		a.run(cause, name, invoke, payload)
	}()
	return nil
}

func (a *Async) done() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending--
	if a.pending == 0 {
		close(a.idle)
	}
}

func (a *Async) run(cause, name string, invoke Invoke, payload []byte) {
	for failures := 0; a.ctx.Err() == nil; {
		attempt := Attempt{Cause: cause, Function: name, Start: time.Now()}
		attempt.Result, attempt.Err = invoke(a.ctx, payload)
		if a.ctx.Err() != nil {
			return
		}
		failed := attempt.Err == nil && attempt.Result.FunctionError != ""
		if failed {
			failures++
		}
		attempt.Last = attempt.Err == nil && !failed || failures == maxAttempts
		a.report(attempt)
		if attempt.Last {
			return
		}
		wait := blockedWait
		if failed {
			wait = retryWait << (failures - 1)
		}
		select {
		case <-a.ctx.Done():
		case <-time.After(wait):
		}
	}
}

// WaitIdle returns when no invocation is running or waiting for its next attempt, those included that others started meanwhile.
func (a *Async) WaitIdle(ctx context.Context) error {
	a.mu.Lock()
	idle := a.idle
	a.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for asynchronous invocations: %w", ctx.Err())
	}
}

// Close takes no more invocations, gives up those that are pending, and returns when their goroutines have ended. What a function
// does for one goes on until the function is stopped.
func (a *Async) Close() {
	a.mu.Lock()
	a.closed = true
	idle := a.idle
	a.mu.Unlock()
	a.cancel()
	<-idle
}
