package dynamo_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

var actor = audit.Actor{Principal: "administrator", TokenID: "0123456789ab", RequestID: "6a1c1f0e-8f7c-4f6e-9a59-0d7f1d4a7c11", Address: "2001:db8:85a3::8a2e:370:7334"}

func open(t testing.TB) (*dynamo.Store, *capacity.Meter, tenant.ID) {
	t.Helper()
	client, table := enginetest.Table(t)
	client, u := capacity.Metered(client)
	store := dynamo.New(client, table, time.Now)
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := onboard.Onboard(t.Context(), store, acme, actor, time.Now()); err != nil {
		t.Fatal(err)
	}
	u.Take()
	return store, u, acme
}

// atMost reports the units since the last call when they are over a limit.
func atMost(t *testing.T, u *capacity.Meter, what string, maxRead, maxWrite float64) {
	t.Helper()
	used := u.Take()
	t.Logf("%s: %.1f read units, %.1f write units, %d calls", what, used.Read, used.Write, used.Calls)
	if used.Read > maxRead || used.Write > maxWrite {
		t.Errorf("%s: %.1f read and %.1f write units, at most %.1f and %.1f are allowed", what, used.Read, used.Write, maxRead, maxWrite)
	}
}

// changing is a change that rests on nothing.
func changing[T any](change func(*T)) func(T) (T, resource.Proof, error) {
	return func(v T) (T, resource.Proof, error) {
		change(&v)
		return v, resource.Proof{}, nil
	}
}

// unchecked lets a deletion rest on nothing.
func unchecked[T any](T) (resource.Proof, error) { return resource.Proof{}, nil }

func TestCostOfOneRole(t *testing.T) {
	t.Parallel()
	store, u, acme := open(t)
	r := role.Role{ID: "NEWROLE", Name: "New Role", Description: strings.Repeat("my new role ", 20), UpdatePermissionSet: true}
	if _, err := store.CreateRole(t.Context(), acme, actor, r); err != nil {
		t.Fatal(err)
	}
	atMost(t, u, "create role", 0, 8)
	if _, err := store.Role(t.Context(), acme, "NEWROLE"); err != nil {
		t.Fatal(err)
	}
	atMost(t, u, "get role", 0.5, 0)
	if _, err := store.ConfiguredPermissionSet(t.Context(), acme); err != nil {
		t.Fatal(err)
	}
	atMost(t, u, "look up the configured set", 2, 0)
	if err := store.DeleteRole(t.Context(), acme, actor, "NEWROLE", unchecked); err != nil {
		t.Fatal(err)
	}
	atMost(t, u, "delete role", 1, 6)
}

func TestCostOfPages(t *testing.T) {
	t.Parallel()
	store, u, acme := open(t)
	for i := range 200 {
		if _, err := store.CreateRole(t.Context(), acme, actor, role.Role{ID: fmt.Sprintf("R%03d", i), Name: fmt.Sprintf("role number %03d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	u.Take()
	for _, after := range []string{"", "R000", "R150"} {
		if _, _, err := store.Roles(t.Context(), acme, resource.Span{}.Behind(after), 20); err != nil {
			t.Fatal(err)
		}
		atMost(t, u, "a page of 20 roles", 1, 0)
	}
}

// TestCostOfLargeSets grows a set to 10,000 roles.
func TestCostOfLargeSets(t *testing.T) {
	t.Parallel()
	store, u, acme := open(t)
	const many = 10_000
	grow(t, store, acme, many)
	u.Take()

	random := rand.New(rand.NewPCG(7, 11)).Perm(many)
	for i := range 40 {
		id := fmt.Sprintf("OLD%08dNEW", random[i])
		if _, err := store.CreateRole(t.Context(), acme, actor, role.Role{ID: id, Name: id, UpdatePermissionSet: true}); err != nil {
			t.Fatal(err)
		}
		u.Take()
		bringInLine(t, store, acme, id)
		atMost(t, u, "a new role reaches a set of 10,000", 12, 12)
		bringInLine(t, store, acme, id)
		atMost(t, u, "a replay", 12, 0)
	}
	for i := range 10 {
		id := fmt.Sprintf("OLD%08dNEW", random[i])
		if err := store.DeleteRole(t.Context(), acme, actor, id, unchecked); err != nil {
			t.Fatal(err)
		}
		u.Take()
		bringInLine(t, store, acme, id)
		atMost(t, u, "a deleted role leaves a set of 10,000", 12, 12)
	}

	set, err := store.PermissionSet(t.Context(), acme, "FS_RLASG")
	if err != nil {
		t.Fatal(err)
	}
	// A read unit is 4 KB. What a set holds is what clients are shown of it.
	bytes := 0
	for _, item := range set.Items {
		bytes += len(item.Permission) + len(item.Parameter())
	}
	atMost(t, u, fmt.Sprintf("read a set of %d bytes", bytes), 2*float64(bytes)/4096, 0)

	if named, err := store.SetNames(t.Context(), acme, set, permission.ReadRole, fmt.Sprintf("OLD%08dNEW", random[20])); !named || err != nil {
		t.Errorf("SetNames = %t, %v", named, err)
	}
	atMost(t, u, "ask whether a set of 10,000 names a role", 0.5, 0)
}

// TestCostOfSplits adds roles with the longest ids one by one, so that buckets
// fill up and split.
func TestCostOfSplits(t *testing.T) {
	t.Parallel()
	store, u, acme := open(t)
	for i := range 150 {
		id := fmt.Sprintf("%060d%04d", i%7, i)
		if _, err := store.CreateRole(t.Context(), acme, actor, role.Role{ID: id, Name: id, UpdatePermissionSet: true}); err != nil {
			t.Fatal(err)
		}
		u.Take()
		bringInLine(t, store, acme, id)
		atMost(t, u, "a role with the longest id", 12, 12)
	}
}

// grow makes the configured set name n more roles, without the cost of creating
// them one by one.
func grow(t testing.TB, store *dynamo.Store, in tenant.ID, n int) {
	t.Helper()
	set, err := store.PermissionSet(t.Context(), in, "FS_RLASG")
	if err != nil {
		t.Fatal(err)
	}
	for i := range set.Items {
		for j := range n {
			set.Items[i].Roles = append(set.Items[i].Roles, fmt.Sprintf("OLD%08d", j))
		}
	}
	if err := store.ReplaceSet(t.Context(), in, set); err != nil {
		t.Fatal(err)
	}
}

func bringInLine(t *testing.T, store *dynamo.Store, in tenant.ID, ids ...string) {
	t.Helper()
	for _, applied := range sync.Apply(t.Context(), store, hints(in, ids), sync.Pace{}) {
		if applied.Err != nil {
			t.Fatal(applied.Err)
		}
	}
}

func hints(in tenant.ID, ids []string) []sync.Hint {
	hints := make([]sync.Hint, len(ids))
	for i, id := range ids {
		hints[i] = sync.Hint{Tenant: in, Role: id}
	}
	return hints
}
