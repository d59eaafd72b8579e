package template

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// intrinsic names the function a node calls, in its short form (!Ref X) or its
// long one (Ref: X, Fn::Sub: X), and answers the node of its argument.
func intrinsic(node *yaml.Node) (string, *yaml.Node) {
	if tag := node.Tag; strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") {
		arg := *node
		arg.Tag = ""
		return strings.TrimPrefix(tag, "!"), &arg
	}
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 {
		key := node.Content[0].Value
		if name, ok := strings.CutPrefix(key, "Fn::"); ok || key == "Ref" {
			return name, node.Content[1]
		}
	}
	return "", nil
}

func (r *resolver) evaluate(name string, arg *yaml.Node) (any, error) {
	switch name {
	case "Ref":
		return r.ref(arg)
	case "GetAtt":
		return r.getAtt(arg)
	case "Sub":
		return r.sub(arg)
	case "Join":
		return r.join(arg)
	case "Split":
		return r.split(arg)
	case "If":
		return r.choose(arg)
	case "Not", "Equals", "And", "Or", "Condition":
		return r.condition(name, arg)
	}
	return nil, fmt.Errorf("line %d: the intrinsic function %s is not supported", arg.Line, name)
}

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

func (r *resolver) sub(arg *yaml.Node) (any, error) {
	format, variables := arg, map[string]*yaml.Node{}
	if arg.Kind == yaml.SequenceNode && len(arg.Content) == 2 {
		var err error
		format = arg.Content[0]
		if variables, err = entries(arg.Content[1]); err != nil {
			return nil, err
		}
	}
	var failed error
	out := placeholder.ReplaceAllStringFunc(format.Value, func(match string) string {
		value, err := r.substitute(match[2:len(match)-1], variables, format.Line)
		failed = errors.Join(failed, err)
		return value
	})
	return out, failed
}

func (r *resolver) substitute(name string, variables map[string]*yaml.Node, line int) (string, error) {
	if literal, ok := strings.CutPrefix(name, "!"); ok {
		return "${" + literal + "}", nil
	}
	if node := variables[name]; node != nil {
		value, err := r.value(node)
		return text(value), err
	}
	if id, attribute, ok := strings.Cut(name, "."); ok && attribute != "Stage" && attribute != "Alias" {
		return r.attribute(id, attribute, line)
	}
	return r.reference(name, line)
}

func (r *resolver) join(arg *yaml.Node) (any, error) {
	delimiter, list, err := r.pair(arg, "Join takes a delimiter and a list")
	if err != nil {
		return nil, err
	}
	items, ok := list.([]any)
	if !ok {
		return nil, fmt.Errorf("line %d: Join takes a delimiter and a list", arg.Line)
	}
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = text(item)
	}
	return strings.Join(parts, delimiter), nil
}

func (r *resolver) split(arg *yaml.Node) (any, error) {
	delimiter, whole, err := r.pair(arg, "Split takes a delimiter and a text")
	if err != nil {
		return nil, err
	}
	parts := []any{}
	for part := range strings.SplitSeq(text(whole), delimiter) {
		parts = append(parts, part)
	}
	return parts, nil
}

// pair reads what Join and Split take: a delimiter, and what they work on.
func (r *resolver) pair(arg *yaml.Node, wanted string) (delimiter string, on any, err error) {
	value, err := r.value(arg)
	if err != nil {
		return "", nil, err
	}
	args, _ := value.([]any)
	if len(args) != 2 {
		return "", nil, fmt.Errorf("line %d: %s", arg.Line, wanted)
	}
	return text(args[0]), args[1], nil
}

func (r *resolver) choose(arg *yaml.Node) (any, error) {
	if arg.Kind != yaml.SequenceNode || len(arg.Content) != 3 {
		return nil, fmt.Errorf("line %d: If takes a condition and two values", arg.Line)
	}
	holds, err := r.named(arg.Content[0])
	if err != nil {
		return nil, err
	}
	if holds {
		return r.value(arg.Content[1])
	}
	return r.value(arg.Content[2])
}

func (r *resolver) named(node *yaml.Node) (bool, error) {
	condition := r.conditions[node.Value]
	if condition == nil {
		return false, fmt.Errorf("line %d: there is no condition %s", node.Line, node.Value)
	}
	return r.holds(condition)
}

func (r *resolver) holds(node *yaml.Node) (bool, error) {
	node = deref(node)
	// Condition: X is a reference only here; in a policy statement it is a plain key.
	if node.Kind == yaml.MappingNode && len(node.Content) == 2 && node.Content[0].Value == "Condition" {
		return r.named(node.Content[1])
	}
	value, err := r.value(node)
	if err != nil {
		return false, err
	}
	holds, ok := value.(bool)
	if !ok {
		return false, fmt.Errorf("line %d: not a condition", node.Line)
	}
	return holds, nil
}

func (r *resolver) condition(name string, arg *yaml.Node) (any, error) {
	switch {
	case name == "Condition":
		return r.named(arg)
	case name == "Equals" && len(arg.Content) == 2:
		a, errA := r.value(arg.Content[0])
		b, errB := r.value(arg.Content[1])
		return text(a) == text(b), errors.Join(errA, errB)
	case name == "Not" && len(arg.Content) == 1:
		holds, err := r.holds(arg.Content[0])
		return !holds, err
	case (name == "And" || name == "Or") && len(arg.Content) >= 2:
		for _, node := range arg.Content {
			holds, err := r.holds(node)
			if err != nil {
				return nil, err
			}
			if holds == (name == "Or") {
				return holds, nil
			}
		}
		return name == "And", nil
	}
	return nil, fmt.Errorf("line %d: %s has the wrong number of arguments", arg.Line, name)
}
