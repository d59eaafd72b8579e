// Package audit says who changed what. A record is stored in the same
// transaction as the change it tells of, so that neither is without the
// other. It is never changed, and deleted before its time only together with
// its tenant. What the stream does to permission sets follows from changes that
// have records, and has none of its own. The package imports neither the SCIM
// protocol nor AWS.
package audit

import "time"

// Retention is how long a record can be read. DynamoDB deletes it some days
// later, at no cost. A shorter one hides older records at once; a longer one
// brings back none, since each record is stored with the time of its end.
const Retention = 400 * 24 * time.Hour

// Actor is who makes a change, and from where.
type Actor struct {
	Principal string // id of the principal
	TokenID   string // names the token without giving it away
	RequestID string
	Address   string // source address of the request
}

// What is done to resources.
const (
	Create = "create"
	Update = "update"
	Delete = "delete"
)

// Record tells of one change of one resource.
type Record struct {
	ID string // as NewID makes it; stores alone say so
	Actor
	Operation     string // Create, Update or Delete
	ResourceType  string // such as "Role"
	ResourceID    string
	VersionBefore int64    // 0 when the change created the resource, or it has no versions
	VersionAfter  int64    // 0 when the change deleted the resource, or it has no versions
	Attributes    []string // names of the changed attributes
	// Time is to the millisecond, and from before the change was written: up to
	// half a minute may pass before the record can be read.
	Time time.Time
}
