package api

import "net/http"

// ListAuditRecords answers GET /AuditRecords with the tenant's audit records,
// the oldest first (RFC 7644 section 3.4.2). Whoever reads on from the last one
// seen has to begin half a minute before it: a record may appear that much
// later than its time.
func ListAuditRecords(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, auditRecordsEndpoint, listResources{d}.run)
}
