package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// patience is how long a fault waits until it hits something, and how long recovery
// may take.
const patience = time.Minute

// goWrong has everything go wrong that is scheduled, and returns when it has passed.
func (r *run) goWrong(ctx context.Context, faults []fault) error {
	r.storms.gust(true)
	defer r.storms.gust(false)
	defer r.gate.open()
	all, ctx := errgroup.WithContext(ctx)
	for _, f := range faults {
		all.Go(func() error {
			if err := wait(ctx, f.at); err != nil {
				return err
			}
			return r.happen(ctx, f)
		})
	}
	return all.Wait()
}

// happen makes one thing go wrong, and does not let it pass before it has hit
// something.
func (r *run) happen(ctx context.Context, f fault) error {
	hits := r.counts.of(f.kind)
	switch {
	case f.kind.isStorm():
		r.storms.begin(f)
		defer r.storms.end(f)
		if err := wait(ctx, f.lasts); err != nil {
			return err
		}
	case f.kind == killed:
		return r.killProcess(ctx)
	case f.kind == interrupted, f.kind == interruptedBehind:
		r.storms.arm(r.storms.killing(f.kind, func(t *try) bool { return r.behind[t.Function] == (f.kind == interruptedBehind) }, r.killFunction))
	case f.kind == held:
		r.storms.arm(r.storms.holding(r.rivals, func() {}))
	case f.kind == paused:
		return r.pause(ctx, f)
	case f.kind == stopped:
		return r.killEngine(ctx)
	}
	return r.until(ctx, fmt.Sprintf("%s has hit something", f.kind), func() bool { return r.counts.of(f.kind) > hits })
}

// killProcess kills any process of any function.
func (r *run) killProcess(ctx context.Context) error {
	return r.until(ctx, "a process runs that can be killed", func() bool {
		processes := r.stack.FunctionPIDs()
		folders := slices.Sorted(maps.Keys(processes))
		if len(folders) == 0 {
			return false
		}
		pids := processes[folders[r.some(len(folders))]]
		if err := kill(pids[r.some(len(pids))]); err != nil {
			return false // it has ended by itself
		}
		r.counts.hit(killed)
		return true
	})
}

// rivals tells whether others may get in the way of a transaction: it names a shared
// role, which may be deleted, or the stream writes the configured set, which clients
// change.
func (r *run) rivals(t *try) bool {
	if r.behind[t.Function] {
		return t.touches("PSET#" + configuredSet)
	}
	return t.touches("HOLDER#"+sharedRoles) || t.touches("PSETROLES#"+sharedSets)
}

// killFunction kills every process of a function.
func (r *run) killFunction(folder string) {
	for _, pid := range r.stack.FunctionPIDs()[folder] {
		_ = kill(pid) // it may have ended by itself
	}
}

// pause holds the stream up, and measures when a role that was created meanwhile is
// named by the configured set.
func (r *run) pause(ctx context.Context, f fault) error {
	r.pausing.Lock()
	defer r.pausing.Unlock()
	hits := r.counts.of(paused)
	r.gate.close()
	defer r.gate.open()
	id, err := r.probe.create(ctx)
	if err != nil {
		return err
	}
	if err := wait(ctx, f.lasts); err != nil {
		return err
	}
	if err := r.until(ctx, "a batch waits for the stream", func() bool { return r.counts.of(paused) > hits }); err != nil {
		return err
	}
	r.gate.open()
	start := time.Now()
	// How long that takes is no fault: the machine may be slow, or the record may be parked.
	for !r.probe.isNamed(id) && time.Since(start) < patience {
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	r.recovered(paused, time.Since(start))
	return nil
}

// killEngine kills the engine, and measures when a request succeeds again.
func (r *run) killEngine(ctx context.Context) error {
	r.stopping.Lock()
	defer r.stopping.Unlock()
	pid := r.stack.EnginePID()
	end := r.outages.begin()
	if err := kill(pid); err != nil {
		return fmt.Errorf("kill the engine: %w", err)
	}
	succeeded := r.stats.firstSuccess(time.Now())
	r.counts.hit(stopped)
	if err := r.until(ctx, "the engine runs again", func() bool { return r.stack.EnginePID() != pid }); err != nil {
		return err
	}
	end()
	select {
	case took := <-succeeded:
		r.recovered(stopped, took)
		return nil
	case <-time.After(patience):
		return fmt.Errorf("after the engine was killed, no request has succeeded for %s", patience)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// kill sends SIGKILL.
func kill(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}

// until returns when something is so.
func (r *run) until(ctx context.Context, what string, is func() bool) error {
	for start := time.Now(); !is(); {
		if time.Since(start) > patience {
			return fmt.Errorf("waited for %s that %s", patience, what)
		}
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// wait returns an error if ctx ends first.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
