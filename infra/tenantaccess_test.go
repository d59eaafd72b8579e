package infra_test

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/iam"
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
	for _, f := range loaded.Functions {
		source, err := os.ReadFile("../" + f.CodeURI + "/main.go")
		if err != nil {
			t.Fatal(err)
		}
		without, _ := off.Function(f.LogicalID)
		want := without.Statements
		if strings.Contains(string(source), "lambdaenv.ServeAPI(") {
			want = []iam.Statement{{Sid: "BeginSessionOfOneTenant", Effect: "Allow", Actions: []string{"sts:AssumeRole", "sts:TagSession"}, Resources: []string{role.ARN}}}
		}
		if f.Environment["TENANT_ROLE_ARN"] != role.ARN || !reflect.DeepEqual(f.Statements, want) {
			t.Errorf("%s: role %q, statements %+v", f.LogicalID, f.Environment["TENANT_ROLE_ARN"], f.Statements)
		}
	}
	// A trust policy has at most 2,048 characters, too few to name the functions' roles.
	if want := []string{"arn:aws:iam::000000000000:root"}; !slices.Equal(trust.Principals, want) {
		t.Errorf("the role trusts %v, want %v", trust.Principals, want)
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
