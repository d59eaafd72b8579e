package units

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// Measure is for a client's APIOptions. The client then asks with each call what
// it consumes, and tells the meter that meterOf finds for the call's context;
// without one, the call goes as it is. DynamoDB does not tell what a failed call
// consumed.
func Measure(meterOf func(context.Context) *Meter) func(*middleware.Stack) error {
	measure := middleware.InitializeMiddlewareFunc("Units", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		m := meterOf(ctx)
		if m == nil {
			return next.HandleInitialize(ctx, in)
		}
		ask(in.Parameters)
		out, metadata, err := next.HandleInitialize(ctx, in)
		m.add(consumed(out.Result))
		return out, metadata, err
	})
	return func(stack *middleware.Stack) error { return stack.Initialize.Add(measure, middleware.Before) }
}

// ask makes a call answer what it consumes.
func ask(parameters any) {
	const total = types.ReturnConsumedCapacityTotal
	switch input := parameters.(type) {
	case *dynamodb.GetItemInput:
		input.ReturnConsumedCapacity = total
	case *dynamodb.BatchGetItemInput:
		input.ReturnConsumedCapacity = total
	case *dynamodb.QueryInput:
		input.ReturnConsumedCapacity = total
	case *dynamodb.UpdateItemInput:
		input.ReturnConsumedCapacity = total
	case *dynamodb.TransactWriteItemsInput:
		input.ReturnConsumedCapacity = total
	case *dynamodb.BatchWriteItemInput:
		input.ReturnConsumedCapacity = total
	}
}

// consumed reads an answer; that of a failed call says nothing.
func consumed(result any) (read, write float64) {
	switch output := result.(type) {
	case *dynamodb.GetItemOutput:
		return total(output.ConsumedCapacity), 0
	case *dynamodb.BatchGetItemOutput:
		return sum(output.ConsumedCapacity), 0
	case *dynamodb.QueryOutput:
		return total(output.ConsumedCapacity), 0
	case *dynamodb.UpdateItemOutput:
		return 0, total(output.ConsumedCapacity)
	case *dynamodb.TransactWriteItemsOutput:
		return 0, sum(output.ConsumedCapacity)
	case *dynamodb.BatchWriteItemOutput:
		return 0, sum(output.ConsumedCapacity)
	}
	return 0, 0
}

func sum(tables []types.ConsumedCapacity) (units float64) {
	for i := range tables {
		units += total(&tables[i])
	}
	return units
}

func total(capacity *types.ConsumedCapacity) float64 {
	if capacity == nil {
		return 0
	}
	return aws.ToFloat64(capacity.CapacityUnits)
}
