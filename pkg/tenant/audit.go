package tenant

import (
	"context"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
)

// AuditStore reads the audit records of all tenants. Only the changes that they
// tell of write them. A read sees every change that returned before it began,
// and no record that has expired, whether it is still stored or not.
type AuditStore interface {
	// AuditRecord returns a record, or resource.ErrNotFound.
	AuditRecord(ctx context.Context, t ID, id string) (audit.Record, error)
	// AuditRecords returns, in the order of their ids and so of their times, at
	// most limit records of the span, and whether more may follow.
	AuditRecords(ctx context.Context, t ID, in resource.Span, limit int) (page []audit.Record, more bool, err error)
}
