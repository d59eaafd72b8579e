package dynamo

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// PutUsers writes many users, and all that goes with them, without transactions.
// The tenant has no others.
func (s *Store) PutUsers(ctx context.Context, t tenant.ID, users []user.User) error {
	counts := map[key]int64{}
	var items []item
	for _, u := range users {
		u.Meta = resource.Meta{Version: 1, Created: s.now(), LastModified: s.now()}
		items = append(items, encodeUser(t, u), encodeUserName(t, u))
		for _, way := range ways(u) {
			items = append(items, tenantKey(t, way).attributes())
		}
		counts[userCountKey(t, u.ID)]++
	}
	for k, n := range counts {
		it := k.attributes()
		it["n"] = number(n)
		items = append(items, it)
	}
	for batch := range slices.Chunk(items, maxBatchWrite) {
		var requests []types.WriteRequest
		for _, it := range batch {
			requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
		}
		if _, err := s.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.table: requests}}); err != nil {
			return err
		}
	}
	return nil
}
