package acceptance_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestKilledWhileCreating kills the engine and functions with SIGKILL while
// clients create roles. Whatever was answered with 201 must be readable
// afterwards, and in the permission set.
func TestKilledWhileCreating(t *testing.T) {
	data := t.TempDir()
	s := start(t, data)
	ctx, stop := context.WithCancel(t.Context())
	var created []string
	var mutex sync.Mutex
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				id := fmt.Sprintf("R%d-%d", client, i)
				a, err := s.try(context.WithoutCancel(ctx), "POST", "/scim/acme/v2/Roles", "dev-acme-admin", fmt.Sprintf(`{"id":%q,"name":%q}`, id, id))
				if err != nil {
					t.Errorf("create: %v", err)
					return
				}
				switch {
				// 409 is about the client's own role: DynamoDB would know the retry of a write whose
				// reply was lost by its idempotency token, which the engine forgets when it is killed.
				case a.status == 201 || a.status == 409:
					mutex.Lock()
					created = append(created, id)
					mutex.Unlock()
				case a.status < 500:
					t.Errorf("create: %d %s", a.status, a.body)
				}
			}
		})
	}
	count := func() int {
		mutex.Lock()
		defer mutex.Unlock()
		return len(created)
	}
	// Each blow falls once more roles have been created since the last.
	for blow := range 6 {
		for want := count() + 15; count() < want; {
			select {
			case <-t.Context().Done():
				t.Fatal(t.Context().Err())
			case <-time.After(time.Millisecond):
			}
		}
		kill(t, s, blow)
	}
	stop()
	clients.Wait()
	s.drain(t)
	t.Logf("%d roles were created", len(created))
	members := s.members(t, "M_U_ROLES")
	for _, id := range created {
		if a := s.call(t, "GET", "/scim/acme/v2/Roles/"+id, "dev-acme-admin", ""); a.status != 200 {
			t.Errorf("%s was created, and now: %d %s", id, a.status, a.body)
		}
		if !slices.Contains(members, id) {
			t.Errorf("%s is not in the set", id)
		}
	}
	if parked, err := s.ParkedRecords(); len(parked) > 0 || err != nil {
		t.Errorf("parked records: %v, %v", parked, err)
	}
}

// kill ends the engine, or every process of the functions that write.
func kill(t *testing.T, s service, blow int) {
	t.Helper()
	if blow%2 == 0 {
		if err := syscall.Kill(s.EnginePID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		return
	}
	pids := s.FunctionPIDs()
	for _, pid := range append(pids["create-role"], pids["sync-permission-sets"]...) {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended by itself
	}
}
