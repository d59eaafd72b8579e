package simulation

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// record is a record of the stream that passed the event source's filter.
type record struct {
	tenant   tenant.ID // none of a record that can never be applied
	item     string    // sort key
	sequence string
	payload  json.RawMessage // as Lambda sends it
	tries    int
}

// passes is the filter of the function's event source.
func passes(r types.Record) bool {
	sort := textOf(r.Dynamodb.Keys["sk"])
	switch {
	case strings.HasPrefix(sort, "ROLE#"):
		return true
	case sort == "CONFIG":
		return r.EventName == types.OperationTypeModify
	default:
		return rechecks(r)
	}
}

// rechecks tells whether the record is of a set that was written without looking
// at all the roles it rests on.
func rechecks(r types.Record) bool {
	return strings.HasPrefix(textOf(r.Dynamodb.Keys["sk"]), "PSET#") && textOf(r.Dynamodb.NewImage[dynamo.Recheck]) == dynamo.RecheckAll
}

// tenantOf returns whose item changed; none for what belongs to no tenant.
func tenantOf(r types.Record) tenant.ID {
	name, _ := strings.CutPrefix(textOf(r.Dynamodb.Keys["pk"]), "TENANT#")
	t, _ := tenant.ParseID(name)
	return t
}

func textOf(v types.AttributeValue) string {
	text, _ := v.(*types.AttributeValueMemberS)
	if text == nil {
		return ""
	}
	return text.Value
}

// newRecord turns a record into what Lambda sends.
func newRecord(from types.Record) (record, error) {
	change := from.Dynamodb
	payload, err := json.Marshal(map[string]any{
		"eventID": aws.ToString(from.EventID), "eventName": from.EventName, "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "us-east-1",
		"dynamodb": map[string]any{
			"ApproximateCreationDateTime": aws.ToTime(change.ApproximateCreationDateTime).Unix(),
			"Keys":                        image(change.Keys), "NewImage": image(change.NewImage), "OldImage": image(change.OldImage),
			"SequenceNumber": aws.ToString(change.SequenceNumber), "SizeBytes": aws.ToInt64(change.SizeBytes), "StreamViewType": change.StreamViewType,
		},
	})
	if err != nil {
		return record{}, fmt.Errorf("encode stream record: %w", err)
	}
	return record{tenant: tenantOf(from), item: textOf(change.Keys["sk"]), sequence: aws.ToString(change.SequenceNumber), payload: payload}, nil
}

// image is an item in DynamoDB's JSON; JSON makes base64 of bytes.
func image(attributes map[string]types.AttributeValue) map[string]any {
	image := make(map[string]any, len(attributes))
	for name, value := range attributes {
		image[name] = inJSON(value)
	}
	return image
}

func inJSON(value types.AttributeValue) map[string]any {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": v.Value}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": image(v.Value)}
	case *types.AttributeValueMemberL:
		list := make([]any, len(v.Value))
		for i, element := range v.Value {
			list[i] = inJSON(element)
		}
		return map[string]any{"L": list}
	}
	return map[string]any{"NULL": true}
}
