package dynamo_test

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// units adds up what DynamoDB charges.
type units struct {
	mutex       sync.Mutex
	read, write float64
	calls       int
}

// take returns the units and calls since it was last called.
func (u *units) take() (read, write float64, calls int) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	read, write, calls = u.read, u.write, u.calls
	u.read, u.write, u.calls = 0, 0, 0
	return read, write, calls
}

func (u *units) add(write bool, capacities ...types.ConsumedCapacity) {
	u.mutex.Lock()
	defer u.mutex.Unlock()
	u.calls++
	for _, c := range capacities {
		if write {
			u.write += aws.ToFloat64(c.CapacityUnits)
		} else {
			u.read += aws.ToFloat64(c.CapacityUnits)
		}
	}
}

// measured returns a client like the given one that asks for the consumed
// capacity of every call.
func measured(client *dynamodb.Client) (*dynamodb.Client, *units) {
	u := &units{}
	measure := middleware.InitializeMiddlewareFunc("units", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		switch input := in.Parameters.(type) {
		case *dynamodb.GetItemInput:
			input.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		case *dynamodb.BatchGetItemInput:
			input.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		case *dynamodb.QueryInput:
			input.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		case *dynamodb.TransactWriteItemsInput:
			input.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		}
		out, metadata, err := next.HandleInitialize(ctx, in)
		switch output := out.Result.(type) {
		case *dynamodb.GetItemOutput:
			u.add(false, *output.ConsumedCapacity)
		case *dynamodb.BatchGetItemOutput:
			u.add(false, output.ConsumedCapacity...)
		case *dynamodb.QueryOutput:
			u.add(false, *output.ConsumedCapacity)
		case *dynamodb.TransactWriteItemsOutput:
			u.add(true, output.ConsumedCapacity...)
		}
		return out, metadata, err
	})
	options := client.Options()
	options.APIOptions = append(options.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(measure, middleware.Before)
	})
	return dynamodb.New(options), u
}
