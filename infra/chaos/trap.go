package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"time"
)

// holdTime is shorter than functions wait for a reply, and mostly longer than the
// stream takes.
const holdTime = 1500 * time.Millisecond

// trap waits for the next transaction of a sort.
type trap struct {
	is    func(*try) bool
	catch func(t *try, w http.ResponseWriter, r *http.Request)
}

// springs returns the trap into which a try runs; nil if there is none.
func (s *storms) springs(t *try) *trap {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	i := slices.IndexFunc(s.armed, func(armed trap) bool { return t.token != "" && armed.is(t) })
	if i < 0 {
		return nil
	}
	sprung := s.armed[i]
	s.armed = slices.Delete(s.armed, i, i+1)
	return &sprung
}

// arm sets a trap.
func (s *storms) arm(t trap) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.armed = append(s.armed, t)
}

// killing is a trap that kills the function, before or after what it sends arrives.
func (s *storms) killing(k kind, is func(*try) bool, kill func(folder string)) trap {
	return trap{is, func(t *try, _ http.ResponseWriter, r *http.Request) {
		if s.coin() {
			t.Serve(httptest.NewRecorder(), r)
		}
		kill(t.Function)
		s.counts.hit(k)
		panic(http.ErrAbortHandler) // the connection ends without a reply
	}}
}

// holding is a trap that holds back what is sent, and calls meanwhile.
func (s *storms) holding(is func(*try) bool, meanwhile func()) trap {
	return trap{is, func(t *try, w http.ResponseWriter, r *http.Request) {
		s.counts.hit(held)
		meanwhile()
		time.Sleep(holdTime)
		t.Serve(w, r)
	}}
}

func (s *storms) coin() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.dice.IntN(2) == 0
}
