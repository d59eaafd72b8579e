package main

import (
	"math"
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
	byName   map[string]*tally
	watchers []*watcher
}

// tally is what came of the requests of one name.
type tally struct {
	statuses map[int]int               // 0 for no answer
	took     map[phase][]time.Duration // of all that were answered
}

// watcher waits for the first success of a request that is sent after a moment.
type watcher struct {
	since time.Time
	took  chan time.Duration
}

func newStats() *stats { return &stats{byName: map[string]*tally{}} }

func (s *stats) enter(p phase) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.phase = p
}

func (s *stats) add(name string, a *answer) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	t := s.byName[name]
	if t == nil {
		t = &tally{statuses: map[int]int{}, took: map[phase][]time.Duration{}}
		s.byName[name] = t
	}
	t.statuses[a.status]++
	if a.status > 0 {
		t.took[s.phase] = append(t.took[s.phase], a.took())
	}
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

// failed tells how many of the requests were answered with 5xx, or not at all.
func (t *tally) failed() int {
	n := 0
	for status, count := range t.statuses {
		if status == 0 || status >= 500 && status != 501 {
			n += count
		}
	}
	return n
}

func (t *tally) total() int {
	n := 0
	for _, count := range t.statuses {
		n += count
	}
	return n
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
