package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// bound ends a load: after so many requests or so much time, whichever is first, but
// not before there are enough requests for a median.
type bound struct {
	requests int
	time     time.Duration
}

const enough = 30

func (b bound) reached(sent int, since time.Duration) bool {
	return sent > b.requests || since > b.time && sent > enough
}

// result of a load.
type result struct {
	took    []time.Duration // of the requests that were answered well
	elapsed time.Duration
	failed  int
	first   error
}

// load sends requests from several clients, each one after another.
func load(ctx context.Context, clients int, b bound, send func(context.Context) error) result {
	var (
		sent atomic.Int64
		mu   sync.Mutex
		out  result
		all  sync.WaitGroup
	)
	start := time.Now()
	for range clients {
		all.Go(func() {
			for ctx.Err() == nil && !b.reached(int(sent.Add(1)), time.Since(start)) {
				begin := time.Now()
				err := send(ctx)
				took := time.Since(begin)
				mu.Lock()
				out.add(took, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	out.elapsed = time.Since(start)
	return out
}

func (r *result) add(took time.Duration, err error) {
	if err == nil {
		r.took = append(r.took, took)
		return
	}
	r.failed++
	if r.first == nil {
		r.first = err
	}
}

func (r *result) perSecond() string {
	return fmt.Sprintf("%.0f", float64(len(r.took))/r.elapsed.Seconds())
}
