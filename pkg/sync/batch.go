package sync

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// Record is a stream record, as far as it matters here.
type Record struct {
	SequenceNumber string
	Written        time.Time // when the change was made; zero if the record does not tell
	Hint           Hint
	// Idle says that the change cannot concern any set.
	Idle bool
	// Err says why the record cannot be understood. Such a record has no Hint,
	// except perhaps for its tenant.
	Err error
	// Raw is the record as it came, in JSON.
	Raw json.RawMessage
}

// Parked is a record that cannot be applied however often it is tried, and why.
type Parked struct {
	Reason         string          `json:"reason"`
	Tenant         string          `json:"tenant,omitempty"`
	Role           string          `json:"role,omitempty"`
	SequenceNumber string          `json:"sequenceNumber"`
	Record         json.RawMessage `json:"record,omitempty"`
}

// Queue keeps parked records for an operator.
type Queue interface {
	Park(ctx context.Context, p Parked) error
}

// Report tells what came of a batch. Each record counts once: as applied when
// it changed a set, as skipped when everything was in line already, as parked,
// or as failed.
type Report struct {
	Records int
	Applied int
	Skipped int
	Parked  int
	Failed  []string // sequence numbers of the records that have to come again
	Tenants []TenantReport
	Lags    []time.Duration // from write to applied or skipped, a record each
	Errors  []error         // why records were parked or failed, each reason once
}

// TenantReport is a tenant's part of a Report.
type TenantReport struct {
	Tenant  tenant.ID
	Records int
	Failed  int
	Changes []SetChange
	Lag     time.Duration // of its oldest record that did not fail
}

// Process brings permission sets in line with what the records hint at, and
// parks the records that can never be applied. The context's deadline should
// leave time to answer.
func Process(ctx context.Context, store Store, queue Queue, records []Record, pace Pace) Report {
	b := batch{queue: queue, report: Report{Records: len(records)}}
	var hints []Hint
	for i := range records {
		if r := &records[i]; r.Err == nil && !r.Idle {
			hints = append(hints, r.Hint)
		}
	}
	b.applied = Apply(ctx, store, hints, pace)
	for i := range records {
		b.settle(ctx, &records[i])
	}
	b.report.Tenants = slices.SortedFunc(maps.Values(b.tenants), func(x, y TenantReport) int { return byID(x.Tenant, y.Tenant) })
	return b.report
}

type batch struct {
	queue   Queue
	applied map[tenant.ID]*Applied
	tenants map[tenant.ID]TenantReport
	report  Report
}

// settle decides what becomes of a record.
func (b *batch) settle(ctx context.Context, r *Record) {
	err := r.Err
	var changes []SetChange
	if applied := b.applied[r.Hint.Tenant]; err == nil && applied != nil && !r.Idle {
		err, changes = applied.Err, applied.Changes
	}
	failed := err != nil
	switch {
	case err == nil && touches(changes, r.Hint.Role):
		b.report.Applied++
	case err == nil:
		b.report.Skipped++
	case r.Err != nil || errors.Is(err, tenant.ErrUnknown):
		b.note(err)
		parking := b.queue.Park(ctx, parkedRecord(r, err))
		if failed = parking != nil; failed {
			b.note(parking)
		} else {
			b.report.Parked++
		}
	default:
		b.note(err)
	}
	if failed {
		b.report.Failed = append(b.report.Failed, r.SequenceNumber)
	}
	b.count(r, failed, err == nil)
}

// count adds a record to its tenant's part of the report.
func (b *batch) count(r *Record, failed, done bool) {
	var lag time.Duration
	if done && !r.Written.IsZero() {
		lag = max(time.Since(r.Written), 0)
		b.report.Lags = append(b.report.Lags, lag)
	}
	if r.Hint.Tenant.IsZero() {
		return
	}
	t := b.tenants[r.Hint.Tenant]
	t.Tenant = r.Hint.Tenant
	if applied := b.applied[t.Tenant]; applied != nil {
		t.Changes = applied.Changes
	}
	t.Records++
	t.Lag = max(t.Lag, lag)
	if failed {
		t.Failed++
	}
	if b.tenants == nil {
		b.tenants = map[tenant.ID]TenantReport{}
	}
	b.tenants[r.Hint.Tenant] = t
}

func (b *batch) note(err error) { b.report.Errors = noted(b.report.Errors, err) }

// noted keeps each reason once: the records of a tenant fail for the same one.
func noted(reasons []error, err error) []error {
	if slices.ContainsFunc(reasons, func(known error) bool { return known.Error() == err.Error() }) {
		return reasons
	}
	return append(reasons, err)
}

// touches tells whether changes are about a role, or about any if it is not
// named.
func touches(changes []SetChange, role string) bool {
	return slices.ContainsFunc(changes, func(c SetChange) bool {
		return role == "" || slices.ContainsFunc(c.Roles, func(r RoleChange) bool { return r.Role == role })
	})
}

// maxParkedRecord leaves out of a message what would not fit the queue, in bytes.
const maxParkedRecord = 200_000

func parkedRecord(r *Record, err error) Parked {
	p := Parked{Reason: err.Error(), Tenant: r.Hint.Tenant.String(), Role: r.Hint.Role, SequenceNumber: r.SequenceNumber}
	if len(r.Raw) <= maxParkedRecord {
		p.Record = r.Raw
	}
	return p
}
