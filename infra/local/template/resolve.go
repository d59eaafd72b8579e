package template

import (
	"errors"
	"fmt"
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
