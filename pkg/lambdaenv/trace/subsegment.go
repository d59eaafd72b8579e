package trace

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// maxCalls is how many calls a subsegment holds, so that it fits a datagram: 64 KB.
const maxCalls = 100

// document is a subsegment as X-Ray reads it.
type document struct {
	Name        string         `json:"name"`
	ID          string         `json:"id"`
	TraceID     string         `json:"trace_id,omitempty"` // this and the next two: none inside another
	ParentID    string         `json:"parent_id,omitempty"`
	Type        string         `json:"type,omitempty"`
	Start       float64        `json:"start_time"` // seconds since 1970
	End         float64        `json:"end_time"`
	Error       bool           `json:"error,omitempty"` // the caller's fault
	Throttle    bool           `json:"throttle,omitempty"`
	Fault       bool           `json:"fault,omitempty"` // the service's
	Annotations map[string]any `json:"annotations,omitempty"`
	Namespace   string         `json:"namespace,omitempty"`
	AWS         *awsCall       `json:"aws,omitempty"`
	Subsegments []document     `json:"subsegments,omitempty"`
}

type awsCall struct {
	Operation string `json:"operation"`
	Region    string `json:"region,omitempty"`
	RequestID string `json:"request_id,omitempty"`
	Retries   int    `json:"retries,omitempty"`
}

type subsegmentKey struct{}

// Subsegment is what an invocation does. It is safe for concurrent use; all of a nil
// one's methods do nothing.
type Subsegment struct {
	daemon   *Daemon
	mutex    sync.Mutex
	ended    bool
	leftOut  int // calls
	document document
}

// Annotate notes what the subsegment can be found by. The name is of letters, digits
// and underscores; the value is a string, a number or a bool.
func (s *Subsegment) Annotate(name string, value any) {
	if s == nil {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.ended {
		s.document.Annotations[name] = value
	}
}

// End sends the subsegment. status is the answer's, as of HTTP; 0 for none. What is
// called later is nobody's.
func (s *Subsegment) End(status int) {
	if s == nil {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	d := &s.document
	d.End = seconds(time.Now())
	d.Error = status >= 400 && status < 500
	d.Throttle = status == http.StatusTooManyRequests
	d.Fault = status >= 500
	if s.leftOut > 0 {
		d.Annotations["callsLeftOut"] = s.leftOut
	}
	if content, err := json.Marshal(d); err == nil {
		s.daemon.send(content)
	}
}

// add notes a call that has ended.
func (s *Subsegment) add(call document) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case s.ended:
	case len(s.document.Subsegments) == maxCalls:
		s.leftOut++
	default:
		s.document.Subsegments = append(s.document.Subsegments, call)
	}
}

func newID() string { return fmt.Sprintf("%016x", rand.Uint64()) }

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }
