package gateway_test

import (
	"net/http"
	"slices"
	"testing"
)

// TestUsagePlans: requests count for the key that the authorizer names, whatever the client sends.
func TestUsagePlans(t *testing.T) {
	t.Parallel()
	c := serve(t, nil)
	slow := as("slow")
	slow.Set("X-Api-Key", "usual")
	statuses := func(header http.Header, path string) (out []int) {
		for range 5 {
			out = append(out, c.do("GET", path, header, "").StatusCode)
		}
		return out
	}
	const role = "/scim/acme/v2/Roles/R1"
	if got := statuses(slow, role); !slices.Equal(got[:2], []int{200, 200}) || !slices.Contains(got, http.StatusTooManyRequests) {
		t.Errorf("of a key with a burst of two: %v", got)
	}
	if got := statuses(as("admin"), role); slices.ContainsFunc(got, func(status int) bool { return status != http.StatusOK }) {
		t.Errorf("of another key: %v", got)
	}
	if got := c.do("GET", role, as("unknown-key"), ""); got.StatusCode != http.StatusForbidden || got.Header.Get("x-amzn-ErrorType") != "ForbiddenException" {
		t.Errorf("of a key without a plan: %d %s", got.StatusCode, got.body)
	}
	// Who needs no key has none.
	if e := c.do("POST", "/open", slow, "").event(t); e.RequestContext.Identity.APIKey != "" {
		t.Errorf("the event of an open route has the key %q", e.RequestContext.Identity.APIKey)
	}
	if e := c.do("GET", role, as("admin"), "").event(t); e.RequestContext.Identity.APIKey != "usual" {
		t.Errorf("the event has the key %q", e.RequestContext.Identity.APIKey)
	}
}

// TestTenant: Lambda is given the tenant that the authorizer found, where the route says so.
func TestTenant(t *testing.T) {
	t.Parallel()
	c := serve(t, nil)
	c.do("GET", "/scim/globex/v2/Roles/search", as("admin"), "")
	c.do("GET", "/scim/globex/v2/Roles/R1", as("admin"), "")
	if want := []string{"acme", ""}; !slices.Equal(c.sent, want) {
		t.Errorf("tenants %q, want %q", c.sent, want)
	}
}
