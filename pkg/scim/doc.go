// Package scim is the SCIM 2.0 protocol as data and pure functions: schemas,
// request bodies checked against them, list responses, errors, entity tags and
// media types. It knows nothing of roles or any other resource type, and
// imports nothing but the standard library.
package scim
