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
	lambda.Start(SyncHandler(env.Store, queue, env.Log, pace))
}

// SyncHandler answers the event of a DynamoDB stream with the sequence numbers of
// the records that have to come again.
func SyncHandler(store sync.Store, queue sync.Queue, log *slog.Logger, pace sync.Pace) func(context.Context, StreamEvent) (events.DynamoDBEventResponse, error) {
	return func(ctx context.Context, event StreamEvent) (events.DynamoDBEventResponse, error) {
		records := make([]sync.Record, len(event.Records))
		for i, raw := range event.Records {
			records[i] = decodeRecord(raw)
		}
		report := sync.Process(ctx, store, queue, records, pace)
		logBatch(ctx, log, report)
		response := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
		for _, sequenceNumber := range report.Failed {
			response.BatchItemFailures = append(response.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: sequenceNumber})
		}
		return response, nil
	}
}

// StreamEvent is the event of a DynamoDB stream. Each record is decoded by
// itself, so that one that cannot be does not fail the others.
type StreamEvent struct {
	Records []json.RawMessage
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
	level := slog.LevelInfo
	attributes := []any{"records", report.Records, "tenants", lines}
	if len(report.Errors) > 0 {
		level = slog.LevelError
		reasons := make([]string, len(report.Errors))
		for i, err := range report.Errors {
			reasons[i] = err.Error()
		}
		attributes = append(attributes, "errors", reasons)
	}
	lags := make([]float64, len(report.Lags))
	for i, lag := range report.Lags {
		lags[i] = float64(lag.Milliseconds())
	}
	attributes = append(attributes, metric.Attributes(
		metric.Count("RecordsApplied", report.Applied),
		metric.Count("RecordsSkipped", report.Skipped),
		metric.Count("RecordsFailed", len(report.Failed)),
		metric.Count("RecordsParked", report.Parked),
		metric.Milliseconds("Lag", lags),
	)...)
	log.Log(ctx, level, "batch applied", attributes...)
}
