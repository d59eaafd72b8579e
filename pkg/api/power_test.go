package api_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

const (
	grantsOnly   = `{"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[%s]}}`
	withoutUPSET = `{"Operations":[{"op":"remove","path":"permissionSetItems[id eq \"U_PSET\"]"}]}`
)

// takings are the ways to take U_PSET from whoever holds the role ADM_<x>, which
// alone grants FS_<x>.
var takings = map[string]func(x string) call{
	"set": func(x string) call {
		return call{method: "PATCH", path: "/acme/v2/PermissionSets/FS_" + x, body: withoutUPSET}
	},
	"limited": func(x string) call {
		return call{method: "PUT", path: "/acme/v2/PermissionSets/FS_" + x, body: `{"permissionSetItems":[{"id":"U_PSET","parameter":"RL_RFE"}]}`}
	},
	"role": func(x string) call {
		return call{method: "PUT", path: "/acme/v2/Roles/ADM_" + x, body: fmt.Sprintf(grantsOnly, "")}
	},
	"deletion": func(x string) call {
		return call{method: "DELETE", path: "/acme/v2/Roles/ADM_" + x}
	},
	"bulk": func(x string) call {
		return call{method: "POST", path: "/acme/v2/Bulk", body: `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Roles/ADM_` + x + `"}]}`}
	},
}

// newAdministrators has in acme two administrators, A and B, and no other.
func newAdministrators(t *testing.T) *service {
	t.Helper()
	s := newService(t)
	for _, x := range []string{"A", "B"} {
		s.empower(t, admin, x)
		addPrincipal(t, s.Store, "acme", x, "ADM_"+x, "RL_AUDITV")
	}
	s.do(t, call{principal: "A", method: "PATCH", path: "/acme/v2/PermissionSets/FS_SADMIN", body: withoutUPSET}).is(200)
	return s
}

// empower gives the role ADM_<x> and the set FS_<x> what an administrator needs.
func (s *service) empower(t *testing.T, by, x string) {
	t.Helper()
	items := fmt.Sprintf(`{"id":"FS_%s","name":"%s","permissionSetItems":[{"id":"U_PSET"},{"id":"C_ROLE"},{"id":"M_ROLE"},{"id":"D_ROLE"},{"id":"R_ROLE"}]}`, x, x)
	r := fmt.Sprintf(`{"id":"ADM_%s","name":"%s",`, x, x) + fmt.Sprintf(grantsOnly, `{"value":"FS_`+x+`"}`)[1:]
	for _, c := range []call{
		{method: "POST", path: "/acme/v2/PermissionSets", body: items}, {method: "PUT", path: "/acme/v2/PermissionSets/FS_" + x, body: items},
		{method: "POST", path: "/acme/v2/Roles", body: r}, {method: "PUT", path: "/acme/v2/Roles/ADM_" + x, body: r},
	} {
		c.principal = by
		if a := s.do(t, c); a.status != 200 && a.status != 201 && a.status != 409 && a.status != 404 {
			t.Fatalf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
	}
}

// hasPower tells whether a principal of acme may write permission sets.
func (s *service) hasPower(t *testing.T, principal string) bool {
	t.Helper()
	grants, err := auth.LoadGrants(t.Context(), s, auth.Caller{Tenant: tenantID(t, "acme"), Principal: principal})
	if err != nil {
		t.Fatal(err)
	}
	return grants.Require(permission.WritePermissionSet) == nil
}

// TestAdministratorsRace: of two administrators who demote each other at the same
// moment, one stays.
func TestAdministratorsRace(t *testing.T) {
	t.Parallel()
	for first, take := range takings {
		for second, takeBack := range takings {
			t.Run(first+" and "+second, func(t *testing.T) {
				t.Parallel()
				s := newAdministrators(t)
				for range 4 {
					var ready, done sync.WaitGroup
					start := make(chan struct{})
					for _, c := range []struct {
						by   string
						take call
					}{{"A", take("B")}, {"B", takeBack("A")}} {
						c.take.principal = c.by
						ready.Add(1)
						done.Go(func() {
							ready.Done()
							<-start
							s.do(t, c.take)
						})
					}
					ready.Wait()
					close(start)
					done.Wait()
					a, b := s.hasPower(t, "A"), s.hasPower(t, "B")
					if a == b {
						t.Fatalf("A has U_PSET: %t, and B: %t", a, b)
					}
					if a {
						s.empower(t, "A", "B")
					} else {
						s.empower(t, "B", "A")
					}
				}
			})
		}
	}
}

// TestDemotedInBetween: who lost U_PSET between the decision and the write has
// lost it.
func TestDemotedInBetween(t *testing.T) {
	t.Parallel()
	for name, take := range takings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAdministrators(t)
			between := func() {
				s.do(t, call{principal: "B", method: "PATCH", path: "/acme/v2/PermissionSets/FS_A", body: withoutUPSET}).is(200)
			}
			c := take("B")
			c.principal = "A"
			slow := &interrupted{Store: s.Store, between: between}
			a := serve(t, s.Store, api.Dependencies{Roles: slow, PermissionSets: slow, Grants: s.Store}).do(t, c)
			if name == "bulk" {
				if a.is(200); !strings.Contains(a.body, `"status":"403"`) {
					t.Errorf("got %s", a.body)
				}
			} else {
				a.fails(c.path, 403, "", 0, "U_PSET")
			}
			if !s.hasPower(t, "B") || s.hasPower(t, "A") {
				t.Error("B lost U_PSET, or A kept it")
			}
		})
	}
}

// interrupted lets something happen after the first change has been decided and
// before it is written.
type interrupted struct {
	*dynamo.Store
	between func()
	once    sync.Once
}

func (i *interrupted) UpdateRole(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(role.Role) (role.Role, resource.Proof, error)) (role.Role, error) {
	return i.Store.UpdateRole(ctx, t, by, id, func(r role.Role) (role.Role, resource.Proof, error) {
		r, proof, err := change(r)
		i.once.Do(i.between)
		return r, proof, err
	})
}

func (i *interrupted) DeleteRole(ctx context.Context, t tenant.ID, by audit.Actor, id string, check func(role.Role) (resource.Proof, error)) error {
	return i.Store.DeleteRole(ctx, t, by, id, func(r role.Role) (resource.Proof, error) {
		proof, err := check(r)
		i.once.Do(i.between)
		return proof, err
	})
}

func (i *interrupted) UpdatePermissionSet(ctx context.Context, t tenant.ID, by audit.Actor, id string, change func(permission.Set) (permission.Set, resource.Proof, error)) (permission.Set, error) {
	return i.Store.UpdatePermissionSet(ctx, t, by, id, func(set permission.Set) (permission.Set, resource.Proof, error) {
		set, proof, err := change(set)
		i.once.Do(i.between)
		return set, proof, err
	})
}

// TestDeleterWithoutPower: D_ROLE alone deletes no role that gives U_PSET, not even
// one whose set is given it in between.
func TestDeleterWithoutPower(t *testing.T) {
	t.Parallel()
	s := newAdministrators(t)
	for _, step := range []call{
		{method: "POST", path: "/acme/v2/PermissionSets", body: `{"id":"FS_DEL","name":"Deletions","permissionSetItems":[{"id":"D_ROLE"}]}`},
		{method: "POST", path: "/acme/v2/PermissionSets", body: `{"id":"FS_SOON","name":"Soon","permissionSetItems":[{"id":"R_ROLE"}]}`},
		{method: "POST", path: "/acme/v2/Roles", body: `{"id":"DEL","name":"Deletions",` + fmt.Sprintf(grantsOnly, `{"value":"FS_DEL"}`)[1:]},
		{method: "POST", path: "/acme/v2/Roles", body: `{"id":"SOON","name":"Soon",` + fmt.Sprintf(grantsOnly, `{"value":"FS_SOON"}`)[1:]},
		{method: "POST", path: "/acme/v2/Roles", body: `{"id":"PLAIN","name":"Plain",` + fmt.Sprintf(grantsOnly, `{"value":"FS_AUDITV"}`)[1:]},
	} {
		step.principal = "A"
		s.do(t, step).is(201)
	}
	addPrincipal(t, s.Store, "acme", "deleter", "DEL")
	s.do(t, call{principal: "deleter", method: "DELETE", path: "/acme/v2/Roles/ADM_A"}).fails("/acme", 403, "", 0, "U_PSET")
	s.do(t, call{principal: "deleter", method: "DELETE", path: "/acme/v2/Roles/PLAIN"}).is(204)
	slow := &interrupted{Store: s.Store, between: func() {
		s.do(t, call{principal: "A", method: "PUT", path: "/acme/v2/PermissionSets/FS_SOON", body: `{"permissionSetItems":[{"id":"U_PSET"}]}`}).is(200)
	}}
	serve(t, s.Store, api.Dependencies{Roles: slow, PermissionSets: slow, Grants: s.Store}).
		do(t, call{principal: "deleter", method: "DELETE", path: "/acme/v2/Roles/SOON"}).fails("/acme", 403, "", 0, "U_PSET")
}

// TestPowerByTwoWays: what is taken from one of the caller's ways may rest on the
// other, also where the transaction writes what it rests on.
func TestPowerByTwoWays(t *testing.T) {
	t.Parallel()
	s := newAdministrators(t)
	for _, step := range []struct {
		call
		status int
	}{
		{call{method: "POST", path: "/acme/v2/PermissionSets", body: `{"id":"FS_2","name":"Second","permissionSetItems":[{"id":"U_PSET"},{"id":"M_ROLE"}]}`}, 201},
		// The role keeps one set of two.
		{call{method: "PUT", path: "/acme/v2/Roles/ADM_A", body: fmt.Sprintf(grantsOnly, `{"value":"FS_A"},{"value":"FS_2"}`)}, 200},
		{call{method: "PUT", path: "/acme/v2/Roles/ADM_A", body: fmt.Sprintf(grantsOnly, `{"value":"FS_2"}`)}, 200},
		{call{method: "PUT", path: "/acme/v2/Roles/ADM_A", body: fmt.Sprintf(grantsOnly, "")}, 409},
		// The set stays granted by another role.
		{call{method: "PUT", path: "/acme/v2/Roles/RL_AUDITV", body: fmt.Sprintf(grantsOnly, `{"value":"FS_AUDITV"},{"value":"FS_2"}`)}, 200},
		{call{method: "PUT", path: "/acme/v2/Roles/ADM_A", body: fmt.Sprintf(grantsOnly, `{"value":"FS_B"}`)}, 200},
	} {
		step.principal = "A"
		a := s.do(t, step.call)
		if a.status != step.status {
			t.Errorf("%s %s %s: %d %s, want %d", step.method, step.path, step.body, a.status, a.body, step.status)
		}
	}
}
