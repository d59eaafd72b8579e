// Package sync brings permission sets in line with roles, and takes deleted roles
// from the users who hold them: stream records in, permission sets and users
// out. A change of a role is only a hint where to look: what is written follows
// from the role as it is now, so hints may come twice, late, or in any order.
// The package knows no AWS event types and does not import the SCIM protocol.
package sync
