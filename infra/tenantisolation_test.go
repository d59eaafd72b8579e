package infra_test

import (
	"os"
	"strings"
	"testing"
)

// TestTenantIsolation: where Lambda keeps tenants apart, it does so in every function that
// serves them, and API Gateway names the tenant to those, and to no others.
func TestTenantIsolation(t *testing.T) {
	t.Parallel()
	for _, on := range []bool{true, false} {
		loaded := load(t)
		if on {
			loaded = loadWith(t, map[string]string{"TenantIsolation": "on"})
		}
		isolated := map[string]bool{}
		for _, f := range loaded.Functions {
			source, err := os.ReadFile("../" + f.CodeURI + "/main.go")
			if err != nil {
				t.Fatal(err)
			}
			if want := on && strings.Contains(string(source), "lambdaenv.ServeAPI("); f.PerTenant != want {
				t.Errorf("on %t: %s keeps tenants apart: %t", on, f.LogicalID, f.PerTenant)
			}
			isolated[f.LogicalID] = f.PerTenant
		}
		for _, route := range loaded.API.Routes {
			want := ""
			if isolated[route.Function] {
				want = "tenant" // as the access log has it
			}
			if route.TenantFrom != want {
				t.Errorf("on %t: %s %s takes the tenant from %q, want %q", on, route.Method, route.Path, route.TenantFrom, want)
			}
		}
	}
}
