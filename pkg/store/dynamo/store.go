package dynamo

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/resource"
)

// Store implements the stores of pkg/role, pkg/permission, pkg/user, pkg/auth,
// pkg/sync, pkg/onboard and pkg/tenant. It is safe for concurrent use.
type Store struct {
	client *dynamodb.Client
	table  string
	now    func() time.Time
}

// New returns a store over the table. It keeps times in milliseconds.
func New(client *dynamodb.Client, table string, now func() time.Time) *Store {
	return &Store{client: client, table: table, now: func() time.Time { return now().UTC().Truncate(time.Millisecond) }}
}

// get reads one item; nil when there is none. A consistent read sees every
// write that was answered before it, at twice the read units.
func (s *Store) get(ctx context.Context, k key, consistent bool) (item, error) {
	out, err := s.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      &s.table,
		Key:            k.attributes(),
		ConsistentRead: &consistent,
	})
	if err != nil {
		return nil, failed("get item", err)
	}
	return out.Item, nil
}

// maxBatch is the most keys of one BatchGetItem.
const maxBatch = 100

// batchGet reads many items; those that do not exist are left out.
func (s *Store) batchGet(ctx context.Context, keys []key, consistent bool) (map[key]item, error) {
	found := make(map[key]item, len(keys))
	for len(keys) > 0 {
		n := min(len(keys), maxBatch)
		request := types.KeysAndAttributes{ConsistentRead: &consistent}
		for _, k := range keys[:n] {
			request.Keys = append(request.Keys, k.attributes())
		}
		keys = keys[n:]
		for attempt := 0; len(request.Keys) > 0; attempt++ {
			if err := backOff(ctx, attempt); err != nil {
				return nil, err
			}
			out, err := s.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
				RequestItems: map[string]types.KeysAndAttributes{s.table: request},
			})
			if err != nil {
				return nil, failed("batch get items", err)
			}
			for _, it := range out.Responses[s.table] {
				found[keyOf(it)] = it
			}
			request.Keys = out.UnprocessedKeys[s.table].Keys
		}
	}
	return found, nil
}

// span is a range of sort keys in one partition, both ends included.
type span struct{ partition, from, to string }

// prefixed is the span of the sort keys that begin with prefix, which ends in
// '#': the byte after '#' bounds it.
func prefixed(partition, prefix string) span {
	return span{partition, prefix, prefix[:len(prefix)-1] + "$"}
}

// spanOf is the span of the items whose ids, behind prefix, lie in a range.
func spanOf(partition, prefix string, in resource.Span) span {
	s := prefixed(partition, prefix)
	if in.From != "" {
		s.from = prefix + idBound(in.From)
	}
	if in.To != "" {
		s.to = prefix + idBound(in.To)
	}
	return s
}

// idBound fits a bound, which a client may have chosen, into a sort key. Ids
// are ASCII and not longer than codes, so nothing lies between a bound and what
// this returns.
func idBound(bound string) string {
	for i := range len(bound) {
		if bound[i] >= utf8.RuneSelf {
			bound = bound[:i] + "\x7f"
			break
		}
	}
	return bound[:min(len(bound), resource.MaxCodeLength+1)]
}

func (s *Store) query(r span, consistent bool) *dynamodb.QueryInput {
	return &dynamodb.QueryInput{
		TableName:                &s.table,
		ConsistentRead:           &consistent,
		KeyConditionExpression:   aws.String("#pk = :pk AND #sk BETWEEN :from AND :to"),
		ExpressionAttributeNames: map[string]string{"#pk": partitionKey, "#sk": sortKey},
		ExpressionAttributeValues: item{
			":pk": text(r.partition), ":from": text(r.from), ":to": text(r.to),
		},
	}
}

// page reads at most limit items of the span, and tells whether there are
// more.
func (s *Store) page(ctx context.Context, r span, limit int) (items []item, more bool, err error) {
	in := s.query(r, true)
	for {
		in.Limit = aws.Int32(int32(limit - len(items)))
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return nil, false, failed("query", err)
		}
		for _, it := range out.Items {
			items = append(items, it)
		}
		if out.LastEvaluatedKey == nil || len(items) == limit {
			return items, out.LastEvaluatedKey != nil, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// all reads every item of the span.
func (s *Store) all(ctx context.Context, r span) ([]item, error) {
	var items []item
	in := s.query(r, true)
	for {
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return nil, failed("query", err)
		}
		for _, it := range out.Items {
			items = append(items, it)
		}
		if out.LastEvaluatedKey == nil {
			return items, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// count counts the items of the span without returning them.
func (s *Store) count(ctx context.Context, r span) (int, error) {
	in := s.query(r, true)
	in.Select = types.SelectCount
	n := 0
	for {
		out, err := s.client.Query(ctx, in)
		if err != nil {
			return 0, failed("count", err)
		}
		n += int(out.Count)
		if out.LastEvaluatedKey == nil {
			return n, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// last reads the last item of the span; nil when it is empty.
func (s *Store) last(ctx context.Context, r span, consistent bool) (item, error) {
	in := s.query(r, consistent)
	in.ScanIndexForward = aws.Bool(false)
	in.Limit = aws.Int32(1)
	out, err := s.client.Query(ctx, in)
	if err != nil {
		return nil, failed("query", err)
	}
	if len(out.Items) == 0 {
		return nil, nil
	}
	return out.Items[0], nil
}
