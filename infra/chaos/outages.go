package main

import (
	"sync"
	"time"
)

// outages are the times in which the engine was killed and started again. DynamoDB
// would know the retry of a transaction whose reply was lost by its idempotency
// token, which the engine forgets then: the retry meets its own write and is refused.
type outages struct {
	mutex sync.Mutex
	all   []*outage
}

type outage struct {
	from, to time.Time // to is zero while it lasts
}

// begin notes that the engine is about to be killed. end is called when another runs.
func (o *outages) begin() (end func()) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	one := &outage{from: time.Now()}
	o.all = append(o.all, one)
	return func() {
		o.mutex.Lock()
		defer o.mutex.Unlock()
		one.to = time.Now()
	}
}

// during tells whether the engine was killed while a request was under way.
func (o *outages) during(a *answer) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	for _, one := range o.all {
		if a.ended.After(one.from) && (one.to.IsZero() || a.begun.Before(one.to)) {
			return true
		}
	}
	return false
}
