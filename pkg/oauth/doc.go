// Package oauth answers token requests of registered clients (RFC 6749 section
// 4.4), as the HID and BeyondTrust APIs do. It knows nothing of SCIM and does
// not import AWS.
package oauth
