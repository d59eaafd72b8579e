package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/capacity"
)

// bytesOf adds up a tenant's items whose sort keys have a prefix, as DynamoDB does: names
// and values (numbers: one byte for two digits, and one more), and 100 for each item.
func bytesOf(ctx context.Context, engine *capacity.Engine, s *capacity.Service, prefix string) (float64, error) {
	total := 0
	pages := dynamodb.NewQueryPaginator(engine.Client, &dynamodb.QueryInput{
		TableName: &engine.Table, KeyConditionExpression: aws.String("pk = :pk"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: "TENANT#" + s.Tenant.String()}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, fmt.Errorf("read items: %w", err)
		}
		for _, item := range page.Items {
			if sk, ok := item["sk"].(*types.AttributeValueMemberS); ok && strings.HasPrefix(sk.Value, prefix) {
				total += sizeOf(&types.AttributeValueMemberM{Value: item}) + 100
			}
		}
	}
	return float64(total), nil
}

func sizeOf(value types.AttributeValue) int {
	size := 0
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return (len(v.Value)+1)/2 + 1
	case *types.AttributeValueMemberSS:
		for _, text := range v.Value {
			size += len(text)
		}
	case *types.AttributeValueMemberL:
		for _, one := range v.Value {
			size += sizeOf(one) + 1
		}
	case *types.AttributeValueMemberM:
		for name, one := range v.Value {
			size += len(name) + sizeOf(one) + 1
		}
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberBOOL:
		return 1
	}
	return size
}
