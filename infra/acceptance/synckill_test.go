package acceptance_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rolecall/rolecall/infra/local/stack"
)

// assassin kills a function of the stream with SIGKILL in the middle of its batches:
// at one of the function's own calls of DynamoDB, before the call is served.
type assassin struct {
	function string // its folder
	mutex    sync.Mutex
	kill     func() // every process of the function
	random   *rand.Rand
	apart    int // most calls from one blow to the next
	calls    int // to be made until the next blow
	left     int // blows
	done     chan struct{}
}

func newAssassin(function string, blows, apart int) *assassin {
	return &assassin{function: function, random: rand.New(rand.NewPCG(4, 20)), apart: apart, calls: 3, left: blows, done: make(chan struct{})}
}

// watch lets the assassin strike.
func (a *assassin) watch(s service) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.kill = func() {
		for _, pid := range s.FunctionPIDs()[a.function] {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
		}
	}
}

func (a *assassin) onCall(folder string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if folder != a.function || a.kill == nil || a.left == 0 {
		return
	}
	if a.calls--; a.calls > 0 {
		return
	}
	a.calls = 1 + a.random.IntN(a.apart)
	a.kill()
	if a.left--; a.left == 0 {
		close(a.done)
	}
}

// TestSyncKilled kills the stream's function twenty times in mid-batch, while
// clients of two tenants create, switch and delete roles and write sets.
func TestSyncKilled(t *testing.T) {
	a := newAssassin("sync-permission-sets", 20, 12)
	s := startWith(t, stack.Options{DataDir: t.TempDir(), OnCall: a.onCall})
	a.watch(s)
	clients := []*changer{newChanger(s, "acme", 1), newChanger(s, "acme", 2), newChanger(s, "globex", 3)}
	var group sync.WaitGroup
	for _, c := range clients {
		group.Go(func() { c.run(t, a.done) })
	}
	group.Wait()
	s.drain(t)
	for _, name := range []string{"acme", "globex"} {
		s.checkTenant(t, name, clients)
	}
	var report struct{ Drift, Failures []json.RawMessage }
	s.invoke(t, "reconcile-tenant", `{"all":true}`, &report)
	if len(report.Drift) > 0 || len(report.Failures) > 0 {
		t.Errorf("reconciliation found %s, failures %s", report.Drift, report.Failures)
	}
	if parked, err := s.ParkedRecords(); len(parked) > 0 || err != nil {
		t.Errorf("parked: %v, %v", parked, err)
	}
}

// changer is a client with roles of its own, and a set that names some of them.
type changer struct {
	service
	tenant, prefix string
	random         *rand.Rand
	roles          map[string]bool // whether updatePermissionSet is on
	named          map[string]bool // by the set
	changes        int             // of roles
}

func newChanger(s service, tenant string, seed uint64) *changer {
	return &changer{s, tenant, fmt.Sprint("K", seed, "-"), rand.New(rand.NewPCG(seed, 7)), map[string]bool{}, map[string]bool{}, 0}
}

func (c *changer) set() string { return "FS_" + c.prefix }

// run makes changes until done, and some more.
func (c *changer) run(t *testing.T, done <-chan struct{}) {
	c.must(t, "POST", "/PermissionSets", 201, `{"id":%q,"name":"Of one client","permissionSetItems":[{"id":"M_ROLE","parameter":""}]}`, c.set())
	for more := 20; more > 0 && t.Context().Err() == nil && !t.Failed(); {
		c.change(t)
		select {
		case <-done:
			more--
		default:
		}
	}
}

func (c *changer) change(t *testing.T) {
	ids := slices.Sorted(maps.Keys(c.roles))
	dice := c.random.IntN(10)
	if len(ids) == 0 || dice < 4 {
		id := fmt.Sprint(c.prefix, c.random.IntN(60))
		if _, exists := c.roles[id]; !exists {
			c.must(t, "POST", "/Roles", 201, `{"id":%q,"name":%q}`, id, id)
			c.roles[id] = true
			c.changes++
		}
		return
	}
	id := ids[c.random.IntN(len(ids))]
	switch {
	case dice < 6:
		c.must(t, "DELETE", "/Roles/"+id, 204, "")
		delete(c.roles, id)
		delete(c.named, id)
		c.changes++
	case dice < 8:
		c.roles[id] = !c.roles[id]
		c.must(t, "PATCH", "/Roles/"+id, 200, `{"Operations":[{"op":"replace","path":"updatePermissionSet","value":%t}]}`, c.roles[id])
		c.changes++
	default:
		clear(c.named)
		for _, id := range ids {
			if c.random.IntN(2) == 0 {
				c.named[id] = true
			}
		}
		c.must(t, "PUT", "/PermissionSets/"+c.set(), 200, `{"permissionSetItems":[{"id":"M_ROLE","parameter":%q}]}`, strings.Join(slices.Sorted(maps.Keys(c.named)), "|"))
	}
}

func (c *changer) must(t *testing.T, method, path string, status int, body string, arguments ...any) {
	if body != "" {
		body = fmt.Sprintf(body, arguments...)
	}
	a, err := c.try(context.WithoutCancel(t.Context()), method, "/scim/"+c.tenant+"/v2"+path, "dev-"+c.tenant+"-admin", body)
	if err != nil || a.status != status {
		t.Errorf("%s %s %s: %d %s, %v; want %d", method, path, body, a.status, a.body, err, status)
	}
}

// checkTenant compares a tenant's sets with what its clients did.
func (s service) checkTenant(t *testing.T, name string, clients []*changer) {
	t.Helper()
	var members []string
	changes := 0
	for _, c := range clients {
		if c.tenant != name {
			continue
		}
		changes += c.changes
		for id, on := range c.roles {
			if on {
				members = append(members, id)
			}
		}
		s.checkSet(t, name, c.set(), map[string][]string{"M_ROLE": slices.Sorted(maps.Keys(c.named))})
	}
	for _, r := range builtInRoles {
		members = append(members, "RL_"+r)
	}
	slices.Sort(members)
	version := s.checkSet(t, name, "FS_RLASG", map[string][]string{"M_U_ROLES": members, "R_ROLE": members})
	if version > 1+changes {
		t.Errorf("%d changes of roles raised the version of FS_RLASG to %d", changes, version)
	}
	t.Logf("%s: %d changes of roles, FS_RLASG is at version %d", name, changes, version)
}

var builtInRoles = []string{"AUDITV", "CFGMGR", "CONFIG", "DEVADM", "HELPDSK", "RFE", "RGWADM", "SADMIN", "SSPADM", "STPADM", "SUSRADM", "SYSTEM", "USERADM"}

func (s service) checkSet(t *testing.T, tenant, id string, want map[string][]string) (version int) {
	t.Helper()
	var set struct {
		Meta struct {
			Version int `json:",string"`
		}
		PermissionSetItems []struct{ ID, Parameter string }
	}
	a := s.call(t, http.MethodGet, "/scim/"+tenant+"/v2/PermissionSets/"+id, "dev-"+tenant+"-admin", "")
	a.decode(t, &set)
	for _, item := range set.PermissionSetItems {
		if item.Parameter != strings.Join(want[item.ID], "|") {
			t.Errorf("%s of tenant %s names under %s\n%s\nwant\n%s", id, tenant, item.ID, item.Parameter, strings.Join(want[item.ID], "|"))
		}
	}
	if len(set.PermissionSetItems) != len(want) {
		t.Errorf("%s: %s", id, a.body)
	}
	return set.Meta.Version
}
