// Takes a parked batch from the queue, and answers the keys of its records, read from the stream.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

type parked struct {
	Batch struct {
		ShardID             string
		StartSequenceNumber string
		BatchSize           int32
		StreamArn           string
	} `json:"DDBStreamBatchInfo"`
}

func main() {
	identity := credentials.NewStaticCredentialsProvider(
		os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN"))
	queue := sqs.New(sqs.Options{
		Region: os.Getenv("AWS_REGION"), BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_SQS")), Credentials: identity,
	})
	streams := dynamodbstreams.New(dynamodbstreams.Options{
		Region: os.Getenv("AWS_REGION"), BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_DYNAMODB_STREAMS")), Credentials: identity,
	})
	lambda.Start(func(ctx context.Context) ([]string, error) {
		url := aws.String(os.Getenv("QUEUE_URL"))
		received, err := queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: url})
		if err != nil {
			return nil, err
		}
		if len(received.Messages) != 1 {
			return nil, errors.New("nothing is parked")
		}
		keys, err := read(ctx, streams, *received.Messages[0].Body)
		if err != nil {
			return nil, err
		}
		_, err = queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: url, ReceiptHandle: received.Messages[0].ReceiptHandle})
		return keys, err
	})
}

func read(ctx context.Context, streams *dynamodbstreams.Client, body string) ([]string, error) {
	var message parked
	if err := json.Unmarshal([]byte(body), &message); err != nil {
		return nil, err
	}
	batch := message.Batch
	if _, err := streams.DescribeStream(ctx, &dynamodbstreams.DescribeStreamInput{StreamArn: &batch.StreamArn}); err != nil {
		return nil, err
	}
	at, err := streams.GetShardIterator(ctx, &dynamodbstreams.GetShardIteratorInput{
		StreamArn: &batch.StreamArn, ShardId: &batch.ShardID,
		ShardIteratorType: types.ShardIteratorTypeAtSequenceNumber, SequenceNumber: &batch.StartSequenceNumber,
	})
	if err != nil {
		return nil, err
	}
	page, err := streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: at.ShardIterator, Limit: &batch.BatchSize})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, record := range page.Records {
		keys = append(keys, record.Dynamodb.Keys["pk"].(*types.AttributeValueMemberS).Value)
	}
	return keys, nil
}
