package sync

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// Rest is what is left of a tenant's deletions when the time is up.
type Rest struct {
	Tenant tenant.ID
	Roles  []string  // ids, sorted
	Since  time.Time // when the first of them was deleted; zero if it is not known
}

// HandOver lets another invocation go on with a Rest.
type HandOver func(ctx context.Context, rest Rest) error

// DeletionReport tells what came of a batch of deletions. Each record counts
// once: as done when nobody holds a role any more that had the id and was
// deleted, as handed over, as parked, or as failed.
type DeletionReport struct {
	Records    int
	Done       int
	HandedOver int
	Parked     int
	Failed     []string // sequence numbers of the records that have to come again
	Users      int      // from whom a role was taken, one for each role
	Tenants    []TenantDeletions
	Lags       []time.Duration // from write to done, a record each
	Errors     []error         // why records were parked or failed, each reason once
}

// TenantDeletions is a tenant's part of a DeletionReport.
type TenantDeletions struct {
	Tenant     tenant.ID
	Records    int
	HandedOver int
	Failed     int
	Users      int
	Lag        time.Duration // of its oldest record that is done
}

// ProcessDeletions takes the roles that records tell of, so far as they do not
// exist, from all who hold them. It hands over what does not fit the time, and
// parks the records that can never be understood. The context's deadline should
// leave time to answer.
func ProcessDeletions(ctx context.Context, store HolderStore, queue Queue, handOver HandOver, records []Record, pace Pace) DeletionReport {
	var deletions []Deletion
	for i := range records {
		if d, ok := deletionOf(&records[i]); ok {
			deletions = append(deletions, d)
		}
	}
	b := deletionBatch{queue: queue, taken: TakeDeleted(ctx, store, deletions, pace), report: DeletionReport{Records: len(records)}, tenants: map[tenant.ID]*TenantDeletions{}}
	b.handOver(ctx, handOver, records)
	for i := range records {
		b.settle(ctx, &records[i])
	}
	for d, taken := range b.taken {
		b.report.Users += taken.Users
		b.of(d.Tenant).Users += taken.Users
	}
	for _, t := range slices.SortedFunc(maps.Keys(b.tenants), byID) {
		b.report.Tenants = append(b.report.Tenants, *b.tenants[t])
	}
	return b.report
}

func deletionOf(r *Record) (d Deletion, ok bool) {
	return Deletion{r.Hint.Tenant, r.Hint.Role}, r.Err == nil && !r.Idle && r.Hint.Role != ""
}

type deletionBatch struct {
	queue   Queue
	taken   map[Deletion]*Taken
	tenants map[tenant.ID]*TenantDeletions
	report  DeletionReport
}

// handOver hands on what is left, in one piece for each tenant. What cannot be
// handed over has failed.
func (b *deletionBatch) handOver(ctx context.Context, handOver HandOver, records []Record) {
	rests := map[tenant.ID]*Rest{}
	for d, taken := range b.taken {
		if !taken.Left {
			continue
		}
		if rests[d.Tenant] == nil {
			rests[d.Tenant] = &Rest{Tenant: d.Tenant}
		}
		rests[d.Tenant].Roles = append(rests[d.Tenant].Roles, d.Role)
	}
	for i := range records {
		d, ok := deletionOf(&records[i])
		if written := records[i].Written; ok && b.taken[d].Left && !written.IsZero() {
			if rest := rests[d.Tenant]; rest.Since.IsZero() || written.Before(rest.Since) {
				rest.Since = written
			}
		}
	}
	for _, rest := range rests {
		slices.Sort(rest.Roles)
		if err := handOver(ctx, *rest); err != nil {
			for _, role := range rest.Roles {
				b.taken[Deletion{rest.Tenant, role}].Err = err
			}
		}
	}
}

// settle decides what becomes of a record.
func (b *deletionBatch) settle(ctx context.Context, r *Record) {
	t := b.of(r.Hint.Tenant)
	t.Records++
	d, about := deletionOf(r)
	taken := b.taken[d]
	switch {
	case r.Err != nil:
		b.note(r.Err)
		if err := b.queue.Park(ctx, parkedRecord(r, r.Err)); err != nil {
			b.fail(t, r, err)
		} else {
			b.report.Parked++
		}
	case about && taken.Err != nil:
		b.fail(t, r, taken.Err)
	case about && taken.Left:
		b.report.HandedOver++
		t.HandedOver++
	default:
		b.report.Done++
		if !r.Written.IsZero() {
			lag := max(time.Since(r.Written), 0)
			b.report.Lags = append(b.report.Lags, lag)
			t.Lag = max(t.Lag, lag)
		}
	}
}

func (b *deletionBatch) fail(t *TenantDeletions, r *Record, err error) {
	b.note(err)
	b.report.Failed = append(b.report.Failed, r.SequenceNumber)
	t.Failed++
}

func (b *deletionBatch) note(err error) { b.report.Errors = noted(b.report.Errors, err) }

// of returns a tenant's part of the report; that of records without one is not
// reported.
func (b *deletionBatch) of(t tenant.ID) *TenantDeletions {
	if t.IsZero() {
		return &TenantDeletions{}
	}
	if b.tenants[t] == nil {
		b.tenants[t] = &TenantDeletions{Tenant: t}
	}
	return b.tenants[t]
}
