package scim

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// The values of scimType (RFC 7644 section 3.12, RFC 9865 section 2.1).
const (
	InvalidFilter = "invalidFilter"
	TooMany       = "tooMany"
	NotUnique     = "uniqueness"
	NotMutable    = "mutability"
	InvalidSyntax = "invalidSyntax"
	InvalidPath   = "invalidPath"
	NoTarget      = "noTarget"
	InvalidValue  = "invalidValue"
	InvalidVers   = "invalidVers"
	Sensitive     = "sensitive"
	InvalidCursor = "invalidCursor"
	ExpiredCursor = "expiredCursor"
	InvalidCount  = "invalidCount"
)

// The values of errorCode (HID).
const (
	CodeOther       = 0
	CodeMissing     = 1000 // a required value is missing
	CodeBadFormat   = 1006
	CodeTooLong     = 1008
	CodeUnsupported = 1009 // well formed, but not acceptable
	CodeUnknownRole = 1292
)

// Error is an error as it is sent to the client (RFC 7644 section 3.12).
type Error struct {
	Status    int
	ScimType  string // empty when none fits
	Detail    string // one or more sentences that say what to do
	ErrorCode *int   // HID's; only where the surface has it
}

// Errorf makes an Error without errorCode.
func Errorf(status int, scimType, format string, args ...any) *Error {
	return &Error{Status: status, ScimType: scimType, Detail: fmt.Sprintf(format, args...)}
}

// WithCode returns a copy of e with an errorCode.
func (e *Error) WithCode(code int) *Error {
	coded := *e
	coded.ErrorCode = &code
	return &coded
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %s", e.Status, e.ScimType, e.Detail) }

// MarshalJSON writes the error message (RFC 7644 section 3.12).
func (e *Error) MarshalJSON() ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false) // details hold < and > for people to read
	err := encoder.Encode(struct {
		Schemas   []string `json:"schemas"`
		Status    int      `json:"status,string"`
		ScimType  string   `json:"scimType,omitempty"`
		Detail    string   `json:"detail"`
		ErrorCode *int     `json:"errorCode,omitempty"`
	}{[]string{SchemaError}, e.Status, e.ScimType, e.Detail, e.ErrorCode})
	return buffer.Bytes(), err
}
