package sync_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

var patient = sync.Pace{Tenants: 2, Patience: time.Minute}

func TestApplyCombinesHints(t *testing.T) {
	store := &script{pages: []sync.Page{{Roles: []string{"X"}, Last: "Y", More: true}, {}}}
	applied := sync.Apply(t.Context(), store, []sync.Hint{
		{Tenant: id(t, "acme"), Role: "C"},
		{Tenant: id(t, "acme"), Role: "A", Deleted: true},
		{Tenant: id(t, "acme"), Role: "C"},
		{Tenant: id(t, "acme"), Role: "A"},
		{Tenant: id(t, "globex"), Role: "A"},
		{Tenant: id(t, "globex")},
	}, sync.Pace{})
	store.want(t, "mend acme A* C", `page globex behind ""`, "mend globex X*", `page globex behind "Y"`)
	if a := applied[id(t, "acme")]; a.Err != nil || len(a.Changes) != 1 || len(applied) != 2 {
		t.Errorf("applied %+v", applied)
	}
}

func TestApplyInChunks(t *testing.T) {
	store := &script{}
	var hints []sync.Hint
	for i := range 2*sync.MaxLooks + 1 {
		hints = append(hints, sync.Hint{Tenant: id(t, "acme"), Role: fmt.Sprintf("C%03d", i)})
	}
	applied := sync.Apply(t.Context(), store, hints, patient)[id(t, "acme")]
	if len(store.asked) != 3 || len(applied.Changes) != 3 || applied.Err != nil {
		t.Errorf("%d calls, applied %+v", len(store.asked), applied)
	}
}

func TestApplyTriesAgain(t *testing.T) {
	store := &script{answers: map[string][]error{
		"acme":   {resource.ErrBusy, errors.New("throttled")},
		"nobody": {fmt.Errorf("no configuration: %w", tenant.ErrUnknown)},
	}}
	applied := sync.Apply(t.Context(), store, []sync.Hint{
		{Tenant: id(t, "acme"), Role: "A"}, {Tenant: id(t, "globex"), Role: "A"}, {Tenant: id(t, "nobody"), Role: "A"},
	}, patient)
	store.want(t, "mend acme A", "mend acme A", "mend acme A", "mend globex A", "mend nobody A")
	for name, want := range map[string]error{"acme": nil, "globex": nil, "nobody": tenant.ErrUnknown} {
		if err := applied[id(t, name)].Err; !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
}

func TestApplyWithoutPatience(t *testing.T) {
	store := &script{answers: map[string][]error{"acme": {resource.ErrBusy, resource.ErrBusy, resource.ErrBusy, resource.ErrBusy}}}
	applied := sync.Apply(t.Context(), store, []sync.Hint{{Tenant: id(t, "acme"), Role: "A"}, {Tenant: id(t, "globex"), Role: "C"}}, sync.Pace{})
	if err := applied[id(t, "acme")].Err; !errors.Is(err, resource.ErrBusy) {
		t.Errorf("acme: %v", err)
	}
	if globex := applied[id(t, "globex")]; globex.Err != nil || len(globex.Changes) != 1 {
		t.Errorf("globex: %+v", globex)
	}
}

// TestApplyStopsInTime: what is not begun when the time is up is left, and told.
func TestApplyStopsInTime(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Hour))
	defer cancel()
	store := &script{}
	applied := sync.Apply(ctx, store, []sync.Hint{{Tenant: id(t, "acme"), Role: "A"}}, sync.Pace{Reserve: 2 * time.Hour})
	store.want(t)
	if err := applied[id(t, "acme")].Err; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("acme: %v", err)
	}

	ctx, stop := context.WithCancel(t.Context())
	store = &script{before: func(tenant.ID) { stop() }}
	applied = sync.Apply(ctx, store, []sync.Hint{{Tenant: id(t, "acme"), Role: "A"}, {Tenant: id(t, "globex"), Role: "A"}}, sync.Pace{Tenants: 1, Patience: time.Minute})
	store.want(t)
	for id, a := range applied {
		if !errors.Is(a.Err, context.Canceled) {
			t.Errorf("%s: %v", id, a.Err)
		}
	}
}
