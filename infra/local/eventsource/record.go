package eventsource

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
)

const region = "us-east-1"

// record is a change as the function will see it.
type record struct {
	sequence string
	created  time.Time
	item     string // identifies the item changed, for order
	payload  json.RawMessage
}

// eventRecord is a record of the event that Lambda sends.
type eventRecord struct {
	EventID        string    `json:"eventID"`
	EventName      string    `json:"eventName"`
	EventVersion   string    `json:"eventVersion"`
	EventSource    string    `json:"eventSource"`
	AWSRegion      string    `json:"awsRegion"`
	DynamoDB       change    `json:"dynamodb"`
	UserIdentity   *identity `json:"userIdentity,omitempty"`
	EventSourceARN string    `json:"eventSourceARN"`
}

// identity is there for an item that time to live deleted.
type identity struct {
	PrincipalID string `json:"principalId"`
	Type        string `json:"type"`
}

type change struct {
	ApproximateCreationDateTime int64      `json:"ApproximateCreationDateTime"`
	Keys                        attributes `json:"Keys,omitempty"`
	NewImage                    attributes `json:"NewImage,omitempty"`
	OldImage                    attributes `json:"OldImage,omitempty"`
	SequenceNumber              string     `json:"SequenceNumber"`
	SizeBytes                   int64      `json:"SizeBytes"`
	StreamViewType              string     `json:"StreamViewType"`
}

// attributes are attribute values in DynamoDB's JSON.
type attributes map[string]any

// EncodeRecord turns a record of a stream into what the function gets of it.
func EncodeRecord(from types.Record, streamARN string) (json.RawMessage, error) {
	encoded, err := newRecord(from, streamARN)
	return encoded.payload, err
}

func newRecord(from types.Record, streamARN string) (record, error) {
	stream := from.Dynamodb
	if stream == nil {
		return record{}, fmt.Errorf("record %s has no change", aws.ToString(from.EventID))
	}
	created := aws.ToTime(stream.ApproximateCreationDateTime)
	event := eventRecord{
		EventID:      aws.ToString(from.EventID),
		EventName:    string(from.EventName),
		EventVersion: "1.1",
		EventSource:  "aws:dynamodb",
		AWSRegion:    region,
		DynamoDB: change{
			ApproximateCreationDateTime: created.Unix(),
			Keys:                        wireImage(stream.Keys),
			NewImage:                    wireImage(stream.NewImage),
			OldImage:                    wireImage(stream.OldImage),
			SequenceNumber:              aws.ToString(stream.SequenceNumber),
			SizeBytes:                   aws.ToInt64(stream.SizeBytes),
			StreamViewType:              string(stream.StreamViewType),
		},
		EventSourceARN: inRegion(streamARN),
	}
	if who := from.UserIdentity; who != nil {
		event.UserIdentity = &identity{PrincipalID: aws.ToString(who.PrincipalId), Type: aws.ToString(who.Type)}
	}
	payload, err := json.Marshal(event)
	if err != nil {
		return record{}, fmt.Errorf("record %s: %w", event.EventID, err)
	}
	item, err := json.Marshal(event.DynamoDB.Keys)
	if err != nil {
		return record{}, fmt.Errorf("keys of record %s: %w", event.EventID, err)
	}
	return record{sequence: event.DynamoDB.SequenceNumber, created: created, item: string(item), payload: payload}, nil
}

// wireImage turns attribute values into the form that JSON encodes as DynamoDB does; []byte becomes base64.
func wireImage(image map[string]types.AttributeValue) attributes {
	if image == nil {
		return nil
	}
	wire := make(attributes, len(image))
	for name, value := range image {
		wire[name] = wireValue(value)
	}
	return wire
}

func wireValue(value types.AttributeValue) map[string]any {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return map[string]any{"S": v.Value}
	case *types.AttributeValueMemberN:
		return map[string]any{"N": v.Value}
	case *types.AttributeValueMemberB:
		return map[string]any{"B": v.Value}
	case *types.AttributeValueMemberBOOL:
		return map[string]any{"BOOL": v.Value}
	case *types.AttributeValueMemberNULL:
		return map[string]any{"NULL": v.Value}
	case *types.AttributeValueMemberSS:
		return map[string]any{"SS": v.Value}
	case *types.AttributeValueMemberNS:
		return map[string]any{"NS": v.Value}
	case *types.AttributeValueMemberBS:
		return map[string]any{"BS": v.Value}
	case *types.AttributeValueMemberM:
		return map[string]any{"M": wireImage(v.Value)}
	case *types.AttributeValueMemberL:
		list := make([]any, 0, len(v.Value))
		for _, element := range v.Value {
			list = append(list, wireValue(element))
		}
		return map[string]any{"L": list}
	}
	return nil
}

// inRegion gives an ARN of the engine, which names itself as the region, the region that ARNs have here.
func inRegion(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 {
		return arn
	}
	parts[3] = region
	return strings.Join(parts, ":")
}

// event is the payload that the function receives.
func event(records []record) []byte {
	var payload []byte
	payload = append(payload, `{"Records":[`...)
	for i, record := range records {
		if i > 0 {
			payload = append(payload, ',')
		}
		payload = append(payload, record.payload...)
	}
	return append(payload, `]}`...)
}
