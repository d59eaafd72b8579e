package infra_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/rolecall/rolecall/infra/local/template"
)

// TestUsagePlans: of the two keys that the authorizer gives, one is throttled.
func TestUsagePlans(t *testing.T) {
	t.Parallel()
	loaded := loadWith(t, map[string]string{"LoweredRateLimit": "7", "LoweredBurstLimit": "9"})
	authorize, _ := loaded.Function("Authorize")
	others, lowered := authorize.Environment["USAGE_KEY"], authorize.Environment["LOWERED_USAGE_KEY"]
	for _, key := range []string{others, lowered} {
		if !regexp.MustCompile("^[A-Za-z0-9]{20,128}$").MatchString(key) {
			t.Errorf("API Gateway takes no key %q", key)
		}
	}
	want := []template.UsagePlan{
		{LogicalID: "LoweredTenantsPlan", Rate: 7, Burst: 9, Keys: []string{lowered}},
		{LogicalID: "OtherTenantsPlan", Keys: []string{others}},
	}
	if !slices.EqualFunc(loaded.API.Plans, want, func(a, b template.UsagePlan) bool {
		return a.LogicalID == b.LogicalID && a.Rate == b.Rate && a.Burst == b.Burst && slices.Equal(a.Keys, b.Keys)
	}) {
		t.Errorf("plans %+v, want %+v", loaded.API.Plans, want)
	}
}

// TestApiRole: API Gateway may invoke the functions that have routes, and nothing else. It
// invokes functions that keep tenants apart as another role, so that either still names the
// functions that the stage calls while CloudFormation replaces them.
func TestApiRole(t *testing.T) {
	t.Parallel()
	for isolation, role := range map[string]string{"off": "ApiRole", "on": "IsolatedApiRole"} {
		loaded := loadWith(t, map[string]string{"TenantIsolation": isolation})
		var want []string
		for _, route := range loaded.API.Routes {
			f, _ := loaded.Function(route.Function)
			want = append(want, f.ARN)
		}
		slices.Sort(want)
		for _, id := range []string{"ApiRole", "IsolatedApiRole"} {
			if absent := loaded.Resources[id].Absent; absent == (id == role) {
				t.Errorf("TenantIsolation %s: %s is absent: %t", isolation, id, absent)
			}
		}
		statements := statementsOf(loaded.Resources[role])
		if len(statements) != 1 || statements[0]["Action"] != "lambda:InvokeFunction" {
			t.Fatalf("statements %v", statements)
		}
		if got := slices.Sorted(slices.Values(texts(statements[0]["Resource"]))); !slices.Equal(got, slices.Compact(want)) {
			t.Errorf("API Gateway may invoke %v, want %v", got, want)
		}
	}
}
