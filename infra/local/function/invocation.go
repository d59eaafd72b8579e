package function

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"
)

// invocation is one event on its way through an environment.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	answer   chan answer
}

// answer is what the runtime posts for an invocation.
type answer struct {
	payload []byte
	failed  bool
}

func newInvocation(payload []byte) *invocation {
	return &invocation{id: newID(), payload: payload, answer: make(chan answer, 1)}
}

// newID makes a version 4 UUID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// failure is an error that Lambda itself reports about a function, or one that the
// runtime posted about its own start.
type failure struct {
	errorType string
	message   string
	posted    []byte
}

func (f *failure) payload(requestID string) []byte {
	if f.posted != nil {
		return f.posted
	}
	body, _ := json.Marshal(struct { // strings only: cannot fail
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{f.errorType, fmt.Sprintf("RequestId: %s Error: %s", requestID, f.message)})
	return body
}

func timedOut(after time.Duration) *failure {
	return &failure{errorType: "Sandbox.Timedout", message: fmt.Sprintf("Task timed out after %.2f seconds", after.Seconds())}
}

// run sends one invocation through an environment and, once the answer is delivered,
// waits until the runtime asks for the next one: only then is the environment free.
func (f *Function) run(env *environment, inv *invocation, done chan<- Result) {
	begin := time.Now()
	inv.deadline = begin.Add(f.settings.Timeout)
	deadline := time.NewTimer(f.settings.Timeout)
	defer deadline.Stop()
	env.begin(inv)

	report := func(a answer) {
		result := Result{RequestID: inv.id, Payload: a.payload, Duration: time.Since(begin), InitDuration: env.takeInit()}
		result.BilledDuration = (result.Duration + result.InitDuration + time.Millisecond - 1).Truncate(time.Millisecond)
		if a.failed {
			result.FunctionError = "Unhandled"
		}
		done <- result
	}
	unhandled := func(fail *failure) answer { return answer{payload: fail.payload(inv.id), failed: true} }

	select {
	case a := <-inv.answer:
		f.finish(env, deadline.C, func() { report(a) })
	case <-env.exited:
		// An answer posted just before the end counts.
		select {
		case a := <-inv.answer:
			report(a)
		default:
			report(unhandled(env.exitFailure()))
		}
		f.forget(env)
	case <-deadline.C:
		env.stop()
		report(unhandled(timedOut(f.settings.Timeout)))
		f.forget(env)
	}
}

// finish reports an answer and waits until the environment is free, gone or out of time.
func (f *Function) finish(env *environment, deadline <-chan time.Time, report func()) {
	f.mu.Lock()
	f.finishing++
	f.mu.Unlock()
	report()
	free := false
	select {
	case <-env.ready:
		free = true
	case <-env.exited:
	case <-deadline:
		env.stop()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.finishing--
	if free {
		f.release(env)
		return
	}
	f.drop(env)
}

func (f *Function) forget(env *environment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.drop(env)
}
