package upkeep

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

// handover lets a function go on with a request by itself.
type handover[Request any] func(ctx context.Context, request Request) error

// handoverTo invokes a function and does not wait for its answer.
func handoverTo[Request any](config aws.Config, function string) handover[Request] {
	client := lambda.NewFromConfig(config, func(o *lambda.Options) {
		o.BaseEndpoint = lambdaenv.Endpoint("AWS_ENDPOINT_URL_LAMBDA")
	})
	return func(ctx context.Context, request Request) error {
		payload, err := json.Marshal(request)
		if err != nil {
			return fmt.Errorf("hand over to %s: %w", function, err)
		}
		if _, err := client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, InvocationType: types.InvocationTypeEvent, Payload: payload}); err != nil {
			return fmt.Errorf("hand over to %s: %w", function, err)
		}
		return nil
	}
}
