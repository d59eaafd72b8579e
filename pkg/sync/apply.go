package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	gosync "sync"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// Hint says where something has changed.
type Hint struct {
	Tenant tenant.ID
	// Role is the role's id; empty asks about every role of the tenant.
	Role string
	// Deleted says that the role was deleted, whether or not it exists now.
	Deleted bool
}

// Pace bounds how Apply and TakeDeleted work.
type Pace struct {
	// Tenants is how many tenants are worked on at the same time.
	Tenants int
	// Patience is how long what fails is tried again, if the context lasts.
	Patience time.Duration
	// Reserve is how much of the context's time is left for what comes after.
	Reserve time.Duration
	// Until is when to stop in any case, unless zero.
	Until time.Time
}

// within returns a context that ends while there is time left for what comes after.
func (p Pace) within(ctx context.Context) (context.Context, context.CancelFunc) {
	end := p.Until
	if deadline, ok := ctx.Deadline(); ok {
		if deadline = deadline.Add(-p.Reserve); end.IsZero() || deadline.Before(end) {
			end = deadline
		}
	}
	if end.IsZero() {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end)
}

// Applied is what came of the hints about one tenant.
type Applied struct {
	Changes []SetChange
	Err     error // nil when the tenant's sets are in line
}

// Apply brings the permission sets of every hinted tenant in line, and tries
// again, with growing pauses, what others' writes or the store stood in the way
// of. It never leaves one tenant because of another, and stops while the
// context has some time left.
func Apply(ctx context.Context, store Store, hints []Hint, pace Pace) map[tenant.ID]*Applied {
	ctx, cancel := pace.within(ctx)
	defer cancel()
	applied := map[tenant.ID]*Applied{}
	pending := byTenant(hints)
	for t := range pending {
		applied[t] = &Applied{}
	}
	start := time.Now()
	for round := 0; len(pending) > 0; round++ {
		if round > 0 && (time.Since(start) > pace.Patience || !pause(ctx, round)) {
			break
		}
		(&attempt{store, applied}).run(ctx, pending, pace.Tenants)
		maps.DeleteFunc(pending, func(t tenant.ID, _ []Hint) bool { return !worthAnotherTry(applied[t].Err) })
	}
	return applied
}

func worthAnotherTry(err error) bool { return err != nil && !errors.Is(err, tenant.ErrUnknown) }

// pause waits before a round: up to 100 ms, 200 ms, and so on up to 1.6 s.
func pause(ctx context.Context, round int) bool {
	most := 100 * time.Millisecond << min(round-1, 4)
	timer := time.NewTimer(most/2 + rand.N(most/2))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// attempt tries each tenant once.
type attempt struct {
	store   Store
	applied map[tenant.ID]*Applied // each entry is touched by one goroutine
}

func (a *attempt) run(ctx context.Context, pending map[tenant.ID][]Hint, parallel int) {
	eachTenant(slices.Collect(maps.Keys(pending)), parallel, func(t tenant.ID) { a.tenant(ctx, t, pending[t]) })
}

// eachTenant calls work for each of the tenants, in their order, and for at most
// so many at the same time.
func eachTenant(tenants []tenant.ID, parallel int, work func(tenant.ID)) {
	slices.SortFunc(tenants, byID)
	next := make(chan tenant.ID)
	var workers gosync.WaitGroup
	for range min(max(parallel, 1), len(tenants)) {
		workers.Go(func() {
			for t := range next {
				work(t)
			}
		})
	}
	for _, t := range tenants {
		next <- t
	}
	close(next)
	workers.Wait()
}

func byID(a, b tenant.ID) int { return cmp.Compare(a.String(), b.String()) }

func (a *attempt) tenant(ctx context.Context, t tenant.ID, hints []Hint) {
	result := a.applied[t]
	if result.Err = ctx.Err(); result.Err != nil {
		return
	}
	var changes []SetChange
	var err error
	if looks, all := looksOf(hints); all {
		changes, err = bringAllInLine(ctx, a.store, t)
	} else {
		changes, err = bringInLine(ctx, a.store, t, looks)
	}
	result.Changes = append(result.Changes, changes...)
	if err != nil {
		result.Err = fmt.Errorf("bring permission sets of tenant %s in line: %w", t, err)
	}
}

func bringInLine(ctx context.Context, store Store, t tenant.ID, looks []Look) ([]SetChange, error) {
	var changes []SetChange
	for chunk := range slices.Chunk(looks, MaxLooks) {
		changed, err := store.BringInLine(ctx, t, chunk, Wanted)
		changes = append(changes, changed...)
		if err != nil {
			return changes, err
		}
	}
	return changes, nil
}

// bringAllInLine looks at every role and every set of a tenant.
func bringAllInLine(ctx context.Context, store Store, t tenant.ID) ([]SetChange, error) {
	var changes []SetChange
	for page := (Page{More: true}); page.More; {
		var err error
		page, err = store.OutOfLine(ctx, t, page.Last, Wanted)
		if errors.Is(err, tenant.ErrUnknown) {
			// It may have been deleted, which is no error, with its sets or without.
			_, err = store.BringInLine(ctx, t, nil, Wanted)
			return changes, err
		}
		if err != nil {
			return changes, err
		}
		changed, err := bringInLine(ctx, store, t, inAllSets(page.Roles))
		changes = append(changes, changed...)
		if err != nil {
			return changes, err
		}
	}
	return changes, nil
}

func inAllSets(roles []string) []Look {
	looks := make([]Look, len(roles))
	for i, id := range roles {
		looks[i] = Look{Role: id, AllSets: true}
	}
	return looks
}

// looksOf returns each hinted role once, sorted, or says that all are meant.
func looksOf(hints []Hint) (looks []Look, all bool) {
	deleted := map[string]bool{}
	for _, hint := range hints {
		if hint.Role == "" {
			return nil, true
		}
		deleted[hint.Role] = deleted[hint.Role] || hint.Deleted
	}
	for _, id := range slices.Sorted(maps.Keys(deleted)) {
		looks = append(looks, Look{Role: id, AllSets: deleted[id]})
	}
	return looks, false
}

func byTenant(hints []Hint) map[tenant.ID][]Hint {
	byTenant := map[tenant.ID][]Hint{}
	for _, hint := range hints {
		byTenant[hint.Tenant] = append(byTenant[hint.Tenant], hint)
	}
	return byTenant
}
