package dynamo

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// PutAuditRecords writes many records, without the changes they tell of.
func (s *Store) PutAuditRecords(ctx context.Context, t tenant.ID, records []audit.Record) error {
	for batch := range slices.Chunk(records, 25) {
		var requests []types.WriteRequest
		for _, r := range batch {
			requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: encodeAudit(t, r)}})
		}
		if _, err := s.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.table: requests}}); err != nil {
			return err
		}
	}
	return nil
}
