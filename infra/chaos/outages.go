package main

import (
	"sync"
	"time"
)

// outages are the moments at which the engine was killed. DynamoDB would know the
// retry of a transaction whose reply was lost by its idempotency token, which the
// engine forgets then: the retry meets its own write and is refused.
type outages struct {
	mutex sync.Mutex
	all   []time.Time
}

func (o *outages) note(at time.Time) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.all = append(o.all, at)
}

// during tells whether the engine was killed while a request was under way.
func (o *outages) during(a *answer) bool {
	const margin = 100 * time.Millisecond // from the decision to the end of the process
	o.mutex.Lock()
	defer o.mutex.Unlock()
	for _, at := range o.all {
		if a.begun.Before(at.Add(margin)) && a.ended.After(at) {
			return true
		}
	}
	return false
}
