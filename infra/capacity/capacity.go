// Package capacity adds up what DynamoDB charges for calls.
package capacity

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// Units is what calls consumed.
type Units struct {
	Read, Write float64
	Calls       int
}

// Meter counts the units of a client's calls. It is safe for concurrent use.
type Meter struct {
	mutex sync.Mutex
	units Units
}

// Take returns the units since it was last called.
func (m *Meter) Take() Units {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	taken := m.units
	m.units = Units{}
	return taken
}

func (m *Meter) add(write bool, capacities ...types.ConsumedCapacity) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.units.Calls++
	for _, c := range capacities {
		if write {
			m.units.Write += aws.ToFloat64(c.CapacityUnits)
		} else {
			m.units.Read += aws.ToFloat64(c.CapacityUnits)
		}
	}
}

// Metered returns a client like the given one that asks for the consumed
// capacity of every call, and the meter that adds it up.
func Metered(client *dynamodb.Client) (*dynamodb.Client, *Meter) {
	m := &Meter{}
	measure := middleware.InitializeMiddlewareFunc("capacity", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		ask(in.Parameters)
		out, metadata, err := next.HandleInitialize(ctx, in)
		m.note(out.Result)
		return out, metadata, err
	})
	options := client.Options()
	options.APIOptions = append(options.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(measure, middleware.Before)
	})
	return dynamodb.New(options), m
}

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
	}
}

func (m *Meter) note(result any) {
	switch output := result.(type) {
	case *dynamodb.GetItemOutput:
		m.add(false, *output.ConsumedCapacity)
	case *dynamodb.BatchGetItemOutput:
		m.add(false, output.ConsumedCapacity...)
	case *dynamodb.QueryOutput:
		m.add(false, *output.ConsumedCapacity)
	case *dynamodb.UpdateItemOutput:
		m.add(true, *output.ConsumedCapacity)
	case *dynamodb.TransactWriteItemsOutput:
		m.add(true, output.ConsumedCapacity...)
	}
}
