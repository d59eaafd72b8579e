package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// RedriveReport tells what became of the parked records.
type RedriveReport struct {
	Removed int      `json:"removed"` // messages
	Tenants []string `json:"tenants"` // that were reconciled because of them
	// All says that a message did not tell its tenants any more, so that the
	// function reconcile-tenant was handed all of them.
	All          bool          `json:"all"`
	Drift        []Drift       `json:"drift"`
	DeletedRoles []DeletedRole `json:"deletedRoles"`
	Failures     []Failure     `json:"failures,omitempty"` // why messages are still in the queue
}

// ServeRedrive runs the function that takes up what was parked.
func ServeRedrive() {
	env := lambdaenv.MustLoad()
	r := redrive{newReconciliation(env, os.Getenv("RECONCILE_FUNCTION")), newQueue(env.AWS, os.Getenv("PARKED_RECORDS_URL")), newStreamReader(env.AWS)}
	r.reconciler.Settle = 0 // what was parked is drift already
	lambda.Start(lambdaenv.Observe(env, func(ctx context.Context, _ json.RawMessage) (RedriveReport, error) { return r.handle(ctx) }))
}

type redrive struct {
	reconciliation
	queue   queue
	records streamReader
}

// Visibility is how long no one else sees a message that is being worked on: the
// most that a function may run. One that could not be taken up waits as long.
const Visibility = 15 * time.Minute

func (r redrive) handle(ctx context.Context) (RedriveReport, error) {
	run := redriveRun{redrive: r, report: RedriveReport{Tenants: []string{}}, goOn: r.timeLeft(ctx, 0)}
	run.reconcile.reconciliation = r.reconciliation
	run.reconcile.report = newReport(ReconcileRequest{})
	for run.goOn() {
		messages, err := r.queue.receive(ctx, Visibility)
		if err != nil {
			return run.report, err
		}
		if len(messages) == 0 {
			break
		}
		for _, m := range messages {
			run.message(ctx, m)
		}
	}
	run.report.Drift, run.report.DeletedRoles = run.reconcile.report.Drift, run.reconcile.report.DeletedRoles
	r.log.InfoContext(ctx, "parked records taken up", append([]any{"tenants", run.report.Tenants, "all", run.report.All},
		metric.Attributes(
			metric.Count("MessagesRedriven", run.report.Removed),
			metric.Count("MessagesNotRedriven", len(run.report.Failures)),
			metric.Count("DriftRepaired", run.reconcile.report.Progress.Drift),
			metric.Count("DeletedRolesTaken", run.reconcile.report.Progress.DeletedRoles),
		)...)...)
	return run.report, nil
}

type redriveRun struct {
	redrive
	reconcile reconcileRun
	report    RedriveReport
	goOn      func() bool
}

// message reconciles the tenants that a message is about, and removes it.
func (r *redriveRun) message(ctx context.Context, m types.Message) {
	tenants, known, err := r.tenantsOf(ctx, aws.ToString(m.Body))
	if err == nil && !known {
		err = r.everyone(ctx)
	}
	failed := tenant.ID{}
	for _, t := range tenants {
		if err == nil {
			failed, err = t, r.one(ctx, t)
		}
	}
	if err == nil {
		err = r.queue.delete(ctx, m)
	}
	if err != nil {
		r.report.Failures = append(r.report.Failures, Failure{failed.String(), err.Error()})
		r.log.ErrorContext(ctx, "parked message not taken up", "messageId", aws.ToString(m.MessageId), "tenant", failed.String(), "error", err.Error())
		return
	}
	r.report.Removed++
}

// one reconciles a tenant, once in a run. What does not fit the time is handed
// over.
func (r *redriveRun) one(ctx context.Context, t tenant.ID) error {
	if slices.Contains(r.report.Tenants, t.String()) {
		return nil
	}
	finished, err := r.reconcile.tenant(ctx, t, r.goOn)
	if err != nil && !errors.Is(err, tenant.ErrUnknown) {
		return err
	}
	if err == nil && !finished {
		if err := r.handOver(ctx, ReconcileRequest{Tenant: t.String(), Progress: r.reconcile.report.Progress}); err != nil {
			return err
		}
	}
	r.report.Tenants = append(r.report.Tenants, t.String())
	return nil
}

// everyone hands all tenants over, once in a run.
func (r *redriveRun) everyone(ctx context.Context) error {
	if r.report.All {
		return nil
	}
	if err := r.handOver(ctx, ReconcileRequest{All: true}); err != nil {
		return err
	}
	r.report.All = true
	return nil
}

// tenantsOf reads a message: one of the function that the stream wakes, which
// names the tenant, or one of the event source, which names records of the
// stream. They are not known when the records are gone, or say nothing.
func (r *redriveRun) tenantsOf(ctx context.Context, body string) (tenants []tenant.ID, known bool, err error) {
	message, ok := decodeParked(body)
	if !ok {
		return nil, false, nil
	}
	if t, err := tenant.ParseID(message.Tenant); err == nil {
		return []tenant.ID{t}, true, nil
	}
	if message.DDBStreamBatchInfo.StreamARN == "" {
		return nil, false, nil
	}
	return r.records.tenantsIn(ctx, message.DDBStreamBatchInfo)
}
