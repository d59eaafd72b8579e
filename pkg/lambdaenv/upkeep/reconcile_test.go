package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

// drifting is a store with tenants t0, t1 and so on, each with one role that no
// set names yet.
func drifting(t *testing.T, tenants int) *dynamo.Store {
	t.Helper()
	client, table := enginetest.Table(t)
	store := dynamo.New(client, table, time.Now)
	for i := range tenants {
		in, err := tenant.ParseID(fmt.Sprint("t", i))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := onboard.Onboard(t.Context(), store, in, audit.Actor{}, time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err := store.CreateRole(t.Context(), in, audit.Actor{}, role.Role{ID: "LOST", Name: "lost", UpdatePermissionSet: true}); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// reconciling is the function, with time for so many pages in an invocation; what
// it hands over is kept.
func reconciling(store *dynamo.Store, pages int, handed *[]ReconcileRequest) reconciliation {
	return reconciliation{
		reconciler: sync.Reconciler{Store: store, Holders: store}, tenants: store, log: silent,
		timeLeft: func(context.Context, time.Duration) func() bool {
			left := pages
			return func() bool { left--; return left >= 0 }
		},
		handOver: func(_ context.Context, request ReconcileRequest) error {
			*handed = append(*handed, request)
			return nil
		},
	}
}

func TestReconcileRequest(t *testing.T) {
	store := drifting(t, 1)
	var handed []ReconcileRequest
	r := reconciling(store, 100, &handed)
	for _, request := range []ReconcileRequest{{}, {Tenant: "t0", All: true}, {Tenant: "T0"}, {Tenant: "nobody"}} {
		if report, err := r.handle(t.Context(), request); err == nil {
			t.Errorf("%+v: %+v", request, report)
		}
	}
	if _, err := r.handle(t.Context(), ReconcileRequest{Tenant: "nobody"}); !errors.Is(err, tenant.ErrUnknown) {
		t.Errorf("unknown tenant: %v", err)
	}
	for _, test := range []struct {
		dryRun bool
		drift  int
	}{{true, 1}, {true, 1}, {false, 1}, {false, 0}} {
		report, err := r.handle(t.Context(), ReconcileRequest{Tenant: "t0", DryRun: test.dryRun})
		if err != nil || !report.Complete || len(report.Drift) != test.drift || report.Progress.Drift != test.drift || report.Progress.Roles != 14 || report.Progress.Tenants != 1 {
			t.Errorf("dry run %t: %+v, %v", test.dryRun, report, err)
		}
		for _, d := range report.Drift {
			if d.Role != "LOST" || d.PermissionSet != "FS_RLASG" || len(d.Named) != 0 || len(d.Wanted) != 2 {
				t.Errorf("drift %+v", d)
			}
		}
	}
}

// TestReconcileHandsItselfOn: as many invocations as it takes reconcile every
// tenant, each once.
func TestReconcileHandsItselfOn(t *testing.T) {
	const tenants = 5
	store := drifting(t, tenants)
	for _, dryRun := range []bool{true, false} {
		handed := []ReconcileRequest{{All: true, DryRun: dryRun}}
		drift := 0
		var last ReconcileReport
		for invocation := 0; invocation < len(handed); invocation++ {
			report, err := reconciling(store, 3, &handed).handle(t.Context(), handed[invocation])
			if err != nil || report.Complete != (invocation == len(handed)-1) || report.DryRun != dryRun {
				t.Fatalf("invocation %d: %+v, %v", invocation, report, err)
			}
			drift += len(report.Drift)
			last = report
		}
		if p := last.Progress; drift != tenants || p.Tenants != tenants || p.Drift != tenants || p.Roles != 14*tenants || p.Failed != 0 || len(handed) < 3 {
			t.Errorf("%d invocations found %d, progress %+v", len(handed), drift, p)
		}
	}
}

// TestReconcileWithoutTime: an invocation that has no time for anything hands
// on the request as it is.
func TestReconcileWithoutTime(t *testing.T) {
	var handed []ReconcileRequest
	r := reconciling(drifting(t, 1), 0, &handed)
	request := ReconcileRequest{Tenant: "t0", DryRun: true, Progress: Progress{Tenant: "t0", Role: "L", Roles: 3}}
	if report, err := r.handle(t.Context(), request); err != nil || report.Complete || len(handed) != 1 || handed[0] != request {
		t.Errorf("%+v, %v, handed %+v", report, err, handed)
	}
}

// goneFirst lists a tenant that has been deleted since, before the others.
type goneFirst struct{ tenant.Directory }

func (g goneFirst) Tenants(ctx context.Context, behind string, limit int) ([]tenant.ID, bool, error) {
	gone, _ := tenant.ParseID("gone")
	page, more, err := g.Directory.Tenants(ctx, behind, limit)
	return append([]tenant.ID{gone}, page...), more, err
}

func TestReconcileSkipsWhatIsGone(t *testing.T) {
	var handed []ReconcileRequest
	r := reconciling(drifting(t, 2), 100, &handed)
	r.tenants = goneFirst{r.tenants}
	report, err := r.handle(t.Context(), ReconcileRequest{All: true})
	if p := report.Progress; err != nil || !report.Complete || len(report.Failures) > 0 || p.Failed != 0 || p.Tenants != 2 || p.Drift != 2 {
		t.Errorf("%+v, %v", report, err)
	}
}

// hold makes a user of t0 hold roles; those that begin with GONE are deleted then.
func hold(t *testing.T, store *dynamo.Store, ids ...string) {
	t.Helper()
	in, err := tenant.ParseID("t0")
	if err != nil {
		t.Fatal(err)
	}
	u := user.User{ID: "01", UserName: "bjensen"}
	for _, id := range ids {
		r, err := store.CreateRole(t.Context(), in, audit.Actor{}, role.Role{ID: id, Name: id})
		if err != nil {
			t.Fatal(err)
		}
		u.Roles = append(u.Roles, user.Role{ID: id, Created: r.Created})
	}
	if _, err := store.CreateUser(t.Context(), in, audit.Actor{}, u); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if !strings.HasPrefix(id, "GONE") {
			continue
		}
		if err := store.DeleteRole(t.Context(), in, audit.Actor{}, id, func(role.Role) (resource.Proof, error) { return resource.Proof{}, nil }); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReconcileDeletedRoles(t *testing.T) {
	store := drifting(t, 1)
	hold(t, store, "A", "GONE1", "GONE2", "Z")
	var handed []ReconcileRequest
	r := reconciling(store, 100, &handed)
	for _, test := range []struct {
		dryRun             bool
		held, found, users int
	}{{true, 4, 2, 0}, {true, 4, 2, 0}, {false, 4, 2, 2}, {false, 2, 0, 0}} {
		report, err := r.handle(t.Context(), ReconcileRequest{Tenant: "t0", DryRun: test.dryRun})
		if p := report.Progress; err != nil || !report.Complete || p.HeldRoles != test.held || p.DeletedRoles != test.found || p.Users != test.users || p.Tenants != 1 || len(report.DeletedRoles) != test.found {
			t.Errorf("dry run %t: %+v, %v", test.dryRun, report, err)
		}
		for i, d := range report.DeletedRoles {
			if d.Tenant != "t0" || d.Role != fmt.Sprint("GONE", i+1) || d.Created.IsZero() || d.Users != test.users/2 {
				t.Errorf("deleted role %+v", d)
			}
		}
	}
}

// TestReconcileDeletedRolesInParts: as many invocations as it takes find and take
// each deleted role once, whether or not what is handed over goes through JSON.
func TestReconcileDeletedRolesInParts(t *testing.T) {
	store := drifting(t, 2)
	hold(t, store, "A", "GONE1", "GONE2", "GONE3", "Z")
	handed := []ReconcileRequest{{All: true}}
	var found []string
	var last Progress
	for invocation := 0; invocation < len(handed); invocation++ {
		payload, err := json.Marshal(handed[invocation])
		if err != nil {
			t.Fatal(err)
		}
		var request ReconcileRequest
		if err := json.Unmarshal(payload, &request); err != nil {
			t.Fatal(err)
		}
		// A tenant, its sets or its held roles, and a role.
		report, err := reconciling(store, 3, &handed).handle(t.Context(), request)
		if err != nil || invocation > 20 {
			t.Fatalf("invocation %d: %+v, %v", invocation, report, err)
		}
		for _, d := range report.DeletedRoles {
			found = append(found, d.Role)
		}
		last = report.Progress
	}
	if strings.Join(found, " ") != "GONE1 GONE2 GONE3" || last.DeletedRoles != 3 || last.Users != 3 || last.HeldRoles != 5 || last.Roles != 14+14+2 || last.Drift != 2 || last.Tenants != 2 || len(handed) < 4 {
		t.Errorf("%d invocations found %v, progress %+v", len(handed), found, last)
	}
}
