package upkeep

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
	"github.com/rolecall/rolecall/pkg/sync"
)

// pace lets a batch take a good part of an invocation's time, so that a throttled
// table costs patience rather than retries of the event source.
var pace = sync.Pace{Tenants: 8, Patience: 20 * time.Second, Reserve: 3 * time.Second}

// ServeSync runs the function that the table's stream wakes.
func ServeSync() {
	env := lambdaenv.MustLoad()
	queue := newQueue(env.AWS, os.Getenv("PARKED_RECORDS_URL"))
	lambda.Start(lambdaenv.Observe(env, SyncHandler(env.Store, queue, env.Log, pace)))
}

// SyncHandler answers the event of a DynamoDB stream with the sequence numbers of
// the records that have to come again.
func SyncHandler(store sync.Store, queue sync.Queue, log *slog.Logger, pace sync.Pace) func(context.Context, StreamEvent) (events.DynamoDBEventResponse, error) {
	return func(ctx context.Context, event StreamEvent) (events.DynamoDBEventResponse, error) {
		report := sync.Process(ctx, store, queue, event.decode(), pace)
		logBatch(ctx, log, report)
		return comeAgain(report.Failed), nil
	}
}

// comeAgain answers the event source with the sequence numbers of the records that
// have to come again.
func comeAgain(failed []string) events.DynamoDBEventResponse {
	response := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	for _, sequenceNumber := range failed {
		response.BatchItemFailures = append(response.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: sequenceNumber})
	}
	return response
}

// StreamEvent is the event of a DynamoDB stream. Each record is decoded by
// itself, so that one that cannot be does not fail the others.
type StreamEvent struct {
	Records []json.RawMessage
}

func (e StreamEvent) decode() []sync.Record {
	records := make([]sync.Record, len(e.Records))
	for i, raw := range e.Records {
		records[i] = decodeRecord(raw)
	}
	return records
}

// logBatch writes one line for a batch, which is its metrics, too.
func logBatch(ctx context.Context, log *slog.Logger, report sync.Report) {
	type tenantLine struct {
		Tenant       string `json:"tenant"`
		Records      int    `json:"records"`
		ChangedSets  int    `json:"changedSets"`
		ChangedRoles int    `json:"changedRoles"`
		Failures     int    `json:"failures"`
		LagMS        int64  `json:"lagMs"`
	}
	lines := make([]tenantLine, len(report.Tenants))
	for i, t := range report.Tenants {
		roles := 0
		for _, change := range t.Changes {
			roles += len(change.Roles)
		}
		lines[i] = tenantLine{t.Tenant.String(), t.Records, len(t.Changes), roles, t.Failed, t.Lag.Milliseconds()}
	}
	level, attributes := withErrors([]any{"records", report.Records, "tenants", lines}, report.Errors)
	attributes = append(attributes, metric.Attributes(
		metric.Count("RecordsApplied", report.Applied),
		metric.Count("RecordsSkipped", report.Skipped),
		metric.Count("RecordsFailed", len(report.Failed)),
		metric.Count("RecordsParked", report.Parked),
		metric.Milliseconds("Lag", milliseconds(report.Lags)),
	)...)
	log.Log(ctx, level, "batch applied", attributes...)
}

// withErrors adds to a line's attributes why records were parked or failed, if any
// were.
func withErrors(attributes []any, errs []error) (slog.Level, []any) {
	if len(errs) == 0 {
		return slog.LevelInfo, attributes
	}
	reasons := make([]string, len(errs))
	for i, err := range errs {
		reasons[i] = err.Error()
	}
	return slog.LevelError, append(attributes, "errors", reasons)
}

func milliseconds(durations []time.Duration) []float64 {
	ms := make([]float64, len(durations))
	for i, d := range durations {
		ms[i] = float64(d.Milliseconds())
	}
	return ms
}
