package main

import (
	"math"
	"net/http"
	"slices"
	"sync"
	"time"
)

// phase is a part of the run, whose times are told apart.
type phase int

const (
	warming phase = iota // processes start
	calm                 // nothing goes wrong
	faulty
	over // nothing goes wrong any more, and the clients have stopped
)

// stats are what came of requests.
type stats struct {
	mutex    sync.Mutex
	phase    phase
	samples  []sample
	watchers []*watcher
}

// sample is what came of a request.
type sample struct {
	name   string
	phase  phase
	status int // 0 for no answer
	took   time.Duration
}

// watcher waits for the first success of a request that is sent after a moment.
type watcher struct {
	since time.Time
	took  chan time.Duration
}

func (s *stats) enter(p phase) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.phase = p
}

func (s *stats) add(name string, a *answer) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.samples = append(s.samples, sample{name, s.phase, a.status, a.took()})
	if a.ok() {
		s.watchers = slices.DeleteFunc(s.watchers, func(w *watcher) bool {
			met := a.begun.After(w.since)
			if met {
				w.took <- a.ended.Sub(w.since)
			}
			return met
		})
	}
}

// firstSuccess tells how long after a moment a request that was sent after it has
// succeeded.
func (s *stats) firstSuccess(since time.Time) <-chan time.Duration {
	w := &watcher{since, make(chan time.Duration, 1)}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.watchers = append(s.watchers, w)
	return w.took
}

// finished are the samples of all requests.
func (s *stats) finished() []sample {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.samples)
}

// hasFailed tells whether a request was not answered, or with a 5xx that is not about
// the request.
func hasFailed(status int) bool {
	return status == 0 || status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}

// percentile is the smallest sample that p percent of the samples do not exceed; of
// no samples it is 0.
func percentile(samples []time.Duration, p float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	rank := int(math.Ceil(p / 100 * float64(len(samples))))
	return slices.Sorted(slices.Values(samples))[max(rank, 1)-1]
}
