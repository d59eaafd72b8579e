package trace

import (
	"context"
	"errors"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// Calls is one of the APIOptions of a client, whichever service's: its calls become
// subsegments of what Begin began. What the SDK does within a call is not told.
func Calls(stack *middleware.Stack) error { return stack.Initialize.Add(calls{}, middleware.Before) }

// calls is a middleware.InitializeMiddleware: all attempts of a call lie within it.
type calls struct{}

func (calls) ID() string { return "Trace" }

func (calls) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	s, _ := ctx.Value(subsegmentKey{}).(*Subsegment)
	if s == nil {
		return next.HandleInitialize(ctx, in)
	}
	begin := time.Now()
	out, metadata, err := next.HandleInitialize(ctx, in)
	call := document{
		Name: awsmiddleware.GetServiceID(ctx), ID: newID(), Start: seconds(begin), End: seconds(time.Now()),
		Namespace: "aws", AWS: &awsCall{Operation: awsmiddleware.GetOperationName(ctx), Region: awsmiddleware.GetRegion(ctx)},
	}
	call.AWS.RequestID, _ = awsmiddleware.GetRequestIDMetadata(metadata)
	if attempts, ok := retry.GetAttemptResults(metadata); ok && len(attempts.Results) > 0 {
		call.AWS.Retries = len(attempts.Results) - 1
	}
	call.Error, call.Throttle, call.Fault = flags(err)
	s.add(call)
	return out, metadata, err
}

// flags tells whose fault an error is: the caller's, or else the service's, or the
// network's on the way to it.
func flags(err error) (clients, throttled, fault bool) {
	if err == nil {
		return false, false, false
	}
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return false, false, true
	}
	if _, throttled := retry.DefaultThrottleErrorCodes[answer.ErrorCode()]; throttled {
		return true, true, false
	}
	clients = answer.ErrorFault() == smithy.FaultClient
	return clients, false, !clients
}
