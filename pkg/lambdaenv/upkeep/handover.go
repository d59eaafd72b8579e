package upkeep

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
)

// handover lets the function reconcile-tenant go on with a request by itself.
type handover func(ctx context.Context, request ReconcileRequest) error

// handoverTo invokes a function and does not wait for its answer.
func handoverTo(config aws.Config, function string) handover {
	client := lambda.NewFromConfig(config, func(o *lambda.Options) {
		o.BaseEndpoint = lambdaenv.Endpoint("AWS_ENDPOINT_URL_LAMBDA")
	})
	return func(ctx context.Context, request ReconcileRequest) error {
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

// timeLeft says, as long as it is asked, whether there is time for another step:
// all of the invocation's but a quarter, at most 30 s, for the step itself and
// for what comes after. most, unless 0, is less.
func timeLeft(ctx context.Context, most time.Duration) (goOn func() bool) {
	var ends []time.Time
	if deadline, ok := ctx.Deadline(); ok {
		ends = append(ends, deadline.Add(-min(time.Until(deadline)/4, 30*time.Second)))
	}
	if most > 0 {
		ends = append(ends, time.Now().Add(most))
	}
	return func() bool {
		return !slices.ContainsFunc(ends, func(end time.Time) bool { return time.Now().After(end) })
	}
}
