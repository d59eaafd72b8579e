package oidc

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	maxIssuers        = 100              // whose keys are kept; beyond, the one unused for longest goes
	maxFresh          = time.Hour        // after which keys are fetched again, or sooner, if their issuer says so
	minFresh          = 5 * time.Minute  // but no sooner than this
	renewalPause      = 5 * time.Minute  // between fetches because of a key that is not known
	pauseAfterFailure = 15 * time.Second // between fetches of an issuer that cannot be reached
	maxStale          = 24 * time.Hour   // for which keys are used if they cannot be fetched again
)

// source is where keys come from. Issuers with one URL and different places for
// their keys have nothing to do with each other: one tenant may not choose the
// keys by which another's tokens are checked.
type source struct {
	issuer string // URL
	keys   string // URL; empty for the one that discovery names
}

// keyCache keeps the keys of issuers.
type keyCache struct {
	fetch func(context.Context, source) (*keySet, error)
	now   func() time.Time

	mu      sync.Mutex
	entries map[source]*entry
}

// entry holds one issuer's keys. The cache's mutex guards it.
type entry struct {
	set       *keySet       // nil until they were fetched
	attempted time.Time     // end of the last fetch
	failure   error         // of the last fetch
	pending   chan struct{} // closed when the fetch under way ends; nil without
	used      time.Time
}

func newKeyCache(f *fetcher, now func() time.Time) *keyCache {
	return &keyCache{fetch: f.keySet, now: now, entries: map[source]*entry{}}
}

// current returns the issuer's keys: fresh ones, or while it cannot be reached
// those it had within the last day, or ErrUnavailable.
func (c *keyCache) current(ctx context.Context, from source) (*keySet, error) {
	e, err := c.refresh(ctx, from, (*entry).isDue)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.set == nil || c.now().Sub(e.set.fetched) > maxStale {
		return nil, unavailable(e.failure)
	}
	return e.set, nil
}

// renewed returns the keys for a caller who missed one among the current: as
// they are now, if they were not fetched for long. It returns ErrUnavailable
// when the last fetch failed, so that nobody knows whether the key exists.
func (c *keyCache) renewed(ctx context.Context, from source) (*keySet, error) {
	e, err := c.refresh(ctx, from, (*entry).mayRenew)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.failure != nil {
		return nil, unavailable(e.failure)
	}
	return e.set, nil
}

// refresh fetches the issuer's keys if that is due, once for all who wait for
// them. Its error is that the caller stopped waiting.
func (c *keyCache) refresh(ctx context.Context, from source, due func(*entry, time.Time) bool) (*entry, error) {
	c.mu.Lock()
	now := c.now()
	e := c.entry(from, now)
	if !due(e, now) {
		c.mu.Unlock()
		return e, nil
	}
	if e.pending == nil {
		e.pending = make(chan struct{})
		go c.run(context.WithoutCancel(ctx), from, e) // others wait for it, whatever becomes of this caller
	}
	pending := e.pending
	c.mu.Unlock()
	select {
	case <-pending:
		return e, nil
	case <-ctx.Done():
		return nil, unavailable(ctx.Err())
	}
}

func (c *keyCache) run(ctx context.Context, from source, e *entry) {
	set, err := c.fetch(ctx, from)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		e.set = set
	}
	e.failure, e.attempted = err, c.now()
	close(e.pending)
	e.pending = nil
}

// entry returns the issuer's entry, a new one if there is none.
func (c *keyCache) entry(from source, now time.Time) *entry {
	e, ok := c.entries[from]
	if !ok {
		if len(c.entries) >= maxIssuers {
			c.evict()
		}
		e = &entry{}
		c.entries[from] = e
	}
	e.used = now
	return e
}

func (c *keyCache) evict() {
	var oldest source
	for from, e := range c.entries {
		if o, ok := c.entries[oldest]; !ok || e.used.Before(o.used) {
			oldest = from
		}
	}
	delete(c.entries, oldest)
}

func (e *entry) isDue(now time.Time) bool {
	if e.set != nil && now.Sub(e.set.fetched) < e.set.fresh {
		return false
	}
	return e.failure == nil || now.Sub(e.attempted) >= pauseAfterFailure
}

func (e *entry) mayRenew(now time.Time) bool { return now.Sub(e.attempted) >= renewalPause }

func unavailable(cause error) error { return fmt.Errorf("%w: %w", ErrUnavailable, cause) }
