package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// requests are one request to each operation, on each surface.
func requests() []call {
	return []call{
		{method: "GET", path: "/acme/v2/Roles"},
		{method: "GET", path: "/v2/Roles"},
		{method: "GET", path: "/acme/v2/Roles/RL_AUDITV"},
		{method: "GET", path: "/v2/Roles/RL_AUDITV"},
		{method: "POST", path: "/acme/v2/Roles", body: newRole},
		{method: "POST", path: "/v2/Roles", body: `{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"name":"Other"}`},
		{method: "DELETE", path: "/acme/v2/Roles/RL_AUDITV"},
		{method: "DELETE", path: "/v2/Roles/RL_AUDITV"},
		{method: "POST", path: "/acme/v2/Roles/.search", body: `{"filter":"name eq x"}`},
		{method: "POST", path: "/v2/PermissionSets/.search", body: `{` + searchSchema + `}`},
		{method: "POST", path: "/acme/v2/.search", body: `{"cursor":""}`},
		{method: "POST", path: "/v2/.search", body: `{` + searchSchema + `}`},
		{method: "GET", path: "/v2/Roles?cursor&count=2"},
		{method: "GET", path: "/acme/v2/PermissionSets"},
		{method: "GET", path: "/v2/PermissionSets"},
		{method: "GET", path: "/acme/v2/PermissionSets/FS_RLASG"},
		{method: "GET", path: "/v2/PermissionSets/FS_RLASG"},
		{method: "GET", path: "/acme/v2/AuditRecords"},
		{method: "GET", path: "/v2/AuditRecords/20260131T120000.000Z-AAAAAAAA"},
	}
}

func TestOtherTenantsPath(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, api.Dependencies{}) // a call of a store would be a 500
	for _, c := range requests() {
		if strings.HasPrefix(c.path, "/v2") {
			continue
		}
		var bodies []string
		for _, name := range []string{"globex", "nosuchtenant", "ACME", "a%20b", "acme%2F", "acm%65x", "%00", "-"} {
			c := c
			c.path = "/" + name + strings.TrimPrefix(c.path, "/acme")
			a := s.do(t, c)
			a.fails(c.path, 403, "", 0, "not for the tenant in the path")
			bodies = append(bodies, a.body)
		}
		for _, body := range bodies[1:] {
			if body != bodies[0] {
				t.Errorf("answers differ: %s and %s", bodies[0], body)
			}
		}
	}
}

func TestNoCaller(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, api.Dependencies{})
	for _, c := range requests() {
		contexts := map[string]context.Context{
			"no request":   t.Context(),
			"no tenant":    api.WithRequest(t.Context(), api.Request{Caller: auth.Caller{Principal: admin}}),
			"no principal": api.WithRequest(t.Context(), api.Request{Caller: auth.Caller{Tenant: tenantID(t, "acme")}}),
		}
		for name, ctx := range contexts {
			r := httptest.NewRequest(c.method, "/scim"+c.path, strings.NewReader(c.body)).WithContext(ctx)
			a := record(t, s.handler(t, c.method, c.path), r)
			a.fails(c.path, 401, "", 0, "Authorization: Bearer <token>")
			if a.header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: got header %v", name, a.header)
			}
		}
	}
}

func TestWrongMethodOrPath(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, api.Dependencies{})
	tests := []struct {
		handler, method, path string
		status                int
		allow                 string
	}{
		{"GET /Roles", "HEAD", "/acme/v2/Roles", 405, "GET, POST"},
		{"GET /Roles", "PUT", "/v2/Roles", 405, "GET, POST"},
		{"GET /Roles/{id}", "POST", "/v2/Roles/X", 405, "GET, PUT, PATCH, DELETE"},
		{"GET /PermissionSets", "DELETE", "/v2/PermissionSets", 405, "GET, POST"},
		{"GET /AuditRecords", "POST", "/acme/v2/AuditRecords", 405, "GET"},
		{"GET /AuditRecords/{id}", "DELETE", "/v2/AuditRecords/X", 405, "GET"},
		{"GET /Roles", "GET", "/v2/Roles/X", 404, ""},
		{"GET /Roles/{id}", "GET", "/v2/Roles", 404, ""},
		{"GET /Roles", "GET", "/v2/PermissionSets", 404, ""},
		{"GET /Roles", "GET", "/v2/roles", 404, ""},
		{"GET /Roles", "GET", "/v2", 404, ""},
		{"GET /Roles", "GET", "/v2/Roles//", 404, ""},
		{"GET /Roles", "GET", "/acme/v1/Roles", 404, ""},
		{"GET /Roles", "GET", "/acme/Roles", 404, ""},
	}
	for _, test := range tests {
		r := httptest.NewRequest(test.method, "/scim"+test.path, nil)
		r = r.WithContext(api.WithRequest(r.Context(), api.Request{Caller: auth.Caller{Tenant: tenantID(t, "acme"), Principal: admin}}))
		a := record(t, s.handlers[test.handler], r)
		a.fails(test.path, test.status, "", 0, "")
		if a.header.Get("Allow") != test.allow {
			t.Errorf("%s %s: got Allow %q, want %q", test.method, test.path, a.header.Get("Allow"), test.allow)
		}
	}
}

func TestNotAcceptable(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, api.Dependencies{})
	for _, c := range requests() {
		c.header = map[string]string{"Accept": "text/html"}
		s.do(t, c).fails(c.path, 406, "", 0, "application/scim+json")
	}
}

// broken is a store whose reads of principals, and writes and reads of roles,
// fail.
type broken struct {
	auth.GrantStore
	role.Store
	fail func() error
}

func (b broken) Standing(context.Context, tenant.ID, string) (auth.Standing, error) {
	return auth.Standing{}, b.fail()
}

func (b broken) CreateRole(context.Context, tenant.ID, audit.Actor, role.Role) (role.Role, error) {
	return role.Role{}, b.fail()
}

func TestFailures(t *testing.T) {
	t.Parallel()
	real := newService(t)
	const secret = "table-of-secrets"
	tests := []struct {
		name       string
		fail       func() error
		status     int
		detail     string
		retryAfter string
	}{
		{"error", func() error { return errors.New(secret) }, 500, "report request request-1", ""},
		{"panic", func() error { panic(secret) }, 500, "report request request-1", ""},
		{"runtime error", func() error { var none []string; return errors.New(none[len(secret)]) }, 500, "report request request-1", ""},
		{"abort", func() error { panic(http.ErrAbortHandler) }, 500, "report request request-1", ""},
		{"busy", func() error { return fmt.Errorf("%s: %w", secret, resource.ErrBusy) }, 503, "try again", "1"},
		{"unavailable", func() error { return fmt.Errorf("%s: %w", secret, resource.ErrUnavailable) }, 503, "try again", "1"},
		{"deadline", func() error { return fmt.Errorf("%s: %w", secret, context.DeadlineExceeded) }, 503, "took too long", "1"},
		{"cancelled", func() error { return fmt.Errorf("%s: %w", secret, context.Canceled) }, 503, "given up", "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			principals := serve(t, real.Store, api.Dependencies{
				Roles: real.Store, PermissionSets: real.Store, Grants: broken{GrantStore: real.Store, fail: test.fail},
			})
			for _, c := range requests() {
				checkFailure(t, principals, c, test.status, test.detail, test.retryAfter, secret)
			}
			writes := serve(t, real.Store, api.Dependencies{
				Roles: broken{Store: real.Store, fail: test.fail}, PermissionSets: real.Store, Grants: real.Store,
			})
			checkFailure(t, writes, call{method: "POST", path: "/acme/v2/Roles", body: newRole}, test.status, test.detail, test.retryAfter, secret)
			writes.do(t, call{path: "/acme/v2/Roles"}).is(200)
		})
	}
}

func checkFailure(t *testing.T, s *service, c call, status int, detail, retryAfter, secret string) {
	t.Helper()
	s.log.Reset()
	a := s.do(t, c)
	a.fails(c.path, status, "", 0, detail)
	if strings.Contains(a.body, secret) || strings.Contains(a.body, "goroutine") || a.header.Get("Retry-After") != retryAfter {
		t.Errorf("%s %s: got %v %s", c.method, c.path, a.header, a.body)
	}
	if log := s.log.String(); !strings.Contains(log, "request-1") || !strings.Contains(log, fmt.Sprintf("status=%d", status)) {
		t.Errorf("log says %q", log)
	}
}
