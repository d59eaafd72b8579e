package eventsource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const maxPatternLength = 4096

// Filter is the filter criteria of an event source: a record passes that matches any pattern, and all pass without one.
type Filter []test

// test decides on a value of an event; present is false where the event has none.
type test func(value any, present bool) bool

// CompileFilter reads event filter patterns.
func CompileFilter(patterns []string) (Filter, error) {
	var compiled Filter
	for _, pattern := range patterns {
		match, err := compilePattern(pattern)
		if err != nil {
			return nil, fmt.Errorf("filter pattern %s: %w", pattern, err)
		}
		compiled = append(compiled, match)
	}
	return compiled, nil
}

func compilePattern(pattern string) (test, error) {
	if len(pattern) > maxPatternLength {
		return nil, fmt.Errorf("it is longer than %d characters", maxPatternLength)
	}
	parsed, err := decode([]byte(pattern))
	if err != nil {
		return nil, err
	}
	fields, ok := parsed.(map[string]any)
	if !ok {
		return nil, errors.New("it is not an object")
	}
	return compileFields(fields)
}

func decode(document []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

// Passes reports whether a record, in the JSON that the function gets, goes to the function.
func (f Filter) Passes(record json.RawMessage) (bool, error) {
	if len(f) == 0 {
		return true, nil
	}
	event, err := decode(record)
	if err != nil {
		return false, fmt.Errorf("filter record: %w", err)
	}
	return slices.ContainsFunc(f, func(match test) bool { return match(event, true) }), nil
}

// compileFields joins the fields of an object with AND.
func compileFields(fields map[string]any) (test, error) {
	if len(fields) == 0 {
		return nil, errors.New("an object has no fields")
	}
	tests := make([]test, 0, len(fields))
	for name, wanted := range fields {
		one, err := compileField(name, wanted)
		if err != nil {
			return nil, err
		}
		tests = append(tests, one)
	}
	return func(value any, present bool) bool {
		return !slices.ContainsFunc(tests, func(t test) bool { return !t(value, present) })
	}, nil
}

func compileField(name string, wanted any) (test, error) {
	var inner test
	var err error
	switch wanted := wanted.(type) {
	case map[string]any:
		inner, err = compileFields(wanted)
	case []any:
		if name == "$or" {
			return compileOr(wanted)
		}
		inner, err = compileRules(wanted)
	default:
		err = errors.New("a value must stand in an array")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return func(value any, present bool) bool {
		object, _ := value.(map[string]any)
		field, ok := object[name]
		return inner(field, ok)
	}, nil
}

// compileOr joins alternatives across fields.
func compileOr(alternatives []any) (test, error) {
	var tests []test
	for _, alternative := range alternatives {
		fields, ok := alternative.(map[string]any)
		if !ok {
			return nil, errors.New("$or: an alternative is not an object")
		}
		one, err := compileFields(fields)
		if err != nil {
			return nil, fmt.Errorf("$or: %w", err)
		}
		tests = append(tests, one)
	}
	return anyOf(tests)
}

// compileRules joins the rules for one field with OR.
func compileRules(rules []any) (test, error) {
	var tests []test
	for _, rule := range rules {
		one, err := compileRule(rule)
		if err != nil {
			return nil, err
		}
		tests = append(tests, one)
	}
	return anyOf(tests)
}

func anyOf(tests []test) (test, error) {
	if len(tests) == 0 {
		return nil, errors.New("an array is empty")
	}
	return func(value any, present bool) bool {
		return slices.ContainsFunc(tests, func(t test) bool { return t(value, present) })
	}, nil
}

func compileRule(rule any) (test, error) {
	operation, ok := rule.(map[string]any)
	if !ok {
		return compileEquals(rule)
	}
	if len(operation) != 1 {
		return nil, errors.New("a rule needs exactly one operator")
	}
	for operator, operand := range operation {
		compile, ok := operators()[operator]
		if !ok {
			return nil, fmt.Errorf("the operator %q is not one that event filtering supports", operator)
		}
		return compile(operand)
	}
	return nil, nil // unreachable: the rule has one operator
}

func operators() map[string]func(operand any) (test, error) {
	return map[string]func(operand any) (test, error){
		"prefix":             stringRule("prefix", strings.HasPrefix),
		"suffix":             stringRule("suffix", strings.HasSuffix),
		"equals-ignore-case": stringRule("equals-ignore-case", strings.EqualFold),
		"anything-but":       compileAnythingBut,
		"exists":             compileExists,
		"numeric":            compileNumeric,
	}
}

func compileEquals(wanted any) (test, error) {
	switch wanted.(type) {
	case nil, string, bool, json.Number:
	default:
		return nil, errors.New("a value to equal must be a string, a number, true, false or null")
	}
	return leaf(func(value any) bool { return same(wanted, value) }), nil
}

func stringRule(name string, match func(value, operand string) bool) func(any) (test, error) {
	return func(operand any) (test, error) {
		text, ok := operand.(string)
		if !ok {
			return nil, fmt.Errorf("%s needs a string", name)
		}
		return leaf(func(value any) bool {
			s, ok := value.(string)
			return ok && match(s, text)
		}), nil
	}
}

func compileAnythingBut(operand any) (test, error) {
	refused, ok := operand.([]any)
	if !ok {
		refused = []any{operand}
	}
	for _, one := range refused {
		switch one.(type) {
		case string, json.Number:
		default:
			return nil, errors.New("anything-but needs strings or numbers")
		}
	}
	if len(refused) == 0 {
		return nil, errors.New("anything-but needs a value")
	}
	return leaf(func(value any) bool {
		return !slices.ContainsFunc(refused, func(one any) bool { return same(one, value) })
	}), nil
}

// compileExists sees leaves only: an attribute is an object, so a pattern must name its type below it.
func compileExists(operand any) (test, error) {
	wanted, ok := operand.(bool)
	if !ok {
		return nil, errors.New("exists needs true or false")
	}
	return func(value any, present bool) bool {
		_, object := value.(map[string]any)
		return (present && !object) == wanted
	}, nil
}

func compileNumeric(operand any) (test, error) {
	terms, _ := operand.([]any)
	if len(terms) != 2 && len(terms) != 4 {
		return nil, errors.New("numeric needs one or two pairs of a comparison and a number")
	}
	var bounds []func(float64) bool
	for pair := range slices.Chunk(terms, 2) {
		bound, err := compileBound(pair[0], pair[1])
		if err != nil {
			return nil, err
		}
		bounds = append(bounds, bound)
	}
	return leaf(func(value any) bool {
		number, ok := number(value)
		return ok && !slices.ContainsFunc(bounds, func(holds func(float64) bool) bool { return !holds(number) })
	}), nil
}

func compileBound(comparison, operand any) (func(float64) bool, error) {
	limit, ok := number(operand)
	if !ok {
		return nil, errors.New("numeric needs a number after each comparison")
	}
	switch comparison {
	case "=":
		return func(n float64) bool { return n == limit }, nil
	case "<":
		return func(n float64) bool { return n < limit }, nil
	case "<=":
		return func(n float64) bool { return n <= limit }, nil
	case ">":
		return func(n float64) bool { return n > limit }, nil
	case ">=":
		return func(n float64) bool { return n >= limit }, nil
	}
	return nil, fmt.Errorf("numeric has no comparison %v", comparison)
}

// leaf applies a test to a value, or to each element of an array: one that matches is enough.
func leaf(matches func(value any) bool) test {
	return func(value any, present bool) bool {
		if !present {
			return false
		}
		switch value := value.(type) {
		case []any:
			return slices.ContainsFunc(value, matches)
		case map[string]any:
			return false
		}
		return matches(value)
	}
}

func same(wanted, value any) bool {
	a, isNumber := number(wanted)
	b, alsoNumber := number(value)
	if isNumber && alsoNumber {
		return a == b
	}
	return isNumber == alsoNumber && wanted == value
}

func number(value any) (float64, bool) {
	n, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}
