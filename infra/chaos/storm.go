package main

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rolecall/rolecall/infra/local/iam"
)

const (
	background = 0.004 // share of the calls that are hit outside of storms
	leastSlow  = 20 * time.Millisecond
	mostSlow   = 400 * time.Millisecond
	tooLate    = 2200 * time.Millisecond // functions wait for a reply for 2 s
	// arrival is after how long the runner has what a process sent before it was killed.
	arrival = 100 * time.Millisecond
)

// storms stand between functions and DynamoDB.
type storms struct {
	counts *counts

	mutex    sync.Mutex
	dice     *rand.Rand
	raging   []fault
	gusts    bool // calls are hit outside of storms, too
	armed    []trap
	tokens   map[string]bool // of transactions whose replies did not arrive
	inFlight map[chan struct{}]bool
}

func newStorms(seed uint64, counts *counts) *storms {
	return &storms{counts: counts, dice: rand.New(rand.NewPCG(seed, 1)), tokens: map[string]bool{}, inFlight: map[chan struct{}]bool{}}
}

// around answers a function's call, or lets something go wrong with it.
func (s *storms) around(w http.ResponseWriter, r *http.Request, c iam.Call) {
	name, isDynamoDB := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")
	if !isDynamoDB {
		c.Serve(w, r)
		return
	}
	arrived := s.fly()
	defer arrived()
	// As on AWS, what a function has sent arrives although the function is killed.
	r = r.WithContext(context.WithoutCancel(r.Context()))
	t := newTry(name, c)
	if sprung := s.springs(t); sprung != nil {
		sprung.catch(t, w, r)
		return
	}
	k, hit := s.draw(t)
	if !hit {
		c.Serve(w, r)
		return
	}
	s.strike(k, t, w, r, arrived)
}

// draw decides what goes wrong with a try, if anything does.
func (s *storms) draw(t *try) (k kind, hit bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, f := range s.raging {
		if s.canHit(f.kind, t) && s.dice.Float64() < f.share {
			k, hit = f.kind, true
		}
	}
	if !hit && s.gusts && s.dice.Float64() < background {
		k = kind(s.dice.IntN(int(late) + 1))
		hit = s.canHit(k, t)
	}
	if hit && t.token != "" {
		t.written = k == lost || k == late || k == unfinished || k == broken && s.dice.IntN(2) == 0
		s.tokens[t.token] = s.tokens[t.token] || t.written
	}
	return k, hit
}

// canHit tells whether DynamoDB could answer so. A transaction that was written is
// not cancelled when it is sent again.
func (s *storms) canHit(k kind, t *try) bool {
	switch k {
	case conflicted, cancelled:
		return t.token != "" && !s.tokens[t.token]
	case unfinished:
		return t.token != ""
	case partial:
		return t.name == "BatchGetItem" || t.name == "Query"
	case lost:
		return t.writes()
	default:
		return true
	}
}

// strike answers a try in which something goes wrong.
func (s *storms) strike(k kind, t *try, w http.ResponseWriter, r *http.Request, arrived func()) {
	switch k {
	case partial:
		if answerInPart(w, r, t) {
			s.counts.hit(k)
		}
	case cut:
		s.counts.hit(k)
		panic(http.ErrAbortHandler)
	case lost:
		reply := httptest.NewRecorder()
		t.Serve(reply, r)
		if reply.Code == http.StatusOK {
			s.counts.hit(k)
		}
		panic(http.ErrAbortHandler)
	case slow:
		s.counts.hit(k)
		time.Sleep(s.some(leastSlow, mostSlow))
		t.Serve(w, r)
	case late:
		s.counts.hit(k)
		t.Serve(httptest.NewRecorder(), r)
		arrived()
		time.Sleep(tooLate)
		panic(http.ErrAbortHandler)
	default:
		s.counts.hit(k)
		if t.written {
			t.Serve(httptest.NewRecorder(), r)
		}
		refuse(w, k, t.actions)
	}
}

func (s *storms) some(least, most time.Duration) time.Duration {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return between(s.dice, least, most)
}

// begin lets storms rage, each until end is called with it.
func (s *storms) begin(f fault) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.raging = append(s.raging, f)
}

func (s *storms) end(f fault) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if i := slices.Index(s.raging, f); i >= 0 {
		s.raging = slices.Delete(s.raging, i, i+1)
	}
}

// gust turns the single hits outside of storms on, or everything off.
func (s *storms) gust(on bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.gusts = on; !on {
		s.raging, s.armed = nil, nil
	}
}
