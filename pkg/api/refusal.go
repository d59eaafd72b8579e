package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
)

// Refusal is a call that was answered with 401, 403 or 429: its caller is not
// known, may not make it, or makes too many. Whoever only asks for what is not
// there is not refused.
type Refusal struct {
	Caller     auth.Caller // zero if not known
	Method     string
	Endpoint   string // as in Methods, such as "/Roles/{id}"; empty where none was found
	Status     int
	Permission permission.Code // that is missing; empty if it is not for lack of one
	Role       string          // over which it is missing; empty for all
	Reason     string          // in words that are not the client's to read
	RequestID  string
	Address    string // source address
}

// tellRefusal tells whoever wants to know that the call ended with this error,
// if that refuses it. Each operation of a bulk request is a call of its own.
func (o *operation) tellRefusal(ctx context.Context, c *call, err error, status int) {
	if o.refused == nil || status != http.StatusUnauthorized && status != http.StatusForbidden && status != http.StatusTooManyRequests {
		return
	}
	r := Refusal{
		Caller: c.Caller, Method: c.http.Method, Endpoint: c.endpoint.path(), Status: status, Reason: err.Error(),
		RequestID: c.RequestID, Address: c.Address,
	}
	if missing := (*auth.ForbiddenError)(nil); errors.As(err, &missing) {
		r.Permission, r.Role = missing.Permission, missing.Role
	}
	o.refused(ctx, r)
}
