package template

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rolecall/rolecall/infra/local/iam"
)

// resolver turns YAML nodes into plain values, intrinsic functions evaluated.
type resolver struct {
	sections   map[string]*yaml.Node
	declared   map[string]*yaml.Node // resource logical id to its node
	parameters map[string]string
	conditions map[string]*yaml.Node
}

func newResolver(data []byte, overrides map[string]string) (*resolver, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("parse template: %w", err)
	}
	if len(doc.Content) == 0 {
		return nil, errors.New("the template is empty")
	}
	r := &resolver{parameters: map[string]string{}}
	var err error
	if r.sections, err = entries(doc.Content[0]); err != nil {
		return nil, err
	}
	if r.declared, err = entries(r.sections["Resources"]); err != nil {
		return nil, err
	}
	if r.conditions, err = entries(r.sections["Conditions"]); err != nil {
		return nil, err
	}
	return r, r.readParameters(overrides)
}

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

func (r *resolver) resources() (map[string]Resource, error) {
	out := map[string]Resource{}
	for id, node := range r.declared {
		value, err := r.value(node)
		if err != nil {
			return nil, err
		}
		fields, ok := value.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("line %d: resource %s is not a mapping", node.Line, id)
		}
		res := Resource{Line: node.Line, Attributes: map[string]any{}}
		declared, err := entries(node)
		if err != nil {
			return nil, err
		}
		res.Absent, err = r.absent(declared["Condition"])
		if err != nil {
			return nil, err
		}
		for key, field := range fields {
			switch key {
			case "Type":
				res.Type, _ = field.(string)
			case "Condition":
				res.Condition, _ = field.(string)
			case "Metadata":
				res.Metadata, _ = field.(map[string]any)
			case "Properties":
				res.Properties, _ = field.(map[string]any)
			default:
				res.Attributes[key] = field
			}
		}
		if res.Type == "" {
			return nil, fmt.Errorf("line %d: resource %s has no Type", node.Line, id)
		}
		out[id] = res
	}
	return out, nil
}

// absent tells whether a resource's condition, nil for none, is false.
func (r *resolver) absent(condition *yaml.Node) (bool, error) {
	if condition == nil {
		return false, nil
	}
	holds, err := r.named(condition)
	return !holds, err
}

// globals answers the Globals section: kind of resource to properties.
func (r *resolver) globals() (map[string]map[string]any, error) {
	out := map[string]map[string]any{}
	kinds, err := entries(r.sections["Globals"])
	if err != nil {
		return nil, err
	}
	for kind, node := range kinds {
		value, err := r.value(node)
		if err != nil {
			return nil, err
		}
		out[kind], _ = value.(map[string]any)
	}
	return out, nil
}

// noValue is what AWS::NoValue resolves to: the property goes away.
type noValue struct{}

func (r *resolver) value(node *yaml.Node) (any, error) {
	node = deref(node)
	if name, arg := intrinsic(node); name != "" {
		return r.evaluate(name, arg)
	}
	switch node.Kind {
	case yaml.MappingNode:
		fields, err := entries(node)
		if err != nil {
			return nil, err
		}
		out := make(map[string]any, len(fields))
		for key, field := range fields {
			value, err := r.value(field)
			if err != nil {
				return nil, err
			}
			if _, gone := value.(noValue); !gone {
				out[key] = value
			}
		}
		return out, nil
	case yaml.SequenceNode:
		out := []any{}
		for _, item := range node.Content {
			value, err := r.value(item)
			if err != nil {
				return nil, err
			}
			if _, gone := value.(noValue); !gone {
				out = append(out, value)
			}
		}
		return out, nil
	}
	var out any
	if err := node.Decode(&out); err != nil {
		return nil, fmt.Errorf("line %d: %w", node.Line, err)
	}
	return out, nil
}

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

func (r *resolver) ref(arg *yaml.Node) (any, error) {
	name := arg.Value
	if name == "AWS::NoValue" {
		return noValue{}, nil
	}
	return r.reference(name, arg.Line)
}

func (r *resolver) reference(name string, line int) (string, error) {
	pseudo := map[string]string{
		"AWS::Region": Region, "AWS::AccountId": AccountID, "AWS::Partition": "aws",
		"AWS::URLSuffix": "amazonaws.com", "AWS::StackName": StackName,
	}
	if value, ok := pseudo[name]; ok {
		return value, nil
	}
	if value, ok := r.parameters[name]; ok {
		return value, nil
	}
	if _, ok := r.declared[name]; ok {
		kind, physical, err := r.physical(name)
		switch kind {
		case "AWS::SQS::Queue":
			physical = queueURL(physical)
		case "AWS::SNS::Topic":
			physical = arn(kind, physical)
		}
		return physical, err
	}
	// Here, the alias that SAM generates is the function: there is one version of it.
	if f, ok := strings.CutSuffix(name, ".Alias"); ok && r.declared[f] != nil {
		return r.attribute(f, "Arn", line)
	}
	// SAM generates the stage of an API and lets a template refer to it.
	if api, ok := strings.CutSuffix(name, ".Stage"); ok && r.declared[api] != nil {
		return r.property(api, "StageName")
	}
	return "", fmt.Errorf("line %d: %s is neither a parameter nor a resource", line, name)
}

// physical answers a resource's type and its name: the explicit one or its logical id.
func (r *resolver) physical(id string) (string, string, error) {
	fields, err := entries(r.declared[id])
	if err != nil {
		return "", "", err
	}
	kind := ""
	if fields["Type"] != nil {
		kind = fields["Type"].Value
	}
	if property := nameProperty(kind); property != "" {
		name, err := r.property(id, property)
		if name != "" || err != nil {
			return kind, name, err
		}
	}
	return kind, id, nil
}

func (r *resolver) property(id, name string) (string, error) {
	fields, err := entries(r.declared[id])
	if err != nil {
		return "", err
	}
	properties, err := entries(fields["Properties"])
	if err != nil || properties[name] == nil {
		return "", err
	}
	value, err := r.value(properties[name])
	if err != nil {
		return "", err
	}
	return text(value), nil
}

func (r *resolver) getAtt(arg *yaml.Node) (any, error) {
	id, attribute, _ := strings.Cut(arg.Value, ".")
	if arg.Kind == yaml.SequenceNode && len(arg.Content) == 2 {
		id, attribute = arg.Content[0].Value, arg.Content[1].Value
	}
	return r.attribute(id, attribute, arg.Line)
}

func (r *resolver) attribute(id, attribute string, line int) (string, error) {
	if r.declared[id] == nil {
		// SAM generates the role of a function and lets a template refer to it.
		if f, ok := strings.CutSuffix(id, implicitRole); ok && attribute == "Arn" && r.declared[f] != nil {
			return arn("AWS::IAM::Role", id), nil
		}
		return "", fmt.Errorf("line %d: there is no resource %s", line, id)
	}
	kind, name, err := r.physical(id)
	if err != nil {
		return "", err
	}
	own := arn(kind, name)
	switch {
	case attribute == "Arn" && own != "":
		return own, nil
	case attribute == "StreamArn" && kind == "AWS::DynamoDB::Table":
		return own + "/stream/" + iam.StreamLabel, nil
	case attribute == "QueueName" && kind == "AWS::SQS::Queue":
		return name, nil
	case attribute == "QueueUrl" && kind == "AWS::SQS::Queue":
		return queueURL(name), nil
	}
	return "", fmt.Errorf("line %d: the attribute %s of %s (%s) is not supported", line, attribute, id, kind)
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
	value, err := r.value(arg)
	if err != nil {
		return nil, err
	}
	args, _ := value.([]any)
	if len(args) != 2 {
		return nil, fmt.Errorf("line %d: Join takes a delimiter and a list", arg.Line)
	}
	items, ok := args[1].([]any)
	if !ok {
		return nil, fmt.Errorf("line %d: Join takes a delimiter and a list", arg.Line)
	}
	parts := make([]string, len(items))
	for i, item := range items {
		parts[i] = text(item)
	}
	return strings.Join(parts, text(args[0])), nil
}

func (r *resolver) split(arg *yaml.Node) (any, error) {
	value, err := r.value(arg)
	if err != nil {
		return nil, err
	}
	args, _ := value.([]any)
	if len(args) != 2 {
		return nil, fmt.Errorf("line %d: Split takes a delimiter and a text", arg.Line)
	}
	parts := []any{}
	for part := range strings.SplitSeq(text(args[1]), text(args[0])) {
		parts = append(parts, part)
	}
	return parts, nil
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

func deref(node *yaml.Node) *yaml.Node {
	for node != nil && node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

// entries answers a mapping's fields; a nil node has none.
func entries(node *yaml.Node) (map[string]*yaml.Node, error) {
	out := map[string]*yaml.Node{}
	if node = deref(node); node == nil {
		return out, nil
	}
	if node.Kind != yaml.MappingNode {
		return nil, fmt.Errorf("line %d: a mapping is expected here", node.Line)
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Tag == "!!merge" {
			return nil, fmt.Errorf("line %d: CloudFormation has no merge keys", key.Line)
		}
		if out[key.Value] != nil {
			return nil, fmt.Errorf("line %d: %s appears twice", key.Line, key.Value)
		}
		out[key.Value] = node.Content[i+1]
	}
	return out, nil
}
