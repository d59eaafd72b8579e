package template

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

func (r *resolver) readParameters(overrides map[string]string) error {
	declared, err := entries(r.sections["Parameters"])
	if err != nil {
		return err
	}
	for name, node := range declared {
		fields, err := entries(node)
		if err != nil {
			return err
		}
		value, overridden := overrides[name]
		if !overridden && fields["Default"] == nil {
			return fmt.Errorf("line %d: parameter %s has no default and no value", node.Line, name)
		}
		if !overridden {
			value = deref(fields["Default"]).Value
		}
		if err := checkAllowed(name, value, fields["AllowedValues"]); err != nil {
			return err
		}
		if err := checkPattern(name, value, fields["AllowedPattern"]); err != nil {
			return err
		}
		r.parameters[name] = value
	}
	for name := range overrides {
		if _, ok := declared[name]; !ok {
			return fmt.Errorf("parameter %s is not declared", name)
		}
	}
	return nil
}

// checkAllowed refuses what CloudFormation refuses: a value that is not among those
// that the parameter may have.
func checkAllowed(name, value string, allowed *yaml.Node) error {
	if allowed == nil {
		return nil
	}
	var values []string
	for _, node := range deref(allowed).Content {
		values = append(values, deref(node).Value)
	}
	if !slices.Contains(values, value) {
		return fmt.Errorf("parameter %s is %q, and may be only %s", name, value, strings.Join(values, " or "))
	}
	return nil
}

func checkPattern(name, value string, pattern *yaml.Node) error {
	if pattern == nil {
		return nil
	}
	allowed, err := regexp.Compile("^(?:" + pattern.Value + ")$")
	if err != nil {
		return fmt.Errorf("line %d: parameter %s: %w", pattern.Line, name, err)
	}
	if !allowed.MatchString(value) {
		return fmt.Errorf("parameter %s is %q, which does not match %s", name, value, pattern.Value)
	}
	return nil
}
