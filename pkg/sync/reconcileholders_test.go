package sync_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/sync"
)

func heldSomehow() *roster {
	return &roster{
		holders: map[string]int{of("acme", "A", 1): 5, of("acme", "A", 2): 5, of("acme", "B", 1): 25, of("acme", "C", 1): 1, of("acme", "D", 1): 3, of("globex", "A", 1): 5},
		exist:   map[string]bool{of("acme", "A", 2): true, of("acme", "C", 1): true},
	}
}

func TestReconcileHeldRoles(t *testing.T) {
	always := func() bool { return true }
	acme := id(t, "acme")
	store := heldSomehow()
	before := maps.Clone(store.holders)
	done, err := sync.Reconciler{Holders: store, DryRun: true}.HeldRoles(t.Context(), acme, sync.HeldRole{}, always)
	if want := []sync.TakenRole{{HeldRole: held("A", 1)}, {HeldRole: held("B", 1)}, {HeldRole: held("D", 1)}}; err != nil || done.Checked != 5 || done.More || !slices.Equal(done.Taken, want) {
		t.Errorf("dry run = %+v, %v", done, err)
	}
	if !maps.Equal(store.holders, before) || len(store.takings()) > 0 {
		t.Errorf("a dry run made %v of %v", store.holders, before)
	}

	want := []sync.TakenRole{{held("A", 1), 5, false}, {held("B", 1), 25, false}, {held("D", 1), 3, false}}
	done, err = sync.Reconciler{Holders: store}.HeldRoles(t.Context(), acme, sync.HeldRole{}, always)
	if err != nil || done.Checked != 5 || done.More || !slices.Equal(done.Taken, want) {
		t.Errorf("done = %+v, %v", done, err)
	}
	done, err = sync.Reconciler{Holders: store}.HeldRoles(t.Context(), acme, sync.HeldRole{}, always)
	if err != nil || done.Checked != 2 || len(done.Taken) > 0 {
		t.Errorf("again = %+v, %v", done, err)
	}
	if store.holders[of("globex", "A", 1)] != 5 {
		t.Error("it took roles of another tenant")
	}
}

// TestReconcileHeldRolesInParts: however little is done at a time, it comes to the
// same.
func TestReconcileHeldRolesInParts(t *testing.T) {
	store := heldSomehow()
	var taken []string
	checked, users := 0, 0
	behind := sync.HeldRole{}
	for more, calls := true, 0; more; calls++ {
		steps := 2 // a page, and a step
		done, err := sync.Reconciler{Holders: store}.HeldRoles(t.Context(), id(t, "acme"), behind, func() bool { steps--; return steps >= 0 })
		if err != nil || calls > 20 {
			t.Fatalf("call %d: %+v, %v", calls, done, err)
		}
		for _, r := range done.Taken {
			if taken = append(taken, r.ID); r.Left {
				taken[len(taken)-1] += "+"
			}
			users += r.Users
		}
		checked += done.Checked
		behind, more = done.Last, done.More
	}
	if checked != 5 || users != 33 || strings.Join(taken, " ") != "A B+ B+ B D" {
		t.Errorf("checked %d, taken %v from %d users", checked, taken, users)
	}
}

// TestReconcileHeldRolesFails: what was done before an error is told, and where to
// go on.
func TestReconcileHeldRolesFails(t *testing.T) {
	store := heldSomehow()
	throttled := errors.New("throttled")
	store.errs = map[string][]error{of("acme", "B", 1): {nil, throttled}}
	done, err := sync.Reconciler{Holders: store}.HeldRoles(t.Context(), id(t, "acme"), sync.HeldRole{}, func() bool { return true })
	if want := []sync.TakenRole{{held("A", 1), 5, false}, {held("B", 1), 10, true}}; !errors.Is(err, throttled) || done.Checked != 2 || !done.More || done.Last != held("A", 2) || !slices.Equal(done.Taken, want) {
		t.Errorf("done = %+v, %v", done, err)
	}
}
