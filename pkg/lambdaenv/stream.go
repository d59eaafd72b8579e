package lambdaenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ServeSync runs the function that the table's stream wakes.
func ServeSync() {
	env := mustLoad()
	lambda.Start(func(ctx context.Context, batch streamBatch) (events.DynamoDBEventResponse, error) {
		return syncBatch(ctx, env.store, env.log, batch), nil
	})
}

// streamBatch is the event of a DynamoDB stream. Each record is decoded by
// itself, so that one that cannot be does not fail the others.
type streamBatch struct {
	Records []struct {
		Change struct {
			SequenceNumber              string
			ApproximateCreationDateTime float64 // seconds since 1970
			Keys                        json.RawMessage
		} `json:"dynamodb"`
	}
}

// syncBatch brings permission sets in line, and answers with the sequence
// numbers of the records that have to come again.
func syncBatch(ctx context.Context, store sync.Store, log *slog.Logger, batch streamBatch) events.DynamoDBEventResponse {
	var hints []sync.Hint
	response := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	sequenceNumbers := map[tenant.ID][]string{}
	fail := func(sequenceNumber string) {
		response.BatchItemFailures = append(response.BatchItemFailures, events.DynamoDBBatchItemFailure{ItemIdentifier: sequenceNumber})
	}
	oldest := time.Now()
	for _, record := range batch.Records {
		change := record.Change
		hint, err := decodeHint(change.Keys)
		if err != nil {
			log.ErrorContext(ctx, "stream record not understood", "sequenceNumber", change.SequenceNumber, "error", err.Error())
			fail(change.SequenceNumber)
			continue
		}
		hints = append(hints, hint)
		sequenceNumbers[hint.Tenant] = append(sequenceNumbers[hint.Tenant], change.SequenceNumber)
		if at := time.UnixMilli(int64(change.ApproximateCreationDateTime * 1000)); at.Before(oldest) {
			oldest = at
		}
	}
	changes, failures := sync.Apply(ctx, store, hints)
	for t, err := range failures {
		log.ErrorContext(ctx, "permission sets not in line", "tenant", t.String(), "error", err.Error())
		for _, sequenceNumber := range sequenceNumbers[t] {
			fail(sequenceNumber)
		}
	}
	changedSets, changedRoles := 0, 0
	for _, ofTenant := range changes {
		changedSets += len(ofTenant)
		for _, change := range ofTenant {
			changedRoles += len(change.Roles)
		}
	}
	log.InfoContext(ctx, "batch applied",
		"records", len(batch.Records),
		"tenants", len(sequenceNumbers),
		"changedSets", changedSets,
		"changedRoles", changedRoles,
		"failures", len(response.BatchItemFailures),
		"lagMs", time.Since(oldest).Milliseconds(),
	)
	return response
}

// decodeHint reads which role a record is about from the record's keys.
func decodeHint(keys json.RawMessage) (sync.Hint, error) {
	var attributes map[string]struct{ S string }
	if err := json.Unmarshal(keys, &attributes); err != nil {
		return sync.Hint{}, fmt.Errorf("decode keys: %w", err)
	}
	t, id, ok := dynamo.RoleOfKey(attributes["pk"].S, attributes["sk"].S)
	if !ok {
		return sync.Hint{}, errors.New("the key is not a role's")
	}
	return sync.Hint{Tenant: t, Role: id}, nil
}
