package iam

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

const (
	account = "000000000000"
	root    = "arn:aws:iam::" + account + ":root"
)

// Role is an IAM role that others may assume.
type Role struct {
	Name       string
	ARN        string
	Trust      []TrustStatement
	Statements []Statement
}

// TrustStatement is one statement of a role's trust policy.
type TrustStatement struct {
	Sid        string
	Effect     string   // Allow or Deny
	Principals []string // ARNs of roles, or of the account's root
	Actions    []string
	Conditions map[string]map[string][]string // operator -> key -> values
}

// role is a Role made ready to evaluate.
type role struct {
	name, arn string
	trust     []trustRule
	policy    policy
}

type trustRule struct {
	rule
	principals []string
}

// RegisterRole lets callers assume a role, as far as its trust policy and their statements allow.
func (p *Proxy) RegisterRole(r Role) error {
	compiled := &role{name: r.Name, arn: r.ARN}
	for _, statement := range r.Trust {
		rule, err := compileTrust(statement)
		if err != nil {
			return fmt.Errorf("trust policy of %s: statement %q: %w", r.Name, statement.Sid, err)
		}
		compiled.trust = append(compiled.trust, rule)
	}
	var err error
	if compiled.policy, err = compile(r.Statements); err != nil {
		return fmt.Errorf("policy of %s: %w", r.Name, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roles[r.ARN] = compiled
	return nil
}

var principalForm = regexp.MustCompile(`^arn:aws:iam::` + account + `:(root|role/[\w+=,.@/-]+)$`)

func compileTrust(s TrustStatement) (trustRule, error) {
	if len(s.Principals) == 0 {
		return trustRule{}, fmt.Errorf("it names no principal")
	}
	for _, principal := range s.Principals {
		if !principalForm.MatchString(principal) {
			return trustRule{}, fmt.Errorf("principal %q is neither a role of this account nor its root", principal)
		}
	}
	for _, action := range s.Actions {
		if !strings.HasPrefix(action, "sts:") {
			return trustRule{}, fmt.Errorf("action %q is none of STS", action)
		}
	}
	compiled, err := compileStatement(Statement{Effect: s.Effect, Actions: s.Actions, Resources: []string{"*"}, Conditions: s.Conditions})
	return trustRule{compiled, s.Principals}, err
}

// decide asks the trust policy, too. It is a policy of the resource: the roles of its own account that it names need no other, and
// those that it trusts as a part of the account need a statement of theirs.
func (r *role) decide(own decision, principal string, n Need) decision {
	if own == explicitDeny {
		return explicitDeny
	}
	result := implicitDeny
	for _, t := range r.trust {
		named := slices.Contains(t.principals, principal)
		if !named && !slices.Contains(t.principals, root) || !t.matches(strings.ToLower(n.Action), n) {
			continue
		}
		if t.deny {
			return explicitDeny
		}
		if named || own == allow {
			result = allow
		}
	}
	return result
}
