package sync_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/sync"
)

// TestTakeDeleted: roles that do not exist are taken to the end, in turn, and
// others are left alone.
func TestTakeDeleted(t *testing.T) {
	store := &roster{
		holders: map[string]int{
			of("acme", "MANY", 1): 25, of("acme", "MANY", 2): 3, of("acme", "MANY", 3): 4, of("acme", "MANY", 4): 5,
			of("acme", "FEW", 1): 2, of("acme", "LIVE", 1): 7, of("acme", "OTHER", 1): 9, of("globex", "MANY", 1): 1,
		},
		exist: map[string]bool{of("acme", "MANY", 3): true, of("acme", "LIVE", 1): true},
	}
	acme, globex := id(t, "acme"), id(t, "globex")
	many, few, live, none := sync.Deletion{Tenant: acme, Role: "MANY"}, sync.Deletion{Tenant: acme, Role: "FEW"}, sync.Deletion{Tenant: acme, Role: "LIVE"}, sync.Deletion{Tenant: globex, Role: "NONE"}
	taken := sync.TakeDeleted(t.Context(), store, []sync.Deletion{many, few, live, many, none}, sync.Pace{})
	want := map[sync.Deletion]sync.Taken{many: {Users: 33}, few: {Users: 2}, live: {}, none: {}}
	for d, w := range want {
		if got := taken[d]; got == nil || *got != w {
			t.Errorf("%+v: %+v, want %+v", d, got, w)
		}
	}
	if len(taken) != len(want) {
		t.Errorf("taken %v", taken)
	}
	maps.DeleteFunc(store.holders, func(_ string, n int) bool { return n == 0 })
	if left := map[string]int{of("acme", "MANY", 3): 4, of("acme", "LIVE", 1): 7, of("acme", "OTHER", 1): 9, of("globex", "MANY", 1): 1}; !maps.Equal(store.holders, left) {
		t.Errorf("left %v, want %v", store.holders, left)
	}
	// FEW does not wait for all of MANY.
	if order := []string{"take acme/MANY@1", "take acme/FEW@1", "take acme/MANY@1", "take acme/MANY@1", "take acme/MANY@2", "take acme/MANY@4"}; !slices.Equal(store.takings(), order) {
		t.Errorf("order %q, want %q", store.takings(), order)
	}
}

// TestTakeDeletedTriesAgain: what fails is tried again as long as there is
// patience, and keeps no other role waiting.
func TestTakeDeletedTriesAgain(t *testing.T) {
	throttled := errors.New("throttled")
	a, b := sync.Deletion{Tenant: id(t, "acme"), Role: "A"}, sync.Deletion{Tenant: id(t, "acme"), Role: "B"}
	newStore := func() *roster {
		return &roster{
			holders: map[string]int{of("acme", "A", 1): 5, of("acme", "B", 1): 5},
			errs:    map[string][]error{of("acme", "A", 1): {resource.ErrBusy, throttled}},
		}
	}
	store := newStore()
	taken := sync.TakeDeleted(t.Context(), store, []sync.Deletion{a, b}, sync.Pace{Patience: time.Minute})
	if *taken[a] != (sync.Taken{Users: 5}) || *taken[b] != (sync.Taken{Users: 5}) {
		t.Errorf("A %+v, B %+v", taken[a], taken[b])
	}
	if order := []string{"take acme/A@1", "take acme/B@1", "take acme/A@1", "take acme/A@1"}; !slices.Equal(store.takings(), order) {
		t.Errorf("order %q, want %q", store.takings(), order)
	}
	taken = sync.TakeDeleted(t.Context(), newStore(), []sync.Deletion{a, b}, sync.Pace{})
	if err := taken[a].Err; !errors.Is(err, resource.ErrBusy) || !strings.Contains(err.Error(), "role A of tenant acme") || taken[a].Left {
		t.Errorf("without patience: %+v", taken[a])
	}
	if *taken[b] != (sync.Taken{Users: 5}) {
		t.Errorf("another role: %+v", taken[b])
	}
}

// TestTakeDeletedStopsInTime: what is not done when the time is up is left, also
// if it failed before.
func TestTakeDeletedStopsInTime(t *testing.T) {
	roles := []sync.Deletion{{Tenant: id(t, "acme"), Role: "A"}, {Tenant: id(t, "acme"), Role: "B"}, {Tenant: id(t, "acme"), Role: "C"}}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Hour))
	defer cancel()
	for _, pace := range []sync.Pace{
		{Reserve: 2 * time.Hour}, {Until: time.Now().Add(-time.Minute)}, {Reserve: 2 * time.Hour, Until: time.Now().Add(time.Minute)},
	} {
		store := &roster{holders: map[string]int{of("acme", "A", 1): 1}}
		for d, taken := range sync.TakeDeleted(ctx, store, roles, pace) {
			if *taken != (sync.Taken{Left: true}) {
				t.Errorf("%+v: %s %+v", pace, d.Role, taken)
			}
		}
		if len(store.asked) > 0 {
			t.Errorf("%+v: asked %q", pace, store.asked)
		}
	}
	pace := sync.Pace{Reserve: time.Minute, Until: time.Now().Add(time.Minute)}
	for d, taken := range sync.TakeDeleted(ctx, &roster{}, roles, pace) {
		if *taken != (sync.Taken{}) {
			t.Errorf("%+v: %s %+v", pace, d.Role, taken)
		}
	}

	for _, test := range []struct {
		calls int // until the time is up
		want  [3]sync.Taken
	}{
		{1, [3]sync.Taken{{Left: true}, {Left: true}, {Left: true}}},
		{2, [3]sync.Taken{{Left: true}, {Left: true}, {Left: true}}},
		{3, [3]sync.Taken{{Users: 5}, {Left: true}, {Left: true}}},
		{4, [3]sync.Taken{{Users: 5}, {Left: true}, {Left: true}}},
		{6, [3]sync.Taken{{Users: 5}, {Users: 10, Left: true}, {Left: true}}},
		{7, [3]sync.Taken{{Users: 5}, {Users: 10, Left: true}, {Left: true}}},
		{100, [3]sync.Taken{{Users: 5}, {Users: 15}, {Users: 5}}},
	} {
		ctx, end := context.WithCancel(t.Context())
		calls := 0
		store := &roster{
			holders: map[string]int{of("acme", "A", 1): 5, of("acme", "B", 1): 15, of("acme", "C", 1): 5},
			errs:    map[string][]error{of("acme", "C", 1): {resource.ErrBusy}},
			before: func() {
				if calls++; calls == test.calls {
					end()
				}
			},
		}
		taken := sync.TakeDeleted(ctx, store, roles, sync.Pace{Patience: time.Minute})
		for i, want := range test.want {
			if got := taken[roles[i]]; *got != want {
				t.Errorf("the time is up at call %d: %s %+v, want %+v", test.calls, roles[i].Role, got, want)
			}
		}
		end()
	}
}
