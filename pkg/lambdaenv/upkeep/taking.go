package upkeep

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// takingPace uses an invocation's time but for what handing on and answering take.
var takingPace = sync.Pace{Tenants: 4, Patience: 20 * time.Second, Reserve: 5 * time.Second}

// TakingEvent is either kind of event of the function that takes deleted roles
// from their holders: one of the table's stream, or a TakingRequest.
type TakingEvent struct {
	StreamEvent
	TakingRequest
}

// TakingRequest is the event by which the function goes on with what did not fit
// the time of an invocation before.
type TakingRequest struct {
	Tenant string   `json:"tenant"`
	Roles  []string `json:"roles"` // ids
	// Since is when the first of them was deleted, if that is known.
	Since time.Time `json:"since,omitzero"`
	// Until is when the invocation hands the rest on, unless its own time is up
	// before.
	Until time.Time `json:"until,omitzero"`
}

// TakingReport is the answer to a TakingRequest.
type TakingReport struct {
	Users    int  `json:"users"`    // from whom a role was taken, one for each role
	Complete bool `json:"complete"` // false: the function goes on by itself
	// Parked says that it failed, and stands in the queue of parked records.
	Parked bool `json:"parked"`
}

// ServeTaking runs the function that takes deleted roles from their holders.
func ServeTaking() {
	env := lambdaenv.MustLoad()
	lambda.Start(lambdaenv.Observe(env, taking{
		store: env.Store, queue: newQueue(env.AWS, os.Getenv("PARKED_RECORDS_URL")),
		handOver: handoverTo[TakingRequest](env.AWS, os.Getenv("AWS_LAMBDA_FUNCTION_NAME")), pace: takingPace, log: env.Log,
	}.handle))
}

type taking struct {
	store    sync.HolderStore
	queue    sync.Queue
	handOver handover[TakingRequest]
	pace     sync.Pace
	log      *slog.Logger
}

func (k taking) handle(ctx context.Context, event TakingEvent) (any, error) {
	if event.Records != nil {
		return comeAgain(k.process(ctx, event.decode()).Failed), nil
	}
	return k.goOn(ctx, event.TakingRequest)
}

// goOn parks what fails: nobody would send it again for long.
func (k taking) goOn(ctx context.Context, request TakingRequest) (TakingReport, error) {
	t, err := tenant.ParseID(request.Tenant)
	if err != nil || len(request.Roles) == 0 {
		return TakingReport{}, errors.New(`send {"tenant":"<id>","roles":["<id>"]}`)
	}
	k.pace.Until = request.Until
	records := make([]sync.Record, len(request.Roles))
	for i, role := range request.Roles {
		records[i] = sync.Record{Hint: sync.Hint{Tenant: t, Role: role, Deleted: true}, Written: request.Since}
	}
	report := k.process(ctx, records)
	answer := TakingReport{Users: report.Users, Complete: report.Done == len(records), Parked: len(report.Failed) > 0}
	if answer.Parked {
		return answer, k.queue.Park(ctx, sync.Parked{Reason: errors.Join(report.Errors...).Error(), Tenant: t.String()})
	}
	return answer, nil
}

func (k taking) process(ctx context.Context, records []sync.Record) sync.DeletionReport {
	report := sync.ProcessDeletions(ctx, k.store, k.queue, func(ctx context.Context, rest sync.Rest) error {
		return k.handOver(ctx, TakingRequest{Tenant: rest.Tenant.String(), Roles: rest.Roles, Since: rest.Since})
	}, records, k.pace)
	k.logBatch(ctx, report)
	return report
}

// logBatch writes one line for a batch, which is its metrics, too.
func (k taking) logBatch(ctx context.Context, report sync.DeletionReport) {
	type tenantLine struct {
		Tenant     string `json:"tenant"`
		Records    int    `json:"records"`
		Users      int    `json:"users"`
		HandedOver int    `json:"handedOver"`
		Failures   int    `json:"failures"`
		LagMS      int64  `json:"lagMs"`
	}
	lines := make([]tenantLine, len(report.Tenants))
	for i, t := range report.Tenants {
		lines[i] = tenantLine{t.Tenant.String(), t.Records, t.Users, t.HandedOver, t.Failed, t.Lag.Milliseconds()}
	}
	level, attributes := withErrors([]any{"records", report.Records, "tenants", lines}, report.Errors)
	attributes = append(attributes, metric.Attributes(
		metric.Count("RolesTaken", report.Users),
		metric.Count("DeletionsDone", report.Done),
		metric.Count("DeletionsHandedOver", report.HandedOver),
		metric.Count("DeletionsFailed", len(report.Failed)),
		metric.Count("DeletionsParked", report.Parked),
		metric.Milliseconds("DeletionLag", milliseconds(report.Lags)),
	)...)
	k.log.Log(ctx, level, "deleted roles taken", attributes...)
}
