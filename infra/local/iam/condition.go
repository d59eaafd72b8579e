package iam

import (
	"fmt"
	"slices"
	"strings"
)

// The condition keys that DynamoDB calls carry here, in lower case: IAM compares keys without case.
const (
	leadingKeys        = "dynamodb:leadingkeys"
	selectKey          = "dynamodb:select"
	enclosingOperation = "dynamodb:enclosingoperation"
)

// Condition keys of calls that pass session tags: all their keys, and the value of each.
const (
	tagKeys    = "aws:tagkeys"
	requestTag = "aws:requesttag/"
)

func isKnown(key string) bool {
	return hasSeveral(key) || key == selectKey || key == enclosingOperation || strings.HasPrefix(key, requestTag) || strings.HasPrefix(key, principalTag)
}

// hasSeveral tells the keys that may have several values in one call.
func hasSeveral(key string) bool { return key == leadingKeys || key == tagKeys }

// condition is one operator applied to one key.
type condition struct {
	key     string
	forAll  bool
	forAny  bool
	isNull  bool // the operator is Null
	missing bool // what the condition is when the key is missing; for Null, whether it must be
	negated bool
	values  []string
	equal   func(value, actual string) bool
}

type operator struct {
	negated bool
	equal   func(value, actual string) bool
}

func operatorNamed(name string) (operator, bool) {
	exact := func(value, actual string) bool { return value == actual }
	switch name {
	case "StringEquals":
		return operator{false, exact}, true
	case "StringNotEquals":
		return operator{true, exact}, true
	case "StringEqualsIgnoreCase":
		return operator{false, strings.EqualFold}, true
	case "StringNotEqualsIgnoreCase":
		return operator{true, strings.EqualFold}, true
	case "StringLike":
		return operator{false, like}, true
	case "StringNotLike":
		return operator{true, like}, true
	}
	return operator{}, false
}

func compileConditions(conditions map[string]map[string][]string) ([]condition, error) {
	var compiled []condition
	for name, keys := range conditions {
		for key, values := range keys {
			one, err := compileCondition(name, strings.ToLower(key), values)
			if err != nil {
				return nil, fmt.Errorf("condition %s on %s: %w", name, key, err)
			}
			compiled = append(compiled, one)
		}
	}
	return compiled, nil
}

func compileCondition(name, key string, values []string) (condition, error) {
	if !isKnown(key) {
		return condition{}, fmt.Errorf("the key is not supported")
	}
	if len(values) == 0 {
		return condition{}, fmt.Errorf("it has no values")
	}
	if name == "Null" {
		return compileNull(key, values)
	}
	compiled := condition{key: key, values: values}
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, compiled.forAll = rest, true
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, compiled.forAny = rest, true
	} else if hasSeveral(key) {
		return condition{}, fmt.Errorf("a key with several values needs ForAllValues or ForAnyValue")
	}
	name, ifExists := strings.CutSuffix(name, "IfExists")
	operator, ok := operatorNamed(name)
	if !ok {
		return condition{}, fmt.Errorf("the operator is not supported")
	}
	compiled.negated, compiled.equal = operator.negated, operator.equal
	// ForAllValues over no values is true, ForAnyValue is false; else a missing key satisfies only what asks for a difference.
	compiled.missing = ifExists || compiled.forAll || operator.negated && !compiled.forAny
	for _, value := range values {
		// Only for equality is it plain what a variable without a value means.
		if strings.Contains(value, "${") && name != "StringEquals" {
			return condition{}, fmt.Errorf("policy variables are supported in StringEquals only: %q", value)
		}
		if err := checkVariables(value); err != nil {
			return condition{}, err
		}
	}
	return compiled, nil
}

func compileNull(key string, values []string) (condition, error) {
	if len(values) != 1 || values[0] != "true" && values[0] != "false" {
		return condition{}, fmt.Errorf("the value must be true or false")
	}
	return condition{key: key, isNull: true, missing: values[0] == "true"}, nil
}

func (c condition) holds(context map[string][]string) bool {
	actual := context[c.key]
	switch {
	case c.isNull:
		return c.missing == (len(actual) == 0)
	case len(actual) == 0:
		return c.missing
	case c.forAny:
		return slices.ContainsFunc(actual, func(value string) bool { return c.accepts(value, context) })
	default:
		return !slices.ContainsFunc(actual, func(value string) bool { return !c.accepts(value, context) })
	}
}

func (c condition) accepts(actual string, context map[string][]string) bool {
	return c.negated != slices.ContainsFunc(c.values, func(value string) bool {
		value, ok := substitute(value, context)
		return ok && c.equal(value, actual)
	})
}
