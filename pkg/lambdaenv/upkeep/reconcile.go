package upkeep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ReconcileRequest is the event by which an operator, or the schedule, compares
// permission sets, and the roles that users hold, with roles and repairs them.
type ReconcileRequest struct {
	Tenant string `json:"tenant,omitempty"` // this one
	All    bool   `json:"all,omitempty"`    // or every tenant
	DryRun bool   `json:"dryRun,omitempty"` // report only
	// Seconds is after how long an invocation hands the rest on, for callers that
	// do not wait as long as the function may run. 0 uses the function's time.
	Seconds int `json:"seconds,omitempty"`
	// Progress is where an earlier invocation stopped; the function sets it when it
	// hands itself on.
	Progress Progress `json:"progress,omitzero"`
}

// Progress is what a run over several invocations has done.
type Progress struct {
	Tenant       string   `json:"tenant,omitempty"`   // being compared
	Role         string   `json:"role,omitempty"`     // behind which its sets are
	SetsDone     bool     `json:"setsDone,omitempty"` // and now the roles that its users hold are
	Held         HeldRole `json:"held,omitzero"`      // behind this one
	Behind       string   `json:"behind,omitempty"`   // the last tenant that is finished
	Tenants      int      `json:"tenants"`            // finished
	Roles        int      `json:"roles"`              // compared with sets
	Drift        int      `json:"drift"`              // names of roles in sets
	HeldRoles    int      `json:"heldRoles"`          // compared with roles
	DeletedRoles int      `json:"deletedRoles"`       // of these
	Users        int      `json:"users"`              // from whom they were taken, one for each role
	Failed       int      `json:"failed"`             // tenants that could not be compared or repaired
}

// HeldRole is a role that users hold.
type HeldRole struct {
	Role    string    `json:"role"` // id
	Created time.Time `json:"created"`
}

// ReconcileReport is the answer to a ReconcileRequest.
type ReconcileReport struct {
	DryRun   bool     `json:"dryRun"`
	Complete bool     `json:"complete"` // false: the function goes on by itself, and logs what it finds
	Progress Progress `json:"progress"`
	Drift    []Drift  `json:"drift"` // found by this invocation, the first 1,000
	// DeletedRoles are what users held, found by this invocation, the first 1,000.
	DeletedRoles []DeletedRole `json:"deletedRoles"`
	Failures     []Failure     `json:"failures,omitempty"`
}

// Drift is a role that a set named under other permissions than it had to.
type Drift struct {
	Tenant        string            `json:"tenant"`
	PermissionSet string            `json:"permissionSet"`
	Version       int64             `json:"version"` // of the set, after the repair if there was one
	Role          string            `json:"role"`
	Named         []permission.Code `json:"named"`
	Wanted        []permission.Code `json:"wanted"`
}

// DeletedRole is a role that users held although it does not exist.
type DeletedRole struct {
	Tenant string `json:"tenant"`
	HeldRole
	Users int `json:"users"` // from whom this invocation took it; none in a dry run
}

// Failure is a tenant that could not be compared or repaired, and why.
type Failure struct {
	Tenant string `json:"tenant"`
	Reason string `json:"reason"`
}

// maxDrift is how many findings of a kind a report lists, so that it fits an answer.
const maxDrift = 1000

// settle is how long a difference must last to count as drift.
const settle = 2 * time.Second

// ServeReconciliation runs the function that finds and repairs drift.
func ServeReconciliation() {
	env := lambdaenv.MustLoad()
	lambda.Start(lambdaenv.Observe(env, newReconciliation(env, os.Getenv("AWS_LAMBDA_FUNCTION_NAME")).handle))
}

type reconciliation struct {
	reconciler sync.Reconciler
	tenants    tenant.Directory
	handOver   handover[ReconcileRequest]
	timeLeft   func(ctx context.Context, most time.Duration) (goOn func() bool)
	log        *slog.Logger
}

func newReconciliation(env lambdaenv.Environment, function string) reconciliation {
	return reconciliation{
		reconciler: sync.Reconciler{Store: env.Store, Holders: env.Store, Settle: settle}, tenants: env.Store,
		handOver: handoverTo[ReconcileRequest](env.AWS, function), timeLeft: lambdaenv.TimeLeft, log: env.Log,
	}
}

func (r reconciliation) handle(ctx context.Context, request ReconcileRequest) (ReconcileReport, error) {
	if (request.Tenant == "") != request.All {
		return ReconcileReport{}, errors.New(`send {"tenant":"<id>"} or {"all":true}, with "dryRun":true to repair nothing`)
	}
	r.reconciler.DryRun = request.DryRun
	run := reconcileRun{reconciliation: r, report: newReport(request)}
	goOn := r.timeLeft(ctx, time.Duration(request.Seconds)*time.Second)
	var err error
	if request.All {
		err = run.all(ctx, goOn)
	} else {
		err = run.one(ctx, request.Tenant, goOn)
	}
	if err != nil {
		return run.report, err
	}
	if !run.report.Complete {
		request.Progress = run.report.Progress
		if err := r.handOver(ctx, request); err != nil {
			return run.report, err
		}
	}
	run.summarize(ctx)
	return run.report, nil
}

func newReport(request ReconcileRequest) ReconcileReport {
	return ReconcileReport{DryRun: request.DryRun, Progress: request.Progress, Drift: []Drift{}, DeletedRoles: []DeletedRole{}}
}

// reconcileRun is one invocation's part of a run.
type reconcileRun struct {
	reconciliation
	report ReconcileReport
}

func (r *reconcileRun) one(ctx context.Context, id string, goOn func() bool) error {
	t, err := tenant.ParseID(id)
	if err != nil {
		return err
	}
	r.report.Complete, err = r.tenant(ctx, t, goOn)
	return err
}

// all compares one tenant after the other. One that fails does not keep the
// others from it.
func (r *reconcileRun) all(ctx context.Context, goOn func() bool) error {
	const page = 100
	for more := true; more; {
		var tenants []tenant.ID
		var err error
		if tenants, more, err = r.tenants.Tenants(ctx, r.report.Progress.Behind, page); err != nil {
			return err
		}
		for _, t := range tenants {
			if !goOn() {
				return nil
			}
			finished, err := r.tenant(ctx, t, goOn)
			if err == nil && !finished {
				return nil
			}
			if err != nil && !errors.Is(err, tenant.ErrUnknown) { // it may have been deleted since it was listed
				r.fail(ctx, t, err)
			}
			r.report.Progress.Behind = t.String()
		}
	}
	r.report.Complete = true
	return nil
}

// tenant compares what is left of a tenant, and reports whether it got to the end.
func (r *reconcileRun) tenant(ctx context.Context, t tenant.ID, goOn func() bool) (finished bool, err error) {
	p := &r.report.Progress
	if p.Tenant != t.String() {
		p.Tenant, p.Role, p.SetsDone, p.Held = t.String(), "", false, HeldRole{}
	}
	if !p.SetsDone {
		if p.SetsDone, err = r.sets(ctx, t, goOn); err != nil || !p.SetsDone {
			return false, err
		}
	}
	if finished, err = r.holders(ctx, t, goOn); err != nil || !finished {
		return false, err
	}
	p.Tenant, p.Role, p.SetsDone, p.Held = "", "", false, HeldRole{}
	p.Tenants++
	return true, nil
}

// sets compares a tenant's sets with its roles.
func (r *reconcileRun) sets(ctx context.Context, t tenant.ID, goOn func() bool) (finished bool, err error) {
	p := &r.report.Progress
	done, err := r.reconciler.Tenant(ctx, t, p.Role, goOn)
	p.Roles += done.Checked
	p.Role = done.Last
	r.note(ctx, t, done.Changes)
	return !done.More, err
}

// holders compares the roles that a tenant's users hold with those that exist.
func (r *reconcileRun) holders(ctx context.Context, t tenant.ID, goOn func() bool) (finished bool, err error) {
	p := &r.report.Progress
	done, err := r.reconciler.HeldRoles(ctx, t, sync.HeldRole{ID: p.Held.Role, Created: p.Held.Created}, goOn)
	p.HeldRoles += done.Checked
	p.Held = HeldRole{done.Last.ID, done.Last.Created}
	r.noteDeleted(ctx, t, done)
	return !done.More, err
}

func (r *reconcileRun) note(ctx context.Context, t tenant.ID, changes []sync.SetChange) {
	message := "drift repaired"
	if r.report.DryRun {
		message = "drift found"
	}
	for _, change := range changes {
		for _, role := range change.Roles {
			r.report.Progress.Drift++
			d := Drift{t.String(), change.Set, change.Version, role.Role, orEmpty(role.Before), orEmpty(role.After)}
			if len(r.report.Drift) < maxDrift {
				r.report.Drift = append(r.report.Drift, d)
			}
			r.log.WarnContext(ctx, message, "tenant", d.Tenant, "permissionSet", d.PermissionSet, "version", d.Version, "role", d.Role, "named", d.Named, "wanted", d.Wanted)
		}
	}
}

// noteDeleted counts a role once, though it may take several invocations to take
// it from all.
func (r *reconcileRun) noteDeleted(ctx context.Context, t tenant.ID, done sync.ReconciledHolders) {
	message := "deleted role taken from users"
	if r.report.DryRun {
		message = "deleted role held by users"
	}
	p := &r.report.Progress
	for _, role := range done.Taken {
		p.Users += role.Users
		if !role.Left {
			p.DeletedRoles++
		}
		d := DeletedRole{t.String(), HeldRole{role.ID, role.Created}, role.Users}
		if len(r.report.DeletedRoles) < maxDrift {
			r.report.DeletedRoles = append(r.report.DeletedRoles, d)
		}
		r.log.WarnContext(ctx, message, "tenant", d.Tenant, "role", d.Role, "created", d.Created, "users", d.Users)
	}
}

// orEmpty makes JSON say [] rather than null.
func orEmpty(codes []permission.Code) []permission.Code {
	if codes == nil {
		return []permission.Code{}
	}
	return codes
}

func (r *reconcileRun) fail(ctx context.Context, t tenant.ID, err error) {
	r.report.Progress.Failed++
	r.report.Failures = append(r.report.Failures, Failure{t.String(), err.Error()})
	r.log.ErrorContext(ctx, "tenant not reconciled", "tenant", t.String(), "error", err.Error())
}

// summarize writes the line with the metrics, once for a run.
func (r *reconcileRun) summarize(ctx context.Context) {
	p := r.report.Progress
	if !r.report.Complete {
		r.log.InfoContext(ctx, "reconciliation goes on in another invocation", "behind", p.Behind, "tenant", p.Tenant, "role", p.Role, "setsDone", p.SetsDone, "heldRole", p.Held.Role)
		return
	}
	drift, deleted := "DriftRepaired", "DeletedRolesTaken"
	if r.report.DryRun {
		drift, deleted = "DriftFound", "DeletedRolesFound"
	}
	r.log.InfoContext(ctx, fmt.Sprintf("%d tenants reconciled", p.Tenants), metric.Attributes(
		metric.Count(drift, p.Drift),
		metric.Count(deleted, p.DeletedRoles),
		metric.Count("TenantsReconciled", p.Tenants),
		metric.Count("TenantsNotReconciled", p.Failed),
		metric.Count("RolesCompared", p.Roles),
		metric.Count("HeldRolesCompared", p.HeldRoles),
	)...)
}
