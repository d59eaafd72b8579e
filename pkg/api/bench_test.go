package api_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// canned answers at once, so that what is measured is the protocol alone.
// Methods that no benchmark needs are those of the nil interfaces.
type canned struct {
	role.Store
	roles []role.Role
}

type cannedUsers struct {
	user.Store
	users []user.User
}

type cannedSets struct{ permission.Store }

type cannedGrants struct{ auth.GrantStore }

func (c canned) Role(context.Context, tenant.ID, string) (role.Role, error) { return c.roles[0], nil }

func (c canned) Roles(_ context.Context, _ tenant.ID, _ resource.Span, limit int) ([]role.Role, bool, error) {
	return c.roles[:min(limit, len(c.roles))], false, nil
}

func (c canned) CreateRole(_ context.Context, _ tenant.ID, _ audit.Actor, r role.Role) (role.Role, error) {
	return r, nil
}

func (c canned) UpdateRole(_ context.Context, _ tenant.ID, _ audit.Actor, _ string, change func(role.Role) (role.Role, resource.Proof, error)) (role.Role, error) {
	r, _, err := change(c.roles[0])
	return r, err
}

func (c canned) RolesByID(_ context.Context, _ tenant.ID, ids []string) (map[string]role.Role, error) {
	found := make(map[string]role.Role, len(ids))
	for _, r := range c.roles {
		if slices.Contains(ids, r.ID) {
			found[r.ID] = r
		}
	}
	return found, nil
}

func (c canned) RoleByName(_ context.Context, _ tenant.ID, name string) (role.Role, error) {
	for _, r := range c.roles {
		if strings.EqualFold(r.Name, name) {
			return r, nil
		}
	}
	return role.Role{}, resource.ErrNotFound
}

func (c cannedUsers) User(context.Context, tenant.ID, string) (user.User, error) {
	return c.users[0], nil
}

func (c cannedUsers) Users(_ context.Context, _ tenant.ID, _ resource.Span, limit int) ([]user.User, bool, error) {
	return slices.Clone(c.users[:min(limit, len(c.users))]), false, nil
}

func (c cannedUsers) CountUsers(context.Context, tenant.ID) (int, error) { return len(c.users), nil }

func (c cannedUsers) CreateUser(_ context.Context, _ tenant.ID, _ audit.Actor, u user.User) (user.User, error) {
	return u, nil
}

func (c cannedUsers) UpdateUser(_ context.Context, _ tenant.ID, _ audit.Actor, _ string, change func(user.User) (user.User, resource.Proof, error)) (user.User, error) {
	u, _, err := change(c.users[0])
	return u, err
}

func (cannedSets) ConfiguredPermissionSet(context.Context, tenant.ID) (permission.Set, error) {
	return permission.Set{Items: []permission.Item{{Permission: permission.AssignRole}}}, nil
}

func (cannedGrants) Standing(context.Context, tenant.ID, string) (auth.Standing, error) {
	return auth.Standing{Active: true}, nil
}

func (cannedGrants) GrantedSets(context.Context, tenant.ID, []auth.Held) ([]auth.Granted, error) {
	return []auth.Granted{{Set: permission.Set{Items: []permission.Item{
		{Permission: permission.ReadReferenceData}, {Permission: permission.ReadRole}, {Permission: permission.CreateRole}, {Permission: permission.ChangeRole},
		{Permission: permission.ReadUser}, {Permission: permission.CreateUser}, {Permission: permission.ChangeUser}, {Permission: permission.AssignRole},
	}}}}, nil
}

// BenchmarkProtocol measures one request each, from http.Request to the encoded
// answer.
func BenchmarkProtocol(b *testing.B) {
	for _, bench := range []struct {
		name, method, path, body string
		rows                     int
		operation                func(api.Dependencies) http.Handler
	}{
		{"get", "GET", "/scim/acme/v2/Roles/ROLE00000", "", 1, api.GetRole},
		{"list of 20", "GET", "/scim/v2/Roles?count=20", "", 20, api.ListRoles},
		{"filter over 1000 rows", "GET", "/scim/v2/Roles?filter=name+co+%22nowhere%22+and+updatePermissionSet+eq+true", "", 1000, api.ListRoles},
		{"create", "POST", "/scim/acme/v2/Roles", `{"id":"NEWROLE","name":"New Role","description":"my new role","updatePermissionSet":true}`, 1, api.CreateRole},
		{"get user", "GET", "/scim/acme/v2/Users/u00000", "", 3, api.GetUser},
		{"list of 20 users", "GET", "/scim/v2/Users?count=20", "", 20, api.ListUsers},
		{"filter over 1000 users", "GET", "/scim/v2/Users?filter=displayName+co+%22nowhere%22+and+active+eq+true", "", 1000, api.ListUsers},
		{"create user", "POST", "/scim/acme/v2/Users", `{"userName":"bjensen@example.com","name":{"givenName":"Barbara","familyName":"Jensen"},"emails":[{"value":"bjensen@example.com","type":"work","primary":true}],"roles":["ROLE00001"]}`, 3, api.CreateUser},
		{"patch roles of user", "PATCH", "/scim/v2/Users/u00000", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"roles[value eq \"ROLE00000\"]"},{"op":"add","path":"roles","value":[{"value":"ROLE00002","primary":"True"}]}]}`, 3, api.PatchUser},
		{"patch", "PATCH", "/scim/v2/Roles/ROLE00000", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"description","value":"another"}]}`, 1, api.PatchRole},
	} {
		b.Run(bench.name, func(b *testing.B) {
			handler := bench.operation(api.Dependencies{
				Roles: canned{roles: cannedRoles(bench.rows)}, Users: cannedUsers{users: cannedUsersHolding(bench.rows)}, PermissionSets: cannedSets{}, Grants: cannedGrants{},
				NewID: func() string { return "made" }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
			})
			acme, err := tenant.ParseID("acme")
			if err != nil {
				b.Fatal(err)
			}
			ctx := api.WithRequest(b.Context(), api.Request{Caller: auth.Caller{Tenant: acme, Principal: admin}, BaseURL: baseURL})
			body := strings.NewReader(bench.body)
			request := httptest.NewRequest(bench.method, bench.path, body).WithContext(ctx)
			b.ReportAllocs()
			for b.Loop() {
				body.Reset(bench.body)
				w := discard{header: http.Header{}}
				if handler.ServeHTTP(&w, request); w.status >= 300 {
					b.Fatalf("status %d", w.status)
				}
			}
		})
	}
}

func cannedRoles(n int) []role.Role {
	roles := make([]role.Role, n)
	for i := range roles {
		roles[i] = role.Role{
			ID: fmt.Sprintf("ROLE%05d", i), Name: fmt.Sprintf("Role number %d of them all", i), Description: "a role of ordinary length", UpdatePermissionSet: true,
			Meta: resource.Meta{Version: 1, Created: now, LastModified: now},
		}
	}
	return roles
}

// cannedUsersHolding are as many users as there are roles, who hold one each.
func cannedUsersHolding(roles int) []user.User {
	users := numberedUsers(roles)
	for i := range users {
		u := &users[i]
		u.DisplayName, u.Name = "Barbara Jensen", user.Name{GivenName: "Barbara", FamilyName: "Jensen"}
		u.Emails = []user.Value{{Value: fmt.Sprintf("user%d@example.com", i), Type: "work", Primary: true}}
		u.Roles = []user.Role{{ID: fmt.Sprintf("ROLE%05d", i), Created: now}}
		u.Meta = resource.Meta{Version: 1, Created: now, LastModified: now}
	}
	return users
}

// discard is a response that nobody reads.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
