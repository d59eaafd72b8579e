package iam

import (
	"strings"
	"testing"
)

// TestPolicyVariables: a variable is the value of its key and no pattern; without a value, nothing is equal to it.
func TestPolicyVariables(t *testing.T) {
	t.Parallel()
	tenants := Statement{Effect: "Allow", Actions: []string{"dynamodb:GetItem"}, Resources: []string{table}, Conditions: map[string]map[string][]string{
		"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": {"TENANT#${aws:PrincipalTag/tenant}"}},
		"Null":                      {"dynamodb:LeadingKeys": {"false"}},
	}}
	compiled, err := compile([]Statement{tenants})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		tags map[string]string
		keys []string
		want decision
	}{
		{"its own", map[string]string{"tenant": "acme"}, []string{"TENANT#acme"}, allow},
		{"its own, the tag's key in other case", map[string]string{"Tenant": "acme"}, []string{"TENANT#acme"}, allow},
		{"another", map[string]string{"tenant": "acme"}, []string{"TENANT#globex"}, implicitDeny},
		{"a longer one", map[string]string{"tenant": "acme"}, []string{"TENANT#acme-eu"}, implicitDeny},
		{"a shorter one", map[string]string{"tenant": "acme-eu"}, []string{"TENANT#acme"}, implicitDeny},
		{"one of two", map[string]string{"tenant": "acme"}, []string{"TENANT#acme", "TENANT#globex"}, implicitDeny},
		{"no key", map[string]string{"tenant": "acme"}, nil, implicitDeny},
		{"a tag that is a pattern", map[string]string{"tenant": "*"}, []string{"TENANT#acme"}, implicitDeny},
		{"an empty tag", map[string]string{"tenant": ""}, []string{"TENANT#acme"}, implicitDeny},
		{"another tag", map[string]string{"name": "acme"}, []string{"TENANT#acme"}, implicitDeny},
		{"no tag", nil, []string{"TENANT#acme"}, implicitDeny},
		{"no tag, and the key without it", nil, []string{"TENANT#"}, implicitDeny},
		{"no tag, and the key as text", nil, []string{"TENANT#${aws:PrincipalTag/tenant}"}, implicitDeny},
	} {
		by := &caller{policy: compiled, session: &session{tags: c.tags}}
		if got := by.decide(Need{Action: "dynamodb:GetItem", Resource: table, context: map[string][]string{leadingKeys: c.keys}}); got != c.want {
			t.Errorf("%s: decision %v, want %v", c.name, got, c.want)
		}
	}
	if got := (&caller{policy: compiled}).decide(Need{Action: "dynamodb:GetItem", Resource: table, context: map[string][]string{leadingKeys: {"TENANT#"}}}); got != implicitDeny {
		t.Errorf("without a session: %v", got)
	}
}

func TestUnsupportedVariables(t *testing.T) {
	t.Parallel()
	for value, operator := range map[string]string{
		"${aws:username}":                   "ForAllValues:StringEquals",
		"${aws:PrincipalTag/}":              "ForAllValues:StringEquals",
		"${aws:PrincipalTag/a, 'default'}":  "ForAllValues:StringEquals",
		"${*}":                              "ForAllValues:StringEquals",
		"${aws:PrincipalTag/tenant":         "ForAllValues:StringEquals",
		"TENANT#${aws:PrincipalTag/tenant}": "ForAllValues:StringLike",
		"T#${aws:PrincipalTag/tenant}":      "ForAllValues:StringNotEquals",
	} {
		if _, err := compileConditions(conditionOn(operator, "dynamodb:LeadingKeys", value)); err == nil || !strings.Contains(err.Error(), "variable") {
			t.Errorf("%s %s: error %v", operator, value, err)
		}
	}
}
