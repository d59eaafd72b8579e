// Package tenantaccess makes calls of AWS with credentials that IAM itself binds
// to one tenant: those of a session of one role, with the tenant as its session
// tag. Of Rolecall it imports pkg/resource and pkg/tenant only.
package tenantaccess
