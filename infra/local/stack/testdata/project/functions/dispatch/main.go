// Invokes another function, and answers what became of it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
)

type order struct {
	Function string
	Type     types.InvocationType
	Payload  json.RawMessage
}

type outcome struct {
	Status                        int32
	Payload, FunctionError, Fault string
}

func main() {
	client := lambda.New(lambda.Options{
		Region:       os.Getenv("AWS_REGION"),
		BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL_LAMBDA")),
		Credentials: credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
	})
	runtime.Start(func(ctx context.Context, o order) (outcome, error) {
		answer, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &o.Function, InvocationType: o.Type, Payload: o.Payload})
		var fault smithy.APIError
		if errors.As(err, &fault) {
			return outcome{Fault: fault.ErrorCode()}, nil
		}
		if err != nil {
			return outcome{}, err
		}
		return outcome{Status: answer.StatusCode, Payload: string(answer.Payload), FunctionError: aws.ToString(answer.FunctionError)}, nil
	})
}
