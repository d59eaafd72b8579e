package api

import (
	"context"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// auditRecords are the audit records of the caller's tenant. They are never
// counted as a whole: their endpoint is bounded.
func (d *Dependencies) auditRecords(c *call) collection[audit.Record] {
	return collection[audit.Record]{
		resourceType: auditRecordResourceType,
		fields:       c.auditRecordFields(),
		key:          func(r *audit.Record) string { return r.ID },
		size:         auditRecordSize,
		read: func(ctx context.Context, in resource.Span, limit int, _ bool) ([]audit.Record, bool, error) {
			return d.AuditRecords.AuditRecords(ctx, c.tenant(), in, limit)
		},
		write: func(_ context.Context, records []*audit.Record) ([]any, error) {
			resources := make([]any, len(records))
			for i, r := range records {
				resources[i] = c.auditRecordResource(r)
			}
			return resources, nil
		},
	}
}

func auditRecordSize(r *audit.Record) int {
	size := 700 + len(r.Principal) + len(r.ResourceID)
	for _, name := range r.Attributes {
		size += len(name) + 3
	}
	return size
}

// idTimes names the attributes of a type that tell the time with which its ids
// begin, so that a range of times is one of ids.
func idTimes(t *scim.ResourceType) []string {
	if t != auditRecordResourceType {
		return nil
	}
	return []string{"time", "meta.created", "meta.lastModified"}
}

// auditRecordFields read what filters compare and lists are sorted by, as
// clients see it.
func (c *call) auditRecordFields() filter.Fields[audit.Record] {
	text := func(value func(r *audit.Record) string) filter.Field[audit.Record] {
		return filter.Field[audit.Record]{Value: func(r *audit.Record) filter.Value { return filter.Text(value(r)) }}
	}
	time := filter.Field[audit.Record]{Value: func(r *audit.Record) filter.Value { return filter.Time(r.Time) }}
	version := func(value func(r *audit.Record) int64) filter.Field[audit.Record] {
		return filter.Field[audit.Record]{Value: func(r *audit.Record) filter.Value {
			if value(r) == 0 {
				return filter.Value{}
			}
			return filter.Integer(value(r))
		}}
	}
	return filter.Fields[audit.Record]{
		"schemas":           {Value: func(*audit.Record) filter.Value { return filter.Texts(auditRecordSchemas) }},
		"id":                text(func(r *audit.Record) string { return r.ID }),
		"meta.resourceType": text(func(*audit.Record) string { return auditRecordResourceType.Name }),
		"meta.location":     text(func(r *audit.Record) string { return c.location(auditRecordEndpoint, r.ID) }),
		"meta.version":      text(func(*audit.Record) string { return c.surface.version(auditRecordVersion) }),
		"meta.created":      time,
		"meta.lastModified": time,
		"time":              time,
		"principal":         text(func(r *audit.Record) string { return r.Principal }),
		"tokenId":           text(func(r *audit.Record) string { return r.TokenID }),
		"operation":         text(func(r *audit.Record) string { return r.Operation }),
		"resourceType":      text(func(r *audit.Record) string { return r.ResourceType }),
		"resourceId":        text(func(r *audit.Record) string { return r.ResourceID }),
		"versionBefore":     version(func(r *audit.Record) int64 { return r.VersionBefore }),
		"versionAfter":      version(func(r *audit.Record) int64 { return r.VersionAfter }),
		"attributes":        {Value: func(r *audit.Record) filter.Value { return filter.Texts(r.Attributes) }},
		"requestId":         text(func(r *audit.Record) string { return r.RequestID }),
		"address":           text(func(r *audit.Record) string { return r.Address }),
	}
}
