package infra_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/template"
	"github.com/rolecall/rolecall/pkg/lambdaenv/tenantaccess"
)

// TestTenantAccess: with sessions, the functions of the API, and no others, may
// begin one for one tenant, and reach the table in no other way.
func TestTenantAccess(t *testing.T) {
	t.Parallel()
	loaded, err := template.Load("../template.yaml", map[string]string{"TenantCredentials": "session-tags"})
	if err != nil {
		t.Fatal(err)
	}
	if len(loaded.Roles) != 1 || len(loaded.Roles[0].Trust) != 1 {
		t.Fatalf("roles %+v", loaded.Roles)
	}
	role, trust := loaded.Roles[0], loaded.Roles[0].Trust[0]
	off := load(t)
	var want []string
	for _, f := range loaded.Functions {
		source, err := os.ReadFile("../" + f.CodeURI + "/main.go")
		if err != nil {
			t.Fatal(err)
		}
		without, _ := off.Function(f.LogicalID)
		statements := len(without.Statements)
		if strings.Contains(string(source), "lambdaenv.ServeAPI(") {
			want, statements = append(want, f.RoleARN), 0
		}
		if f.Environment["TENANT_ROLE_ARN"] != role.ARN || len(f.Statements) != statements {
			t.Errorf("%s: role %q, statements %+v", f.LogicalID, f.Environment["TENANT_ROLE_ARN"], f.Statements)
		}
	}
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(trust.Principals)); !slices.Equal(got, want) {
		t.Errorf("the role trusts %v\nwant %v", got, want)
	}
	if !slices.Equal(trust.Conditions["ForAllValues:StringEquals"]["aws:TagKeys"], []string{tenantaccess.TagKey}) ||
		!slices.Equal(trust.Conditions["Null"]["aws:RequestTag/"+tenantaccess.TagKey], []string{"false"}) {
		t.Errorf("the role is trusted under %v", trust.Conditions)
	}
	for _, s := range role.Statements {
		key := map[string]string{"UseTenantItems": "TENANT#", "CountRequests": "RATE#"}[s.Sid] + "${aws:PrincipalTag/" + tenantaccess.TagKey + "}"
		if s.Effect != "Allow" || len(s.Conditions) != 2 || !slices.Equal(s.Resources, []string{loaded.Tables[0].ARN}) ||
			!slices.Equal(s.Conditions["ForAllValues:StringEquals"]["dynamodb:LeadingKeys"], []string{key}) ||
			!slices.Equal(s.Conditions["Null"]["dynamodb:LeadingKeys"], []string{"false"}) {
			t.Errorf("%s: %+v", s.Sid, s)
		}
		if s.Sid == "CountRequests" && !slices.Equal(s.Actions, []string{"dynamodb:UpdateItem"}) || slices.ContainsFunc(s.Actions, func(a string) bool { return strings.Contains(a, "*") || a == "dynamodb:Scan" }) {
			t.Errorf("%s allows %v", s.Sid, s.Actions)
		}
	}
}

// TestTenantAccessIsOff: unless it is asked for, nothing of it is there.
func TestTenantAccessIsOff(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	if loaded.Parameters["TenantCredentials"] != "off" || len(loaded.Roles) != 0 {
		t.Errorf("TenantCredentials is %q, roles %+v", loaded.Parameters["TenantCredentials"], loaded.Roles)
	}
	for _, f := range loaded.Functions {
		if f.Environment["TENANT_ROLE_ARN"] != "" {
			t.Errorf("%s: role %q", f.LogicalID, f.Environment["TENANT_ROLE_ARN"])
		}
	}
}
