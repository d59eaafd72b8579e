// Package audit says who changed what. A record is stored in the same
// transaction as the change it tells of, so that neither is without the
// other. The package imports neither the SCIM protocol nor AWS.
package audit

import "time"

// Actor is who makes a change, and from where.
type Actor struct {
	Principal string // id of the principal
	TokenID   string // names the token without giving it away
	RequestID string
	Address   string // source address of the request
}

// Record tells of one change of one resource.
type Record struct {
	Actor
	Operation     string // "create" or "delete"
	ResourceType  string // "Role"
	ResourceID    string
	VersionBefore int64    // 0 when the change created the resource
	VersionAfter  int64    // 0 when the change deleted the resource
	Attributes    []string // names of the changed attributes
	Time          time.Time
}
