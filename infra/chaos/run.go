package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/rolecall/rolecall/infra/local/stack"
)

// options say what is run.
type options struct {
	stack    stack.Options // but for the hooks
	seed     uint64
	duration time.Duration // of the load
	tenants  int
	clients  int           // of each tenant
	thinking time.Duration // that a client takes between two requests, at most
	progress func(string)
}

// run is a run of chaos.
type run struct {
	options
	ctx     context.Context
	stack   *stack.Stack
	baseURL string
	http    *http.Client
	start   time.Time // of the load

	counts  *counts
	storms  *storms
	gate    *gate
	outages *outages
	stats   *stats
	bugs    *bugs
	tenants []*tenantRun
	probe   *probe
	behind  map[string]bool // folders of the functions behind the stream

	pausing, stopping sync.Mutex // one at a time

	mutex      sync.Mutex
	dice       *rand.Rand // of what goes wrong
	recoveries map[kind][]time.Duration
	report     report
}

// report is what came of a run.
type report struct {
	run        *run
	violations []string
	more       int           // violations that are not told
	drained    time.Duration // from the end of the faults
	parked     int           // messages
	checked    checked
	complete   bool // everything was checked
}

// chaos runs the service under load while things go wrong, and checks it. An error is
// for what could not be run; what was found to be wrong, up to then, stands in the
// report, which is nil if nothing was run.
func chaos(ctx context.Context, o options) (_ *report, err error) {
	counts := &counts{}
	r := &run{
		options: o, ctx: ctx, counts: counts, storms: newStorms(o.seed, counts), gate: &gate{counts: counts}, outages: &outages{}, stats: &stats{},
		dice: rand.New(rand.NewPCG(o.seed, 2)), recoveries: map[kind][]time.Duration{},
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: time.Minute},
	}
	r.report.run = r
	defer r.http.CloseIdleConnections()
	r.bugs = &bugs{Writer: o.stack.Log}
	o.stack.Log = r.bugs
	o.stack.Around, o.stack.OnBatch = r.storms.around, r.gate.onBatch
	if r.stack, err = stack.Start(ctx, o.stack); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.stack.Close()) }()
	r.baseURL, r.behind = r.stack.BaseURL(), map[string]bool{}
	for _, e := range r.stack.Template().EventSources {
		f, _ := r.stack.Template().Function(e.Function)
		r.behind[f.Folder] = true
	}
	if err := r.setUp(ctx); err != nil {
		return nil, fmt.Errorf("set up: %w", err)
	}
	for _, step := range []func(context.Context) error{r.load, r.comeToRest, r.check} {
		if err := step(ctx); err != nil {
			return &r.report, err
		}
	}
	return &r.report, nil
}

// load lets the clients work, at first with nothing going wrong.
func (r *run) load(ctx context.Context) error {
	r.progress(fmt.Sprintf("%d clients of %d tenants for %s", len(r.tenants)*r.clients, len(r.tenants), r.duration))
	working, stop := context.WithCancel(ctx)
	defer stop()
	r.start = time.Now()
	var clients sync.WaitGroup
	for _, t := range r.tenants {
		for _, c := range t.clients {
			clients.Go(func() { c.work(working) })
		}
	}
	phases, end := context.WithCancel(ctx)
	go func() {
		clients.Wait()
		end()
	}()
	err := r.phases(phases)
	stop()
	<-phases.Done()
	if ctx.Err() == nil && errors.Is(err, context.Canceled) {
		return nil // every client has found something wrong and given up
	}
	return err
}

// phases are parts of the load's time: a tenth to warm up, a tenth in calm.
func (r *run) phases(ctx context.Context) error {
	if err := wait(ctx, r.duration/10); err != nil {
		return err
	}
	r.stats.enter(calm)
	if err := wait(ctx, r.duration/10); err != nil {
		return err
	}
	r.stats.enter(faulty)
	span := r.duration - 2*(r.duration/10)
	r.progress("things go wrong")
	if err := r.goWrong(ctx, schedule(r.dice, span)); err != nil {
		return err
	}
	for k := range kinds {
		if r.counts.of(k) == 0 {
			r.violated("it never happened: %s", k)
		}
	}
	return nil
}

// comeToRest waits until everything that was written has taken effect, and takes up
// what was parked.
func (r *run) comeToRest(ctx context.Context) error {
	r.stats.enter(over)
	r.progress("waiting for the stream")
	start := time.Now()
	if err := r.drain(ctx); err != nil {
		return err
	}
	r.report.drained = time.Since(start)
	if err := r.finale(ctx); err != nil {
		return err
	}
	if err := r.drain(ctx); err != nil {
		return err
	}
	parked, err := r.stack.ParkedRecords()
	if err != nil {
		return err
	}
	if r.report.parked = len(parked); len(parked) == 0 {
		return nil
	}
	r.progress(fmt.Sprintf("taking up %d messages that were parked", len(parked)))
	if err := r.invoke(ctx, "redrive-parked-records", `{}`, nil); err != nil {
		return err
	}
	if err := r.drain(ctx); err != nil {
		return err
	}
	left, err := r.stack.ParkedRecords()
	for _, m := range left {
		r.violated("it is still parked: %s", m.Body)
	}
	return err
}

func (r *run) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	if err := r.stack.Drain(ctx); err != nil {
		return err
	}
	return r.stack.WaitIdle(ctx) // what a function hands itself on
}

// mostViolations is how many are told.
const mostViolations = 50

func (r *run) violated(format string, arguments ...any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(r.report.violations) == mostViolations {
		r.report.more++
		return
	}
	r.report.violations = append(r.report.violations, fmt.Sprintf(format, arguments...))
}

func (r *run) recovered(k kind, took time.Duration) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.recoveries[k] = append(r.recoveries[k], took)
}

func (r *run) some(n int) int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.dice.IntN(n)
}
