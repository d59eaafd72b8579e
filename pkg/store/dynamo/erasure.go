package dynamo

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

const (
	erasedAtOnce  = 100 // items of one step
	maxBatchWrite = 25  // DynamoDB's own limit
)

// Erase implements tenant.Eraser, at 1 write unit for each KB. The order of the
// sort keys is the order of deletion: sets go before roles, so that the stream's
// records of deleted roles find nothing to bring in line, and the configuration
// goes last, so that an interrupted deletion can be seen and taken up.
func (s *Store) Erase(ctx context.Context, t tenant.ID, by audit.Actor, goOn func() bool) (tenant.Erasure, error) {
	var done tenant.Erasure
	configuration, err := s.Configure(ctx, t, by, func(c tenant.Configuration) (tenant.Configuration, error) {
		c.State, c.Issuer = tenant.Deleting, nil // with the issuer goes the way from its JWTs to the tenant
		return c, nil
	})
	if err != nil {
		return done, err
	}
	for goOn() {
		items, err := s.toErase(ctx, t)
		if err != nil {
			return done, err
		}
		if len(items) == 0 {
			if done.Wait = configuration.InactiveSince.Add(tenant.Grace).Sub(s.now()); done.Wait > 0 {
				return done, nil
			}
			done.Wait = 0
			done.Complete, err = true, s.forget(ctx, t)
			return done, err
		}
		n, err := s.erase(ctx, items)
		done.Deleted += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// toErase reads the first items of a tenant's partition: their keys, and the
// hashes of tokens. The configuration is not among them.
func (s *Store) toErase(ctx context.Context, t tenant.ID) ([]item, error) {
	const beforeAll, behindAll = " ", "~" // sort keys begin with a capital
	in := s.query(span{partition(t), beforeAll, behindAll}, true)
	in.Limit = aws.Int32(erasedAtOnce)
	in.ProjectionExpression = aws.String("#pk, #sk, #hash")
	in.ExpressionAttributeNames["#hash"] = "hash"
	out, err := s.client.Query(ctx, in)
	if err != nil {
		return nil, failed("read what to delete", err)
	}
	var items []item
	for _, it := range out.Items {
		if item(it).text(sortKey) != configKey {
			items = append(items, it)
		}
	}
	return items, nil
}

// erase deletes items, and before them the ways to tokens, which are found by
// nothing else.
func (s *Store) erase(ctx context.Context, items []item) (deleted int, err error) {
	var ways, keys []key
	for _, it := range items {
		if hash := it.text("hash"); hash != "" {
			ways = append(ways, key{tokenHashPrefix + hash, tokenKey})
		}
		keys = append(keys, keyOf(it))
	}
	for _, list := range [][]key{ways, keys} {
		for len(list) > 0 {
			n := min(len(list), maxBatchWrite)
			if err := s.deleteBatch(ctx, list[:n]); err != nil {
				return deleted, err
			}
			deleted += n
			list = list[n:]
		}
	}
	return deleted, nil
}

// deleteBatch deletes items without a condition.
func (s *Store) deleteBatch(ctx context.Context, keys []key) error {
	requests := make([]types.WriteRequest, len(keys))
	for i, k := range keys {
		requests[i].DeleteRequest = &types.DeleteRequest{Key: k.attributes()}
	}
	for attempt := range maxAttempts {
		if err := backOff(ctx, attempt); err != nil {
			return err
		}
		out, err := s.client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.table: requests}})
		if err != nil {
			return failed("delete items", err)
		}
		if requests = out.UnprocessedItems[s.table]; len(requests) == 0 {
			return nil
		}
	}
	return resource.ErrBusy
}

// forget deletes what says that the tenant exists. That somebody else has done so
// is no error.
func (s *Store) forget(ctx context.Context, t tenant.ID) error {
	tx := s.newTransaction()
	tx.delete(tenantKey(t, configKey), equal("state", text(string(tenant.Deleting))), tenant.ErrUnknown)
	tx.delete(tenantEntryKey(t), condition{}, nil)
	if err := s.commit(ctx, tx); !errors.Is(err, tenant.ErrUnknown) {
		return err
	}
	return nil
}
