// Sends the event it gets to a queue, and then hangs or fails if the event says so.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func main() {
	client := sqs.New(sqs.Options{
		Region:       os.Getenv("AWS_REGION"),
		BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_SQS")),
		Credentials: credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
	})
	lambda.Start(func(ctx context.Context, event json.RawMessage) (json.RawMessage, error) {
		_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("QUEUE_URL")), MessageBody: aws.String(string(event))})
		if err != nil {
			return nil, err
		}
		var say struct{ Fail, Hang bool }
		if err := json.Unmarshal(event, &say); err != nil {
			return nil, err
		}
		if say.Hang {
			<-ctx.Done()
		}
		if say.Fail {
			return nil, errors.New("as told")
		}
		return event, nil
	})
}
