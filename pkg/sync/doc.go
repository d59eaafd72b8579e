// Package sync brings permission sets in line with roles: stream records in,
// permission sets out. A change of a role is only a hint where to look: what is
// written follows from the role as it is now, so hints may come twice, late,
// or in any order. The package knows no AWS event types and does not import
// the SCIM protocol.
package sync
