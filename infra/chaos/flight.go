package main

import (
	"sync"
	"time"
)

// fly notes a call that is on its way. What it does is done once arrived is called.
func (s *storms) fly() (arrived func()) {
	done := make(chan struct{})
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.inFlight[done] = true
	return sync.OnceFunc(func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		delete(s.inFlight, done)
		close(done)
	})
}

// landed returns when everything that was sent before has arrived, so that no change
// of a function that failed is made after it.
func (s *storms) landed() {
	time.Sleep(arrival)
	s.mutex.Lock()
	var flights []chan struct{}
	for done := range s.inFlight {
		flights = append(flights, done)
	}
	s.mutex.Unlock()
	for _, done := range flights {
		<-done
	}
}
