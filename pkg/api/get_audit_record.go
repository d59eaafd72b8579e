package api

import (
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
)

// GetAuditRecord answers GET /AuditRecords/{id} (RFC 7644 section 3.4.1).
func GetAuditRecord(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, auditRecordEndpoint, getAuditRecord{d}.run)
}

type getAuditRecord struct{ Dependencies }

func (o getAuditRecord) run(ctx context.Context, c *call) (*response, error) {
	grants, err := auth.LoadGrants(ctx, o.Grants, c.Caller)
	if err != nil {
		return nil, err
	}
	if err := grants.Require(permission.ReadAudit); err != nil {
		return nil, err
	}
	record, err := o.AuditRecords.AuditRecord(ctx, c.tenant(), c.id)
	if err != nil {
		return nil, err
	}
	if unchanged, err := c.checkRead(auditRecordVersion); err != nil || unchanged {
		return notModified(auditRecordVersion), err
	}
	body := c.auditRecordResource(&record)
	return &response{status: http.StatusOK, version: auditRecordVersion, contentLocation: body.Meta.Location, body: body}, nil
}
