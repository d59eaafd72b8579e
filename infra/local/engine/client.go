package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
)

// Region is the region that every local client and ARN names.
const Region = "us-east-1"

// NewClient returns a client of the engine at endpoint. The engine accepts any credentials.
func NewClient(endpoint string) *dynamodb.Client {
	return dynamodb.NewFromConfig(config(endpoint))
}

// NewStreamsClient returns a client of the streams of the engine at endpoint.
func NewStreamsClient(endpoint string) *dynamodbstreams.Client {
	return dynamodbstreams.NewFromConfig(config(endpoint))
}

func config(endpoint string) aws.Config {
	return aws.Config{
		Region:       Region,
		Credentials:  credentials.NewStaticCredentialsProvider("local", "local", ""),
		BaseEndpoint: aws.String(endpoint),
	}
}

// CreateTable creates a table and waits until it is active. A table of that name that exists already is left as it is. A
// ttlAttribute that is not empty is set as the table's time to live.
func CreateTable(ctx context.Context, client *dynamodb.Client, input *dynamodb.CreateTableInput, ttlAttribute string) error {
	name := aws.ToString(input.TableName)
	_, err := client.CreateTable(ctx, input)
	if exists := (*types.ResourceInUseException)(nil); err != nil && !errors.As(err, &exists) {
		return fmt.Errorf("create table %s: %w", name, err)
	}
	if err := waitActive(ctx, client, name); err != nil {
		return err
	}
	if ttlAttribute == "" {
		return nil
	}
	return setTimeToLive(ctx, client, name, ttlAttribute)
}

func waitActive(ctx context.Context, client *dynamodb.Client, name string) error {
	for {
		described, err := client.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		if err != nil {
			return fmt.Errorf("describe table %s: %w", name, err)
		}
		if described.Table.TableStatus == types.TableStatusActive {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("table %s is %s: %w", name, described.Table.TableStatus, ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// setTimeToLive asks first: to enable what is enabled is an error.
func setTimeToLive(ctx context.Context, client *dynamodb.Client, name, attribute string) error {
	described, err := client.DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &name})
	if err != nil {
		return fmt.Errorf("describe time to live of table %s: %w", name, err)
	}
	current := described.TimeToLiveDescription
	if current != nil && current.TimeToLiveStatus == types.TimeToLiveStatusEnabled && aws.ToString(current.AttributeName) == attribute {
		return nil
	}
	_, err = client.UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName:               &name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &attribute, Enabled: aws.Bool(true)},
	})
	if err != nil {
		return fmt.Errorf("set time to live of table %s: %w", name, err)
	}
	return nil
}
