package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// AuditRecord implements tenant.AuditStore at 1 read unit.
func (s *Store) AuditRecord(ctx context.Context, t tenant.ID, id string) (audit.Record, error) {
	it, err := s.get(ctx, auditKey(t, id), true)
	if err != nil {
		return audit.Record{}, fmt.Errorf("read audit record: %w", err)
	}
	if it == nil || isExpired(it, s.now()) {
		return audit.Record{}, resource.ErrNotFound
	}
	return decodeAudit(it), nil
}

// AuditRecords implements tenant.AuditStore. It reads the page's own bytes: what
// has expired, and DynamoDB has not deleted yet, lies before the span.
func (s *Store) AuditRecords(ctx context.Context, t tenant.ID, in resource.Span, limit int) ([]audit.Record, bool, error) {
	now := s.now()
	in.From = max(in.From, audit.IDPrefix(now.Add(-audit.Retention)))
	var records []audit.Record
	for !in.IsEmpty() {
		items, more, err := s.page(ctx, spanOf(partition(t), auditPrefix, in), limit-len(records))
		if err != nil {
			return nil, false, fmt.Errorf("read audit records: %w", err)
		}
		for _, it := range items {
			r := decodeAudit(it)
			if in = in.Behind(r.ID); !isExpired(it, now) {
				records = append(records, r)
			}
		}
		if !more || len(records) == limit {
			return records, more, nil
		}
	}
	return records, false, nil
}

// record stores the audit record of the transaction's change. That another one
// has the same millisecond and random bits happens once in 2^48 times.
func (tx *transaction) record(t tenant.ID, r audit.Record) {
	tx.put(encodeAudit(t, r), absent, resource.ErrBusy)
}

func encodeAudit(t tenant.ID, r audit.Record) item {
	it := auditKey(t, audit.NewID(r.Time)).attributes()
	it["principal"] = text(r.Principal)
	it["tokenId"] = text(r.TokenID)
	it["requestId"] = text(r.RequestID)
	it["address"] = text(r.Address)
	it["operation"] = text(r.Operation)
	it["resourceType"] = text(r.ResourceType)
	it["resourceId"] = text(r.ResourceID)
	it["versionBefore"] = number(r.VersionBefore)
	it["versionAfter"] = number(r.VersionAfter)
	it.setTexts("attributes", r.Attributes)
	it[expires] = number(r.Time.Add(audit.Retention).Unix())
	return it
}

func decodeAudit(it item) audit.Record {
	id := it.text(sortKey)[len(auditPrefix):]
	return audit.Record{
		ID: id,
		Actor: audit.Actor{
			Principal: it.text("principal"), TokenID: it.text("tokenId"),
			RequestID: it.text("requestId"), Address: it.text("address"),
		},
		Operation:     it.text("operation"),
		ResourceType:  it.text("resourceType"),
		ResourceID:    it.text("resourceId"),
		VersionBefore: it.number("versionBefore"),
		VersionAfter:  it.number("versionAfter"),
		Attributes:    sorted(it.texts("attributes")),
		Time:          audit.IDTime(id),
	}
}

// expires is the attribute by which DynamoDB deletes items (TTL): some days
// after this time, in seconds since 1970, so what is expired must not be read.
const expires = "expires"

func isExpired(it item, now time.Time) bool { return it.number(expires) <= now.Unix() }
