package dynamo

import (
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// The attributes of a window's item.
const (
	rateCount   = "count"   // of requests
	rateExpires = "expires" // the window's end in seconds, DynamoDB's TTL
)

// rateKey is the key of a tenant's window. It lies apart from what the tenant
// owns, so that functions which only read a tenant's items may count, and so
// that counting takes nothing from the tenant's own throughput.
func rateKey(t tenant.ID, start, end time.Time) key {
	length := end.Sub(start) / time.Second
	return key{ratePrefix + t.String(), strconv.FormatInt(start.Unix(), 10) + "#" + strconv.FormatInt(int64(length), 10)}
}

// CountRequests implements throttle.Counter at 1 write unit. DynamoDB deletes
// the item once the window has ended.
func (s *Store) CountRequests(ctx context.Context, t tenant.ID, start, end time.Time, n int) (total int, err error) {
	out, err := s.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                &s.table,
		Key:                      rateKey(t, start, end).attributes(),
		UpdateExpression:         aws.String("SET #expires = :end ADD #count :n"),
		ExpressionAttributeNames: map[string]string{"#expires": rateExpires, "#count": rateCount},
		ExpressionAttributeValues: item{
			":end": number(end.Unix()), ":n": number(int64(n)),
		},
		ReturnValues: types.ReturnValueUpdatedNew,
	}, func(o *dynamodb.Options) {
		// The second is for a connection that was closed while the function slept:
		// a counter that is throttled needs no more.
		o.RetryMaxAttempts = 2
	})
	if err != nil {
		return 0, failed("count requests", err)
	}
	return int(item(out.Attributes).number(rateCount)), nil
}
