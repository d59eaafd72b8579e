package template

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// nameProperty is the property that gives a resource an explicit name.
func nameProperty(kind string) string {
	switch kind {
	case "AWS::DynamoDB::Table":
		return "TableName"
	case "AWS::Serverless::Function", "AWS::Lambda::Function":
		return "FunctionName"
	case "AWS::SQS::Queue":
		return "QueueName"
	case "AWS::IAM::Role":
		return "RoleName"
	case "AWS::Logs::LogGroup":
		return "LogGroupName"
	case "AWS::SNS::Topic":
		return "TopicName"
	case "AWS::CloudWatch::Alarm":
		return "AlarmName"
	}
	return ""
}

func explicitName(res Resource, id string) string {
	if name, ok := res.Properties[nameProperty(res.Type)].(string); ok && name != "" {
		return name
	}
	return id
}

// arn is the ARN a resource would have, empty for types that have none here.
func arn(kind, name string) string {
	if kind == "AWS::IAM::Role" {
		return "arn:aws:iam::" + AccountID + ":role/" + name // roles are of no region
	}
	format := map[string]string{
		"AWS::DynamoDB::Table":      "arn:aws:dynamodb:%s:%s:table/%s",
		"AWS::Serverless::Function": "arn:aws:lambda:%s:%s:function:%s",
		"AWS::Lambda::Function":     "arn:aws:lambda:%s:%s:function:%s",
		"AWS::SQS::Queue":           "arn:aws:sqs:%s:%s:%s",
		"AWS::Logs::LogGroup":       "arn:aws:logs:%s:%s:log-group:%s:*", // with the streams in it
		"AWS::SNS::Topic":           "arn:aws:sns:%s:%s:%s",
		"AWS::CloudWatch::Alarm":    "arn:aws:cloudwatch:%s:%s:alarm:%s",
	}[kind]
	if format == "" {
		return ""
	}
	return fmt.Sprintf(format, Region, AccountID, name)
}

// merged puts Globals under a resource's properties as SAM does: mappings are
// merged, lists joined, and of two plain values the resource's wins.
func merged(global, own map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range global {
		out[key] = value
	}
	for key, value := range own {
		base, both := out[key]
		switch v := value.(type) {
		case map[string]any:
			if b, ok := base.(map[string]any); ok && both {
				value = merged(b, v)
			}
		case []any:
			if b, ok := base.([]any); ok && both {
				value = append(append([]any{}, b...), v...)
			}
		}
		out[key] = value
	}
	return out
}

// decode reads resolved properties into a struct.
func decode(properties any, out any) error {
	data, err := json.Marshal(properties)
	if err != nil {
		return fmt.Errorf("encode properties: %w", err)
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("read properties: %w", err)
	}
	return nil
}

// text is a plain value as CloudFormation hands it on.
func text(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// texts is a plain value or a list of them.
type texts []string

// UnmarshalJSON reads one value or a list of values.
func (t *texts) UnmarshalJSON(data []byte) error {
	var value any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // a float64 would print 1209600 as 1.2096e+06
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	items, ok := value.([]any)
	if !ok {
		items = []any{value}
	}
	for _, item := range items {
		switch item.(type) {
		case map[string]any, []any, nil:
			return fmt.Errorf("%s: plain values are expected", data)
		}
		*t = append(*t, text(item))
	}
	return nil
}

// number is a number that a template may also write as a string.
type number int

// UnmarshalJSON reads 10 and "10".
func (n *number) UnmarshalJSON(data []byte) error {
	var value json.Number
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	i, err := value.Int64()
	*n = number(i)
	return err
}
