package api_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// canned answers at once, so that what is measured is the protocol alone.
// Methods that no benchmark needs are those of the nil interfaces.
type canned struct {
	role.Store
	roles []role.Role
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

func (c canned) UpdateRole(_ context.Context, _ tenant.ID, _ audit.Actor, _ string, change func(role.Role) (role.Role, error)) (role.Role, error) {
	return change(c.roles[0])
}

func (cannedSets) ConfiguredPermissionSet(context.Context, tenant.ID) (permission.Set, error) {
	return permission.Set{Items: []permission.Item{{Permission: permission.AssignRole}}}, nil
}

func (cannedGrants) Standing(context.Context, tenant.ID, string) (auth.Standing, error) {
	return auth.Standing{Active: true}, nil
}

func (cannedGrants) GrantedSets(context.Context, tenant.ID, []string) ([]auth.Granted, error) {
	return []auth.Granted{{Set: permission.Set{Items: []permission.Item{
		{Permission: permission.ReadReferenceData}, {Permission: permission.ReadRole}, {Permission: permission.CreateRole}, {Permission: permission.ChangeRole},
	}}}}, nil
}

// BenchmarkProtocol measures one request each, from http.Request to the encoded
// answer.
func BenchmarkProtocol(b *testing.B) {
	for _, bench := range []struct {
		name, method, path, body string
		roles                    int
		operation                func(api.Dependencies) http.Handler
	}{
		{"get", "GET", "/scim/acme/v2/Roles/ROLE00000", "", 1, api.GetRole},
		{"list of 20", "GET", "/scim/v2/Roles?count=20", "", 20, api.ListRoles},
		{"filter over 1000 rows", "GET", "/scim/v2/Roles?filter=name+co+%22nowhere%22+and+updatePermissionSet+eq+true", "", 1000, api.ListRoles},
		{"create", "POST", "/scim/acme/v2/Roles", `{"id":"NEWROLE","name":"New Role","description":"my new role","updatePermissionSet":true}`, 1, api.CreateRole},
		{"patch", "PATCH", "/scim/v2/Roles/ROLE00000", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"description","value":"another"}]}`, 1, api.PatchRole},
	} {
		b.Run(bench.name, func(b *testing.B) {
			handler := bench.operation(api.Dependencies{
				Roles: canned{roles: cannedRoles(bench.roles)}, PermissionSets: cannedSets{}, Grants: cannedGrants{},
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

// discard is a response that nobody reads.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
