package upkeep

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// parkedMessage is either kind of message in the queue: sync.Parked, or what
// Lambda sends for a batch that it gave up, which has no records.
type parkedMessage struct {
	sync.Parked
	DDBStreamBatchInfo batchInfo
}

// batchInfo names records of a stream.
type batchInfo struct {
	StreamARN           string
	ShardID             string
	StartSequenceNumber string
	EndSequenceNumber   string
}

func decodeParked(body string) (parkedMessage, bool) {
	var m parkedMessage
	err := json.Unmarshal([]byte(body), &m)
	return m, err == nil
}

// streamReader looks up what parked records were about.
type streamReader struct{ client *dynamodbstreams.Client }

func newStreamReader(config aws.Config) streamReader {
	return streamReader{dynamodbstreams.NewFromConfig(config, func(o *dynamodbstreams.Options) {
		o.BaseEndpoint = lambdaenv.Endpoint("AWS_ENDPOINT_URL_DYNAMODB_STREAMS")
	})}
}

// tenantsIn returns the tenants of a batch's records. They are not known when
// the stream has dropped them, which it does after 24 hours.
func (s streamReader) tenantsIn(ctx context.Context, batch batchInfo) (tenants []tenant.ID, known bool, err error) {
	found := map[tenant.ID]bool{}
	iterator, err := s.iterator(ctx, batch)
	// The records are there, so an end comes; should they not be, nothing is known.
	for empty := 0; err == nil && iterator != nil && empty < 100; {
		var page *dynamodbstreams.GetRecordsOutput
		if page, err = s.client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: iterator}); err != nil {
			break
		}
		for _, record := range page.Records {
			if record.Dynamodb == nil || behind(aws.ToString(record.Dynamodb.SequenceNumber), batch.EndSequenceNumber) {
				return inOrder(found), true, nil
			}
			if t, ok := tenantOf(record); ok {
				found[t] = true
			}
			if aws.ToString(record.Dynamodb.SequenceNumber) == batch.EndSequenceNumber {
				return inOrder(found), true, nil
			}
		}
		if len(page.Records) == 0 {
			empty++
		}
		iterator = page.NextShardIterator
	}
	if err != nil && !isGone(err) {
		return nil, false, fmt.Errorf("read parked records: %w", err)
	}
	return nil, false, nil
}

func (s streamReader) iterator(ctx context.Context, batch batchInfo) (*string, error) {
	out, err := s.client.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &batch.StreamARN, ShardId: &batch.ShardID,
		ShardIteratorType: types.ShardIteratorTypeAtSequenceNumber, SequenceNumber: &batch.StartSequenceNumber,
	})
	if err != nil {
		return nil, err
	}
	return out.ShardIterator, nil
}

func tenantOf(record types.Record) (tenant.ID, bool) {
	text := func(name string) string {
		if value, ok := record.Dynamodb.Keys[name].(*types.AttributeValueMemberS); ok {
			return value.Value
		}
		return ""
	}
	owner, _ := dynamo.OwnerOf(text("pk"), text("sk")) // a tenant is told even of a key that names nothing
	return owner.Tenant, !owner.Tenant.IsZero()
}

// isGone tells whether the records cannot be read any more.
func isGone(err error) bool {
	var trimmed *types.TrimmedDataAccessException
	var missing *types.ResourceNotFoundException
	return errors.As(err, &trimmed) || errors.As(err, &missing)
}

// behind tells whether a sequence number, in decimal, comes behind another.
func behind(a, b string) bool {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) > 0
}

func inOrder(tenants map[tenant.ID]bool) []tenant.ID {
	return slices.SortedFunc(maps.Keys(tenants), func(a, b tenant.ID) int { return strings.Compare(a.String(), b.String()) })
}
