package simulation

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/rolecall/rolecall/infra/local/eventsource"
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
func newRecord(from types.Record, streamARN string) (record, error) {
	payload, err := eventsource.EncodeRecord(from, streamARN)
	if err != nil {
		return record{}, fmt.Errorf("encode stream record: %w", err)
	}
	change := from.Dynamodb
	return record{tenant: tenantOf(from), item: textOf(change.Keys["sk"]), sequence: aws.ToString(change.SequenceNumber), payload: payload}, nil
}
