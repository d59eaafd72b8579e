package dynamo_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	gosync "sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// manySets is a tenant in which many sets name the role R, and a store of which each
// call takes a while.
type manySets struct {
	*dynamo.Store
	slow *dynamo.Store
	wire *slowWire
	acme tenant.ID
}

func newManySets(t testing.TB, sets int, delay time.Duration) manySets {
	t.Helper()
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	client, table := enginetest.Table(t)
	m := manySets{Store: dynamo.New(client, table, time.Now), wire: &slowWire{http: client.Options().HTTPClient, delay: delay, underWay: map[string]int{}, most: map[string]int{}}, acme: acme}
	m.slow = dynamo.New(dynamodb.New(client.Options(), func(o *dynamodb.Options) { o.HTTPClient = m.wire }), table, time.Now)
	if _, _, err := onboard.Onboard(t.Context(), m, acme, actor, time.Now()); err != nil {
		t.Fatal(err)
	}
	m.createRole(t)
	for i := range sets {
		id := fmt.Sprintf("FS_%03d", i)
		items := []permission.Item{{Permission: permission.ReadRole, Limited: true, Roles: []string{"R", "RL_RFE"}}}
		if _, err := m.CreatePermissionSet(t.Context(), acme, actor, permission.Set{ID: id, Name: id, Items: items}); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func (m manySets) createRole(t testing.TB) {
	t.Helper()
	if _, err := m.CreateRole(t.Context(), m.acme, actor, role.Role{ID: "R", Name: "R"}); err != nil {
		t.Fatal(err)
	}
}

func (m manySets) deleteRole(t testing.TB) {
	t.Helper()
	if err := m.DeleteRole(t.Context(), m.acme, actor, "R", unchecked); err != nil {
		t.Fatal(err)
	}
}

func (m manySets) bringInLine(t testing.TB) []sync.SetChange {
	t.Helper()
	applied := sync.Apply(t.Context(), m.slow, []sync.Hint{{Tenant: m.acme, Role: "R", Deleted: true}}, sync.Pace{})[m.acme]
	if applied.Err != nil {
		t.Fatal(applied.Err)
	}
	return applied.Changes
}

// slowWire delays calls, and counts them and how many are under way at once.
type slowWire struct {
	http  aws.HTTPClient
	delay time.Duration

	mutex    gosync.Mutex
	calls    int
	underWay map[string]int // by operation
	most     map[string]int // of them
}

// Do implements aws.HTTPClient.
func (w *slowWire) Do(r *http.Request) (*http.Response, error) {
	_, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	w.begin(name)
	defer w.end(name)
	time.Sleep(w.delay)
	return w.http.Do(r)
}

func (w *slowWire) begin(name string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.calls++
	w.underWay[name]++
	w.most[name] = max(w.most[name], w.underWay[name])
}

func (w *slowWire) end(name string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.underWay[name]--
}

// TestDeletedRoleInManySets: sets are read at the same time, some of them, and
// written one after the other; each once, and what is in line is not.
func TestDeletedRoleInManySets(t *testing.T) {
	t.Parallel()
	const sets = 40
	m := newManySets(t, sets, 5*time.Millisecond)
	m.deleteRole(t)
	changes := m.bringInLine(t)
	if len(changes) != sets || !slices.IsSortedFunc(changes, func(a, b sync.SetChange) int { return strings.Compare(a.Set, b.Set) }) {
		t.Errorf("changed %+v", changes)
	}
	if reads, writes := m.wire.most["Query"], m.wire.most["TransactWriteItems"]; reads < 2 || reads > 8 || writes != 1 {
		t.Errorf("%d reads and %d writes at once", reads, writes)
	}
	// The configuration and the role, the sets, the roles of theirs and of the configured one, and the writes.
	if want := 2 + sets + 1 + sets; m.wire.calls != want {
		t.Errorf("%d calls, want %d", m.wire.calls, want)
	}
	if again := m.bringInLine(t); len(again) != 0 {
		t.Errorf("a replay changed %+v", again)
	}
	for _, change := range changes {
		set, err := m.PermissionSet(t.Context(), m.acme, change.Set)
		if err != nil || set.Version != 2 || !slices.Equal(set.Items[0].Roles, []string{"RL_RFE"}) {
			t.Errorf("got %+v, %v", set, err)
		}
	}
}

// BenchmarkDeletedRole brings 80 sets in line with the deletion of a role, with
// calls of 5 ms.
func BenchmarkDeletedRole(b *testing.B) {
	const sets = 80
	b.Run("named by all", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			m := newManySets(b, sets, 5*time.Millisecond)
			m.deleteRole(b)
			b.StartTimer()
			if n := len(m.bringInLine(b)); n != sets {
				b.Fatalf("%d sets changed", n)
			}
			b.ReportMetric(float64(m.wire.calls), "calls")
		}
	})
	b.Run("named by none", func(b *testing.B) {
		m := newManySets(b, sets, 5*time.Millisecond)
		m.deleteRole(b)
		m.bringInLine(b)
		m.wire.calls = 0
		for b.Loop() {
			if n := len(m.bringInLine(b)); n != 0 {
				b.Fatalf("%d sets changed", n)
			}
		}
		b.ReportMetric(float64(m.wire.calls)/float64(b.N), "calls")
	})
}
