// Package resource holds what roles, permission sets and tenants have in
// common: the rule for codes, the version and times of a resource, and the
// errors that every store reports alike. It imports nothing of Rolecall.
package resource

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Meta is the part of a resource's state that the service alone writes
// (RFC 7643 section 3.1).
type Meta struct {
	Version      int64 // 1 when created, one more with every change
	Created      time.Time
	LastModified time.Time
}

// Errors that stores return, to be tested with errors.Is.
var (
	// ErrNotFound says that the tenant holds no such resource.
	ErrNotFound = errors.New("resource not found")
	// ErrIDTaken says that a resource with this id exists.
	ErrIDTaken = errors.New("id already taken")
	// ErrNameTaken says that another resource holds this name.
	ErrNameTaken = errors.New("name already taken")
	// ErrVersionMismatch says that the resource is not at a version the
	// caller asked for.
	ErrVersionMismatch = errors.New("version mismatch")
	// ErrBusy says that other writers got in between too often; nothing was
	// written, and the call may be repeated.
	ErrBusy = errors.New("resource is being changed by others")
	// ErrUnavailable says that the store, or something that it needs, is
	// overloaded, fails or cannot be reached. What was to be written may have
	// been; the call may be repeated.
	ErrUnavailable = errors.New("store is unavailable")
)

// Problem names what is wrong with a value.
type Problem int

// The problems that clients are told apart (HID errorCode).
const (
	Missing     Problem = iota + 1 // required, and absent or empty
	BadFormat                      // not of the attribute's form
	TooLong                        // longer than allowed
	Unsupported                    // well formed, but not acceptable
	UnknownRole                    // names a role that does not exist
)

// ValueError refuses the value of one attribute.
type ValueError struct {
	Attribute string // name as in the schema
	Problem   Problem
	Detail    string // one sentence that says what to send instead
}

func (e *ValueError) Error() string { return e.Attribute + ": " + e.Detail }

// MaxCodeLength is the longest code, in bytes.
const MaxCodeLength = 64

// MaxExternalIDLength is the longest externalId, in characters.
const MaxExternalIDLength = 256

// CheckExternalID tells whether a client may know a resource by this id. It
// returns a *ValueError if not.
func CheckExternalID(id string) error {
	if utf8.RuneCountInString(id) > MaxExternalIDLength {
		return &ValueError{"externalId", TooLong, fmt.Sprintf("externalId must have at most %d characters.", MaxExternalIDLength)}
	}
	return nil
}

// CheckCode tells whether code may name a role or permission set: 1 to 64 of
// A-Z a-z 0-9 _ . - . It returns a *ValueError about attribute if not. What a
// URL path takes for something else (".", "..") or SCIM does (".search",
// RFC 7644 section 3.4.3) names nothing.
func CheckCode(attribute, code string) error {
	switch {
	case code == "":
		return &ValueError{attribute, Missing, fmt.Sprintf("%s must not be empty.", attribute)}
	case len(code) > MaxCodeLength:
		return &ValueError{attribute, TooLong, fmt.Sprintf("%s must have at most %d characters.", attribute, MaxCodeLength)}
	case code == "." || code == ".." || code == ".search":
		return &ValueError{attribute, BadFormat, fmt.Sprintf("%s cannot be %q, which has a meaning of its own in paths.", attribute, code)}
	}
	for i := range len(code) {
		if !isCodeByte(code[i]) {
			return &ValueError{attribute, BadFormat, fmt.Sprintf("%s may hold only A-Z, a-z, 0-9, underscore, dot and hyphen.", attribute)}
		}
	}
	return nil
}

func isCodeByte(b byte) bool {
	return 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z' || '0' <= b && b <= '9' || b == '_' || b == '.' || b == '-'
}
