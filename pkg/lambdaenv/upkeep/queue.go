package upkeep

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/sync"
)

// queue is the queue of parked records. The event source sends there, too.
type queue struct {
	client *sqs.Client
	url    string
}

func newQueue(config aws.Config, url string) queue {
	return queue{url: url, client: sqs.NewFromConfig(config, func(o *sqs.Options) {
		o.BaseEndpoint = lambdaenv.Endpoint("AWS_ENDPOINT_URL_SQS")
	})}
}

// Park implements sync.Queue.
func (q queue) Park(ctx context.Context, p sync.Parked) error {
	body, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("park record: %w", err)
	}
	if _, err := q.client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: aws.String(string(body))}); err != nil {
		return fmt.Errorf("park record: %w", err)
	}
	return nil
}

// receive takes some messages, which others do not see for that long. There are
// none when it returns none.
func (q queue) receive(ctx context.Context, visibility time.Duration) ([]types.Message, error) {
	out, err := q.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: 10, VisibilityTimeout: int32(visibility / time.Second), WaitTimeSeconds: 1,
	})
	if err != nil {
		return nil, fmt.Errorf("receive parked records: %w", err)
	}
	return out.Messages, nil
}

func (q queue) delete(ctx context.Context, m types.Message) error {
	if _, err := q.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
		return fmt.Errorf("delete parked records: %w", err)
	}
	return nil
}
