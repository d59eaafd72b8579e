package iam_test

import (
	"context"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/rolecall/rolecall/infra/local/engine"
	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/infra/local/iam"
)

// stream is a stream of a new table with one record, its ARN with the region that events and parked messages have.
func stream(t *testing.T) (table, arn, shard string) {
	t.Helper()
	client, table := enginetest.TableWithStream(t)
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item("acme", "1")}); err != nil {
		t.Fatal(err)
	}
	streams := engine.NewStreamsClient(enginetest.Endpoint(t))
	listed, err := streams.ListStreams(t.Context(), &dynamodbstreams.ListStreamsInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	described, err := streams.DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: listed.Streams[0].StreamArn})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.SplitN(*listed.Streams[0].StreamArn, ":", 6)
	parts[3] = engine.Region
	return table, strings.Join(parts, ":"), *described.StreamDescription.Shards[0].ShardId
}

func streamsClient(url string) *dynamodbstreams.Client {
	return dynamodbstreams.New(dynamodbstreams.Options{
		Region: engine.Region, BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("KEY", "secret", "token"), RetryMaxAttempts: 1,
	})
}

// read reads a stream as a function does, and returns how many records it got.
func read(ctx context.Context, client *dynamodbstreams.Client, arn, shard string) (int, error) {
	if _, err := client.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &arn}); err != nil {
		return 0, err
	}
	at, err := client.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &arn, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		return 0, err
	}
	page, err := client.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: at.ShardIterator})
	if err != nil {
		return 0, err
	}
	return len(page.Records), nil
}

func TestProxyReadsStreams(t *testing.T) {
	t.Parallel()
	table, arn, shard := stream(t)
	other, _, _ := stream(t)
	const prefix = "arn:aws:dynamodb:us-east-1:000000000000:table/"
	for name, test := range map[string]struct {
		resource string
		allowed  bool
	}{
		"as the template resolves StreamArn": {prefix + table + "/stream/" + iam.StreamLabel, true},
		"any label":                          {prefix + table + "/stream/*", true},
		"any table":                          {prefix + "*/stream/*", true},
		"everything":                         {"*", true},
		"the table":                          {prefix + table, false},
		"another table's":                    {prefix + other + "/stream/" + iam.StreamLabel, false},
		"another table's, any label":         {prefix + other + "/stream/*", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint := enginetest.Endpoint(t)
			proxy := iam.NewProxy(func() string { return endpoint }, func(string) (string, bool) { return "", false })
			if err := proxy.Register("KEY", "redrive", []iam.Statement{{Effect: "Allow", Actions: []string{"dynamodb:*"}, Resources: []string{test.resource}}}); err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(proxy)
			t.Cleanup(server.Close)
			count, err := read(t.Context(), streamsClient(server.URL), arn, shard)
			if !test.allowed {
				wantCode(t, err, "AccessDeniedException")
				return
			}
			if err != nil || count != 1 {
				t.Errorf("%d records, %v", count, err)
			}
			if used := proxy.Used()["redrive"]; !slices.Equal(used, []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}) {
				t.Errorf("used %q", used)
			}
		})
	}
}

// TestProxyKnowsTheTableOfAnIterator: one that another function made gives no access.
func TestProxyKnowsTheTableOfAnIterator(t *testing.T) {
	t.Parallel()
	table, _, _ := stream(t)
	_, foreign, shard := stream(t)
	endpoint := enginetest.Endpoint(t)
	at, err := engine.NewStreamsClient(endpoint).GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &foreign, ShardId: &shard, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
	})
	if err != nil {
		t.Fatal(err)
	}
	proxy := iam.NewProxy(func() string { return endpoint }, func(string) (string, bool) { return "", false })
	err = proxy.Register("KEY", "redrive", []iam.Statement{{
		Effect: "Allow", Actions: []string{"dynamodb:GetRecords"}, Resources: []string{"arn:aws:dynamodb:us-east-1:000000000000:table/" + table + "/stream/*"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	for _, iterator := range []*string{at.ShardIterator, aws.String("made up")} {
		_, err := streamsClient(server.URL).GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: iterator})
		wantCode(t, err, "AccessDeniedException")
	}
}
