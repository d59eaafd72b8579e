package api_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// gate is an api.Throttle that allows the next so many requests.
type gate struct {
	left  int
	wait  time.Duration
	asked []string // tenant and limits
}

func (g *gate) Allow(_ context.Context, t tenant.ID, limits tenant.Limits) (time.Duration, bool) {
	g.asked = append(g.asked, t.String()+" "+limits.String())
	if g.left == 0 {
		return g.wait, false
	}
	g.left--
	return 0, true
}

// TestThrottled: a tenant over its limits is refused at every operation, on
// both surfaces, before anything is read.
func TestThrottled(t *testing.T) {
	t.Parallel()
	g := &gate{wait: 12*time.Second + time.Millisecond}
	s := serve(t, nil, api.Dependencies{Throttle: g}) // a call of a store would be a 500
	for _, c := range append(requests(), call{method: "POST", path: "/acme/v2/Bulk"}, call{method: "PUT", path: "/v2/Roles/X"}) {
		g.asked = nil
		a := s.do(t, c)
		a.fails(c.path, 429, "", 0, "Too many requests: this tenant may make 1000 requests in 100 seconds. Wait for the time in Retry-After and try again.")
		if got := a.header.Get("Retry-After"); got != "13" {
			t.Errorf("%s %s: Retry-After is %q", c.method, c.path, got)
		}
		if len(g.asked) != 1 || g.asked[0] != "acme 0/0s" {
			t.Errorf("%s %s: asked for %v", c.method, c.path, g.asked)
		}
	}
	if s.log.Len() > 0 {
		t.Errorf("a refusal is not the service's fault: %s", s.log)
	}
}

func TestThrottledAnswer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		limits     tenant.Limits
		wait       time.Duration
		detail     string
		retryAfter string
	}{
		{tenant.Limits{Requests: 1, Window: time.Second}, time.Millisecond, "1 request in 1 second.", "1"},
		{tenant.Limits{Requests: 7, Window: time.Minute}, 59 * time.Second, "7 requests in 60 seconds.", "59"},
		{tenant.Limits{Requests: 7, Window: time.Hour}, 59*time.Minute + 1, "7 requests in 3600 seconds.", "3541"},
		{tenant.DefaultLimits, 0, "1000 requests in 100 seconds.", "1"},
		{tenant.DefaultLimits, -time.Second, "1000 requests in 100 seconds.", "1"},
	} {
		handler := api.GetRole(api.Dependencies{Throttle: &gate{wait: test.wait}})
		for _, path := range []string{"/acme/v2/Roles/X", "/v2/Roles/X"} {
			r := httptest.NewRequest("GET", "/scim"+path, nil)
			caller := auth.Caller{Tenant: tenantID(t, "acme"), Principal: admin, Limits: test.limits}
			a := record(t, handler, r.WithContext(api.WithRequest(r.Context(), api.Request{Caller: caller})))
			a.fails(path, 429, "", 0, test.detail)
			if got := a.header.Get("Retry-After"); got != test.retryAfter {
				t.Errorf("%v, %s: Retry-After is %q, want %q", test.limits, test.wait, got, test.retryAfter)
			}
		}
	}
}

// TestCountsOnce: whatever a tenant's callers ask for counts once, as long as it
// is known whose they are.
func TestCountsOnce(t *testing.T) {
	t.Parallel()
	real := newService(t)
	g := &gate{left: 100}
	s := serve(t, real.Store, api.Dependencies{Roles: real.Store, PermissionSets: real.Store, Grants: real.Store, Throttle: g})
	for _, test := range []struct {
		name   string
		call   call
		status int
		counts int
	}{
		{"found", call{path: "/acme/v2/Roles/RL_RFE"}, 200, 1},
		{"not found", call{path: "/v2/Roles/NONE"}, 404, 1},
		{"forbidden", call{method: "POST", principal: viewer, path: "/acme/v2/Roles", body: newRole}, 403, 1},
		{"malformed", call{method: "POST", path: "/acme/v2/Roles", body: "{"}, 400, 1},
		{"not acceptable", call{path: "/v2/Roles", header: map[string]string{"Accept": "text/html"}}, 406, 1},
		{"other tenant's path", call{path: "/globex/v2/Roles"}, 403, 0},
		{"bulk", call{method: "POST", path: "/acme/v2/Bulk", body: `{"Operations":[` + strings.Repeat(`{"method":"DELETE","path":"/Roles/NONE"},`, 4) + `{"method":"DELETE","path":"/Roles/RL_RFE"}]}`}, 200, 1},
	} {
		g.asked = nil
		s.do(t, test.call).is(test.status)
		if len(g.asked) != test.counts {
			t.Errorf("%s: counted %d times, want %d", test.name, len(g.asked), test.counts)
		}
	}
	g.asked = nil
	r := httptest.NewRequest("GET", "/scim/acme/v2/Roles", nil)
	record(t, s.handlers["GET /Roles"], r).is(401)
	open := httptest.NewRequest("GET", "/scim/acme/v2/ServiceProviderConfig", nil)
	record(t, api.GetServiceProviderConfig(api.Dependencies{Throttle: g}), open).is(200)
	if len(g.asked) > 0 {
		t.Errorf("callers without a token are counted: %v", g.asked)
	}
}
