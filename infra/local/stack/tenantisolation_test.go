package stack_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/function"
)

// TestTenantIsolation: of a function with tenant isolation, each tenant has a process of its
// own, which is told whose it is.
func TestTenantIsolation(t *testing.T) {
	engineOnPath(t)
	s := start(t, nil)
	served := func(tenant string) string {
		t.Helper()
		request, err := http.NewRequest(http.MethodGet, s.BaseURL()+"/tenant", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", tenant)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		body, err := io.ReadAll(response.Body)
		told, process, _ := strings.Cut(string(body), " ")
		if err != nil || response.StatusCode != http.StatusOK || told != tenant {
			t.Fatalf("%s: %d %s, %v", tenant, response.StatusCode, body, err)
		}
		return process
	}
	acme, globex := served("acme"), served("globex")
	if acme == globex || served("acme") != acme || served("globex") != globex {
		t.Errorf("acme was served by %s, globex by %s", acme, globex)
	}
	if pids := s.FunctionPIDs()["isolated"]; len(pids) != 2 {
		t.Errorf("processes %v", pids)
	}
	if _, err := s.Invoke(t.Context(), "isolated", []byte("{}")); !errors.Is(err, function.ErrNoTenant) {
		t.Errorf("without a tenant: %v", err)
	}
}
