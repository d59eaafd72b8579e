package acceptance_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// TestUsagePlan: a tenant whose limits an operator has lowered is refused by API Gateway, and
// before any function runs, when it floods the API; others do not notice.
func TestUsagePlan(t *testing.T) {
	s := startWith(t, stack.Options{Parameters: map[string]string{"LoweredRateLimit": "1", "LoweredBurstLimit": "5"}})
	limits := tenant.Limits{Requests: 900, Window: longWindow()}
	s.addBusyTenant(t, limits)
	s.addToken(t, "busy", "administrator", "RL_SADMIN", "busy-admin")
	served, refused := 0, 0
	for range 50 {
		switch a := s.call(t, "GET", "/scim/busy/v2/Roles/NONE", "busy-admin", ""); {
		case a.status == http.StatusNotFound:
			served++
		case a.status == http.StatusTooManyRequests && a.header.Get("Retry-After") != "" && strings.Contains(string(a.body), `"status":"429"`):
			refused++
		default:
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := s.call(t, "GET", "/scim/acme/v2/Roles/RL_CONFIG", "dev-acme-admin", ""); a.status != http.StatusOK {
			t.Errorf("another tenant: %d %s", a.status, a.body)
		}
	}
	if served < 5 || refused == 0 {
		t.Errorf("%d requests were served and %d refused", served, refused)
	}
	if counted := s.counted(t, limits); counted > served {
		t.Errorf("%d requests were served, and %d counted", served, counted)
	}
}
