package main

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/pkg/audit"
)

// prices are what the formula takes from outside. Prices of requests, invocations,
// units and traces are for a million, the others for one GB, key and so on.
type prices struct {
	APIGatewayRequests float64
	LambdaRequests     float64
	LambdaGBSeconds    float64 // of one, on arm64
	ReadUnits          float64
	WriteUnits         float64
	Traces             float64 // of X-Ray
	LogGB              float64 // written to CloudWatch
	DataOutGB          float64 // to the internet
	StorageGBMonth     float64
	BackupGBMonth      float64 // point-in-time recovery
	AlarmMetricMonth   float64
	DashboardMonth     float64
	KeyMonth           float64

	// What is assumed rather than measured: local times say nothing of AWS, and Lambda
	// and API Gateway write lines of their own.
	FunctionGB               float64 // memory
	MillisecondsOfInvocation float64 // beside its calls
	MillisecondsOfCall       float64 // of DynamoDB, priced as if one followed the other
	RequestsOfTokenAMinute   float64 // one in so many asks the authorizer, whose answer is kept for a minute
	TracedPart               float64 // of the requests, beside the first in each second
	LogBytesOfInvocation     float64 // our line "answered", Lambda's start and report, and 26 more for each
	LogBytesOfRequest        float64 // API Gateway's line
	HeaderBytesOfAnswer      float64
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

// usage is what an invocation uses.
type usage struct {
	read, write float64 // units
	calls       float64 // of DynamoDB
}

func (u *usage) add(units capacity.Units, share float64) {
	u.read += units.Read * share
	u.write += units.Write * share
	u.calls += float64(units.Calls) * share
}

const (
	million      = 1e6
	gigabyte     = 1e9
	daysOfAMonth = 30.4
)

// ofMillion returns what a million requests cost: API Gateway, the function, the
// authorizer's part, the functions that the stream wakes, the answers' way out, and
// the audit records for as long as they are kept.
func (p prices) ofMillion(o operation, authorizer usage) float64 {
	cost := p.APIGatewayRequests + p.LogBytesOfRequest*million/gigabyte*p.LogGB + p.TracedPart*p.Traces
	cost += (o.answer + p.HeaderBytesOfAnswer) * million / gigabyte * p.DataOutGB
	cost += p.function(o.request) + p.function(authorizer)/p.RequestsOfTokenAMinute
	for _, woken := range o.stream {
		cost += p.function(woken)
	}
	months := audit.Retention.Hours() / 24 / daysOfAMonth
	return cost + o.kept*million/gigabyte*(p.StorageGBMonth+p.BackupGBMonth)*months
}

// function returns what a million invocations cost.
func (p prices) function(u usage) float64 {
	return p.LambdaRequests + p.LogBytesOfInvocation*million/gigabyte*p.LogGB + p.work(u)
}

// work returns what a million times the work of an invocation costs.
func (p prices) work(u usage) float64 {
	return p.seconds(u)*million*p.FunctionGB*p.LambdaGBSeconds + u.read*p.ReadUnits + u.write*p.WriteUnits
}

// seconds returns how long an invocation takes.
func (p prices) seconds(u usage) float64 {
	return (p.MillisecondsOfInvocation + p.MillisecondsOfCall*u.calls) / 1000
}

// ofIdle returns what a thousand tenants cost in a month in which nobody calls: their
// bytes, and the daily comparison of roles and sets, many tenants in an invocation.
func (p prices) ofIdle(bytes float64, reconcile usage) float64 {
	return 1000*bytes/gigabyte*(p.StorageGBMonth+p.BackupGBMonth) + daysOfAMonth*1000*p.work(reconcile)/million
}

// ofStage returns what a stage costs in a month in which nobody calls, without tenants.
func (p prices) ofStage(s stage) float64 {
	return float64(s.alarmMetrics)*p.AlarmMetricMonth + float64(s.dashboards)*p.DashboardMonth + float64(s.keys)*p.KeyMonth
}
