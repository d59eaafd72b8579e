// Package capacity adds up what DynamoDB charges for calls, and runs the API in one
// process for those who want to know.
package capacity

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rolecall/rolecall/pkg/lambdaenv/units"
)

// Units is what calls consumed.
type Units = units.Units

// Meter counts the units of a client's calls. It is safe for concurrent use.
type Meter = units.Meter

// Metered returns a client like the given one that asks for the consumed
// capacity of every call, and the meter that adds it up.
func Metered(client *dynamodb.Client) (*dynamodb.Client, *Meter) {
	m := &Meter{}
	options := client.Options()
	options.APIOptions = append(options.APIOptions, units.Measure(func(context.Context) *Meter { return m }))
	return dynamodb.New(options), m
}
