package api_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// demotions are the ways to take U_PSET from a user.
var demotions = map[string]func(id string) call{
	"patch": func(id string) call {
		return call{method: "PATCH", path: "/v2/Users/" + id, body: patchBody(`{"op":"remove","path":"roles"}`)}
	},
	"put": func(id string) call { return call{method: "PUT", path: "/acme/v2/Users/" + id, body: `{"roles":[]}`} },
	"deactivate": func(id string) call {
		return call{method: "PUT", path: "/acme/v2/Users/" + id, body: `{"active":false}`}
	},
	"delete": func(id string) call { return call{method: "DELETE", path: "/v2/Users/" + id} },
}

// newUserAdministrators has in acme two users with U_PSET, and nobody else with it.
func newUserAdministrators(t *testing.T) (s *service, a, b string) {
	t.Helper()
	s = newService(t)
	a, b = s.createUser(t, `"userName":"a","roles":["RL_SADMIN"]`), s.createUser(t, `"userName":"b","roles":["RL_SADMIN"]`)
	addPrincipal(t, s.Store, "acme", admin)
	return s, a, b
}

// TestUserAdministratorsRace: of two users who demote each other at the same
// moment, one stays an administrator.
func TestUserAdministratorsRace(t *testing.T) {
	t.Parallel()
	for first, demote := range demotions {
		for second, demoteBack := range demotions {
			t.Run(first+" and "+second, func(t *testing.T) {
				t.Parallel()
				s, a, b := newUserAdministrators(t)
				var ready, done sync.WaitGroup
				start := make(chan struct{})
				for by, c := range map[string]call{a: demote(b), b: demoteBack(a)} {
					c.principal = "user:" + by
					ready.Add(1)
					done.Go(func() {
						ready.Done()
						<-start
						s.do(t, c)
					})
				}
				ready.Wait()
				close(start)
				done.Wait()
				hasPower := 0
				for _, id := range []string{a, b} {
					if s.do(t, call{principal: "user:" + id, method: "PUT", path: "/acme/v2/PermissionSets/FS_AUDITV", body: `{}`}).status == 200 {
						hasPower++
					}
				}
				if hasPower != 1 {
					t.Errorf("%d administrators are left", hasPower)
				}
			})
		}
	}
}

// TestUserDemotedInBetween: who lost a permission between the decision and the
// write has lost it.
func TestUserDemotedInBetween(t *testing.T) {
	t.Parallel()
	for name, demote := range demotions {
		for between, lose := range map[string]struct {
			call   func(a string) call
			detail string
		}{
			"roles":  {func(a string) call { return demotions["patch"](a) }, "R_USER"},
			"active": {func(a string) call { return demotions["deactivate"](a) }, "active user"},
			"user":   {func(a string) call { return demotions["delete"](a) }, "active user"},
			"set": {func(string) call {
				return call{method: "PATCH", path: "/acme/v2/PermissionSets/FS_SADMIN", body: withoutUPSET}
			}, "U_PSET"},
		} {
			t.Run(name+", without "+between, func(t *testing.T) {
				t.Parallel()
				s, a, b := newUserAdministrators(t)
				if between == "set" { // b keeps another
					s.do(t, call{principal: "user:" + a, method: "POST", path: "/acme/v2/PermissionSets", body: `{"id":"FS_B","name":"B","permissionSetItems":[{"id":"U_PSET"}]}`}).is(201)
					s.do(t, call{principal: "user:" + a, method: "POST", path: "/acme/v2/Roles", body: `{"id":"B","name":"B",` + fmt.Sprintf(grantsOnly, `{"value":"FS_B"}`)[1:]}).is(201)
					s.do(t, call{principal: "user:" + a, method: "PATCH", path: "/v2/Users/" + b, body: patchBody(`{"op":"add","path":"roles","value":"B"}`)}).is(200)
				}
				slow := &interruptedUsers{Store: s.Store, between: func() {
					c := lose.call(a)
					c.principal = "user:" + b
					if got := s.do(t, c); got.status != 200 && got.status != 204 {
						t.Errorf("%d %s", got.status, got.body)
					}
				}}
				c := demote(b)
				c.principal = "user:" + a
				got := serve(t, s.Store, api.Dependencies{Roles: s.Store, PermissionSets: s.Store, Users: slow, Grants: s.Store}).do(t, c)
				if got.status != 403 {
					t.Fatalf("%d %s", got.status, got.body)
				}
				s.do(t, call{principal: "user:" + b, method: "PUT", path: "/acme/v2/PermissionSets/FS_AUDITV", body: `{}`}).is(200)
			})
		}
	}
}

// TestUserAssignedInBetween: a role that is deleted between the decision and the
// write is not given.
func TestUserAssignedInBetween(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		s := newService(t)
		id := s.createUser(t, `"userName":"x"`)
		s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
		slow := &interruptedUsers{Store: s.Store, between: func() {
			s.do(t, call{method: "DELETE", path: "/acme/v2/Roles/NEWROLE"}).is(204)
			if s.pass(); again {
				s.do(t, call{method: "POST", path: "/acme/v2/Roles", body: newRole}).is(201)
			}
		}}
		c := call{method: "PATCH", path: "/acme/v2/Users/" + id, body: patchBody(`{"op":"add","path":"roles","value":"NEWROLE"}`)}
		serve(t, s.Store, api.Dependencies{Roles: s.Store, PermissionSets: s.Store, Users: slow, Grants: s.Store}).do(t, c).fails(c.path, 400, "invalidValue", 1292, "NEWROLE")
		s.holds(t, id, 1)
	}
}

// interruptedUsers lets something happen after the first change of a user has been
// decided and before it is written.
type interruptedUsers struct {
	*dynamo.Store
	between func()
	once    sync.Once
}

func (i *interruptedUsers) UpdateUser(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(user.User) (user.User, resource.Proof, error)) (user.User, error) {
	return i.Store.UpdateUser(ctx, t, by, id, func(u user.User) (user.User, resource.Proof, error) {
		u, proof, err := change(u)
		i.once.Do(i.between)
		return u, proof, err
	})
}

func (i *interruptedUsers) DeleteUser(ctx context.Context, t tenant.ID, by audit.Actor, id string, check func(user.User) (resource.Proof, error)) error {
	return i.Store.DeleteUser(ctx, t, by, id, func(u user.User) (resource.Proof, error) {
		proof, err := check(u)
		i.once.Do(i.between)
		return proof, err
	})
}
