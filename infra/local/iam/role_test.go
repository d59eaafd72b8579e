package iam

import (
	"strings"
	"testing"
)

const (
	trusting  = "arn:aws:iam::000000000000:role/Trusting"
	principal = "arn:aws:iam::000000000000:role/GetRoleRole"
)

// TestTrust follows AWS's rule for one account: a role that the trust policy names needs nothing else; one that is trusted as a
// part of its account needs a statement of its own, too.
func TestTrust(t *testing.T) {
	t.Parallel()
	statement := func(effect, principal string) TrustStatement {
		return TrustStatement{Effect: effect, Principals: []string{principal}, Actions: []string{"sts:AssumeRole", "sts:TagSession"}}
	}
	tagged := statement("Allow", principal)
	tagged.Conditions = map[string]map[string][]string{"Null": {"aws:RequestTag/tenant": {"false"}}, "ForAllValues:StringEquals": {"aws:TagKeys": {"tenant"}}}
	own := Statement{Effect: "Allow", Actions: []string{"sts:*"}, Resources: []string{trusting}}
	deny := Statement{Effect: "Deny", Actions: []string{"sts:*"}, Resources: []string{"*"}}
	tenant := map[string][]string{tagKeys: {"tenant"}, requestTag + "tenant": {"acme"}}
	for _, c := range []struct {
		name  string
		trust []TrustStatement
		own   []Statement
		tags  map[string][]string
		want  decision
	}{
		{"nobody is trusted", nil, []Statement{own}, nil, implicitDeny},
		{"named", []TrustStatement{statement("Allow", principal)}, nil, nil, allow},
		{"another is named", []TrustStatement{statement("Allow", principal+"2")}, []Statement{own}, nil, implicitDeny},
		{"the account, without a statement", []TrustStatement{statement("Allow", root)}, nil, nil, implicitDeny},
		{"the account, with a statement", []TrustStatement{statement("Allow", root)}, []Statement{own}, nil, allow},
		{"named, denied by its own", []TrustStatement{statement("Allow", principal)}, []Statement{deny}, nil, explicitDeny},
		{"named, and denied", []TrustStatement{statement("Allow", principal), statement("Deny", root)}, nil, nil, explicitDeny},
		{"with the tag", []TrustStatement{tagged}, nil, tenant, allow},
		{"without the tag", []TrustStatement{tagged}, nil, nil, implicitDeny},
		{"with one tag more", []TrustStatement{tagged}, nil, map[string][]string{tagKeys: {"tenant", "admin"}, requestTag + "tenant": {"acme"}, requestTag + "admin": {"1"}}, implicitDeny},
	} {
		proxy := NewProxy(nil, nil)
		if err := proxy.RegisterRole(Role{Name: "Trusting", ARN: trusting, Trust: c.trust}); err != nil {
			t.Fatal(err)
		}
		if err := proxy.RegisterAs(principal, "KEY", "get-role", c.own); err != nil {
			t.Fatal(err)
		}
		need := Need{Action: "sts:AssumeRole", Resource: trusting, context: c.tags, role: proxy.roles[trusting]}
		if got := proxy.callers["KEY"].decide(need); got != c.want {
			t.Errorf("%s: decision %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRegisterRoleRefusesWhatItCannotEvaluate(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*TrustStatement){
		"names no principal":     func(s *TrustStatement) { s.Principals = nil },
		"neither a role":         func(s *TrustStatement) { s.Principals = []string{"*"} },
		"none of STS":            func(s *TrustStatement) { s.Actions = []string{"*"} },
		"neither Allow nor Deny": func(s *TrustStatement) { s.Effect = "" },
		"key is not supported":   func(s *TrustStatement) { s.Conditions = conditionOn("StringEquals", "sts:ExternalId", "a") },
		"ForAllValues or":        func(s *TrustStatement) { s.Conditions = conditionOn("StringEquals", "aws:TagKeys", "a") },
	} {
		s := TrustStatement{Effect: "Allow", Principals: []string{principal}, Actions: []string{"sts:AssumeRole"}}
		change(&s)
		if err := NewProxy(nil, nil).RegisterRole(Role{Name: "R", ARN: trusting, Trust: []TrustStatement{s}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
