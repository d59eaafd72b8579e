// Package api answers SCIM requests over HTTP: one handler per operation, the
// same for both surfaces, errors of the domain turned into SCIM errors in one
// table. It imports neither AWS nor a store.
package api
