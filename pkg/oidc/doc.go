// Package oidc verifies the tokens of tenants' own OpenID issuers: JSON Web
// Tokens (RFC 7519) in the compact serialization of JWS (RFC 7515 section 7.1),
// as RFC 8725 and RFC 9068 say. It keeps the issuers' keys (RFC 7517) and
// fetches them, by OpenID Connect Discovery if need be.
//
// Signatures and keys are go-jose's work: it is maintained, has no dependencies,
// parses no token without being told the algorithms, and does JWS, JWK and JSON
// without duplicate names in one. golang-jwt leaves out keys, jwx brings modules
// of its own, and go-oidc, which is go-jose below, fetches for every unknown key.
package oidc
