package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

// prices are what the formula takes from outside. Prices of requests and units are
// for a million.
type prices struct {
	APIGatewayRequests float64
	LambdaRequests     float64
	LambdaGBSeconds    float64 // of one, on arm64
	ReadUnits          float64
	WriteUnits         float64
	StorageGBMonth     float64
	BackupGBMonth      float64 // point-in-time recovery
	LogGB              float64 // written to CloudWatch

	// What is assumed of a request rather than measured: local times say nothing of
	// AWS.
	FunctionGB             float64 // memory
	MillisecondsOfRequest  float64 // of a function, beside its calls
	MillisecondsOfCall     float64 // of DynamoDB, one after the other
	RequestsOfTokenAMinute float64 // one in so many asks the authorizer, whose answer is kept for a minute
	LogBytesOfRequest      float64
}

//go:embed prices.json
var pricesJSON []byte

func loadPrices() (prices, error) {
	var p prices
	if err := json.Unmarshal(pricesJSON, &p); err != nil {
		return p, fmt.Errorf("read prices.json: %w", err)
	}
	return p, nil
}

// usage is what one request uses.
type usage struct {
	read, write float64 // units
	calls       int     // of DynamoDB, one after the other
}

// ofMillion returns what a million requests cost: of the API's function, of the
// authorizer, and of the stream's functions, if the request wakes them.
func (p prices) ofMillion(request, authorizer usage, stream *usage) float64 {
	cost := p.APIGatewayRequests + p.function(request) + p.function(authorizer)/p.RequestsOfTokenAMinute
	cost += p.LogBytesOfRequest * 1e6 / 1e9 * p.LogGB
	if stream != nil {
		cost += p.function(*stream)
	}
	return cost
}

// function returns what a million invocations cost.
func (p prices) function(u usage) float64 {
	seconds := (p.MillisecondsOfRequest + p.MillisecondsOfCall*float64(u.calls)) / 1000
	return p.LambdaRequests + seconds*p.FunctionGB*1e6*p.LambdaGBSeconds + u.read*p.ReadUnits + u.write*p.WriteUnits
}

// ofIdle returns what a thousand tenants cost in a month in which nobody calls:
// their bytes, and the daily comparison of roles and sets.
func (p prices) ofIdle(bytes int, reconcile usage) float64 {
	const days = 30.4
	return 1000*float64(bytes)/1e9*(p.StorageGBMonth+p.BackupGBMonth) + days*p.function(reconcile)/1000
}
