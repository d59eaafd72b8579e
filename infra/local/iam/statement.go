package iam

import (
	"fmt"
	"slices"
	"strings"
)

// Statement is one statement of an identity policy, its resources resolved to ARNs.
type Statement struct {
	Sid        string
	Effect     string // Allow or Deny
	Actions    []string
	Resources  []string
	Conditions map[string]map[string][]string // operator -> key -> values
}

// policy is a list of statements made ready to evaluate.
type policy []rule

type rule struct {
	deny       bool
	actions    []string // lower case: IAM compares actions without case
	resources  []string
	conditions []condition
}

type decision int

const (
	implicitDeny decision = iota
	explicitDeny
	allow
)

// compile checks the statements: what this package cannot evaluate is an error here and never a silent yes.
func compile(statements []Statement) (policy, error) {
	compiled := make(policy, 0, len(statements))
	for i, statement := range statements {
		rule, err := compileStatement(statement)
		if err != nil {
			return nil, fmt.Errorf("statement %d %q: %w", i+1, statement.Sid, err)
		}
		compiled = append(compiled, rule)
	}
	return compiled, nil
}

func compileStatement(statement Statement) (rule, error) {
	if statement.Effect != "Allow" && statement.Effect != "Deny" {
		return rule{}, fmt.Errorf("effect %q is neither Allow nor Deny", statement.Effect)
	}
	if len(statement.Actions) == 0 || len(statement.Resources) == 0 {
		return rule{}, fmt.Errorf("it needs at least one action and one resource")
	}
	compiled := rule{deny: statement.Effect == "Deny", resources: statement.Resources}
	for _, action := range statement.Actions {
		if action != "*" && !strings.Contains(action, ":") {
			return rule{}, fmt.Errorf("action %q names no service", action)
		}
		compiled.actions = append(compiled.actions, strings.ToLower(action))
	}
	for _, resource := range statement.Resources {
		if resource != "*" && !strings.HasPrefix(resource, "arn:") {
			return rule{}, fmt.Errorf("resource %q is not an ARN", resource)
		}
		if err := noVariables(resource); err != nil {
			return rule{}, err
		}
	}
	var err error
	compiled.conditions, err = compileConditions(statement.Conditions)
	return compiled, err
}

// evaluate decides as IAM does: a matching Deny wins, then a matching Allow, else nothing allows it.
func (p policy) evaluate(n Need) decision {
	result := implicitDeny
	action := strings.ToLower(n.Action)
	for _, rule := range p {
		if !rule.matches(action, n) {
			continue
		}
		if rule.deny {
			return explicitDeny
		}
		result = allow
	}
	return result
}

func (r rule) matches(action string, n Need) bool {
	return slices.ContainsFunc(r.actions, func(pattern string) bool { return like(pattern, action) }) &&
		slices.ContainsFunc(r.resources, func(pattern string) bool { return like(pattern, n.Resource) }) &&
		!slices.ContainsFunc(r.conditions, func(c condition) bool { return !c.holds(n.context) })
}

// like matches IAM's wildcards: * for any run of characters, ? for exactly one.
func like(pattern, text string) bool {
	star, mark := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

func noVariables(value string) error {
	if strings.Contains(value, "${") {
		return fmt.Errorf("policy variables are not supported: %q", value)
	}
	return nil
}
