package dynamo

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// PutRoles writes many roles and their names, without transactions.
func (s *Store) PutRoles(ctx context.Context, t tenant.ID, roles []role.Role) error {
	var requests []types.WriteRequest
	for _, r := range roles {
		r.Meta = resource.Meta{Version: 1, Created: s.now(), LastModified: s.now()}
		for _, it := range []item{encodeRole(t, r), encodeRoleName(t, r)} {
			requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: it}})
		}
	}
	for batch := range slices.Chunk(requests, 25) {
		if _, err := s.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.table: batch}}); err != nil {
			return err
		}
	}
	return nil
}
