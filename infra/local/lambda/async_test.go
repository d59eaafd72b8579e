package lambda_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rolecall/rolecall/infra/local/function"
	local "github.com/rolecall/rolecall/infra/local/lambda"
)

// attempts keeps what an Async reports.
type attempts struct {
	mu   sync.Mutex
	seen []local.Attempt
}

func (a *attempts) add(one local.Attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen = append(a.seen, one)
}

func (a *attempts) list() []local.Attempt {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.seen)
}

// TestAttempts gives each attempt an outcome, and looks which attempts are made, in a bubble, so that waits take no time.
func TestAttempts(t *testing.T) {
	t.Parallel()
	const ok, failed, busy = "ok", "failed", "busy"
	for name, test := range map[string]struct {
		outcomes []string // the last goes on
		want     int
	}{
		"success":               {[]string{ok}, 1},
		"one failure":           {[]string{failed, ok}, 2},
		"three failures":        {[]string{failed}, 3},
		"busy costs no attempt": {[]string{busy, busy, busy, busy, failed, busy, failed, ok}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				seen, calls := &attempts{}, 0
				async := local.NewAsync(seen.add)
				defer async.Close()
				invoke := func(context.Context, []byte) (function.Result, error) {
					outcome := test.outcomes[min(calls, len(test.outcomes)-1)]
					calls++
					switch outcome {
					case failed:
						return function.Result{FunctionError: "Unhandled"}, nil
					case busy:
						return function.Result{}, function.ErrTooManyRequests
					}
					return function.Result{}, nil
				}
				if err := async.Start("TEST", "f", invoke, nil); err != nil {
					t.Fatal(err)
				}
				if err := async.WaitIdle(t.Context()); err != nil {
					t.Fatal(err)
				}
				got := seen.list()
				if len(got) != test.want || calls != test.want {
					t.Fatalf("%d attempts, %d calls, want %d", len(got), calls, test.want)
				}
				for i, attempt := range got {
					if attempt.Last != (i == len(got)-1) || attempt.Cause != "TEST" || attempt.Function != "f" {
						t.Errorf("attempt %d: %+v", i, attempt)
					}
				}
			})
		})
	}
}

// TestWaitIdle waits for what an invocation starts, too.
func TestWaitIdle(t *testing.T) {
	t.Parallel()
	async := local.NewAsync(func(local.Attempt) {})
	if err := async.WaitIdle(t.Context()); err != nil {
		t.Errorf("before any: %v", err)
	}
	release, done := make(chan struct{}), false
	inner := func(context.Context, []byte) (function.Result, error) {
		<-release
		done = true
		return function.Result{}, nil
	}
	started := make(chan error, 1)
	outer := func(context.Context, []byte) (function.Result, error) {
		started <- async.Start("", "inner", inner, nil)
		return function.Result{}, nil
	}
	if err := async.Start("", "outer", outer, nil); err != nil {
		t.Fatal(err)
	}
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := async.WaitIdle(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("while one runs: %v", err)
	}
	close(release)
	if err := async.WaitIdle(t.Context()); err != nil || !done {
		t.Errorf("done %v, %v", done, err)
	}
}

// TestClose ends a wait for the next attempt, and the context of an invocation.
func TestClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := &attempts{}
		async := local.NewAsync(seen.add)
		busy := func(context.Context, []byte) (function.Result, error) {
			return function.Result{}, function.ErrTooManyRequests
		}
		running := func(ctx context.Context, _ []byte) (function.Result, error) {
			<-ctx.Done()
			return function.Result{}, ctx.Err()
		}
		for _, invoke := range []local.Invoke{busy, running} {
			if err := async.Start("", "f", invoke, nil); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait() // one waits, the other runs
		start := time.Now()
		async.Close()
		if time.Since(start) != 0 || len(seen.list()) != 1 {
			t.Errorf("closed after %s, attempts %+v", time.Since(start), seen.list())
		}
		if err := async.Start("", "f", busy, nil); !errors.Is(err, local.ErrClosed) {
			t.Errorf("start after close: %v", err)
		}
		if err := async.WaitIdle(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
