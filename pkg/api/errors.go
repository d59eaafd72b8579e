package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
)

// Errors of the way to an operation.
var (
	errNoCaller    = errors.New("no caller")
	errOtherTenant = errors.New("path of another tenant")
	errNoEndpoint  = errors.New("no such endpoint")
	errMethod      = errors.New("method not allowed")
	errNoMe        = errors.New("caller is no user")
	errNoDelete    = errors.New("users are not deleted here")
)

// answers gives each error its answer; the first that errors.Is finds counts.
// In details, {kind} is what the resource is called. Anything that is not here
// and has no type of its own is a 500.
var answers = []struct {
	err      error
	status   int
	scimType string
	detail   string
	header   http.Header
}{
	{errNoCaller, http.StatusUnauthorized, "", "Send a valid token in the header Authorization: Bearer <token>.", http.Header{"Www-Authenticate": {"Bearer"}}},
	{errOtherTenant, http.StatusForbidden, "", "This token is not for the tenant in the path: use the path of the token's own tenant.", nil},
	{errNoEndpoint, http.StatusNotFound, "", "There is no such endpoint: check the path.", nil},
	{auth.ErrSuspended, http.StatusForbidden, "", "This tenant is suspended: ask the operator of the service.", nil},
	{auth.ErrOwnPower, http.StatusConflict, "", "This change would take U_PSET from you, and you could not undo it: let another administrator make it.", nil},
	{errMethod, http.StatusMethodNotAllowed, "", "This method is not supported here: use one of those in the header Allow.", nil},
	{errNoMe, http.StatusNotFound, "", "/Me is for users, and the bearer of this token is none: use the path of the resource itself.", nil},
	{errNoDelete, http.StatusNotImplemented, "", "Users are not deleted under this path: disable the user with active false.", nil},
	{auth.ErrInactive, http.StatusForbidden, "", "You are not an active user of this tenant: ask an administrator of it.", nil},
	{resource.ErrNotFound, http.StatusNotFound, "", "There is no {kind} with this id.", nil},
	{resource.ErrIDTaken, http.StatusConflict, scim.NotUnique, "A {kind} with this id exists: choose another id, or leave it out to be given one.", nil},
	{resource.ErrNameTaken, http.StatusConflict, scim.NotUnique, "Another {kind} has this name: choose another. Names are compared without regard to case.", nil},
	{resource.ErrVersionMismatch, http.StatusPreconditionFailed, "", "The {kind} is not at the version that If-Match or If-None-Match asks for: read it again and decide anew.", nil},
	{role.ErrBuiltIn, http.StatusForbidden, "", "This role is built in: every tenant keeps its built-in roles, so it cannot be deleted.", nil},
	{permission.ErrInUse, http.StatusConflict, "", "This permission set is in use: it is the tenant's configured set, or a role grants it. Change that first.", nil},
	{resource.ErrBusy, http.StatusServiceUnavailable, "", "Others are changing the {kind} at this moment, and nothing was written: try again.", retrySoon},
	{resource.ErrUnavailable, http.StatusServiceUnavailable, "", "The service cannot reach its data at this moment: try again. If this was a change, read the {kind} first, since it may have been made.", retrySoon},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, "", "The service took too long: try again. If this was a change, read the {kind} first, since it may have been made.", retrySoon},
	{context.Canceled, http.StatusServiceUnavailable, "", "The request was given up before it was done: try again. If this was a change, read the {kind} first, since it may have been made.", retrySoon},
}

var retrySoon = http.Header{"Retry-After": {"1"}}

// errorMessage returns the error that the client is sent for err, and the
// headers that go with it.
func errorMessage(c *call, err error) (*scim.Error, http.Header) {
	message, header := findMessage(c, err)
	if errors.Is(err, errMethod) {
		header = http.Header{"Allow": {c.endpoint.allow}}
	}
	return c.surface.withErrorCode(message), header
}

func findMessage(c *call, err error) (*scim.Error, http.Header) {
	var (
		message   *scim.Error
		value     *resource.ValueError
		forbidden *auth.ForbiddenError
		throttled *throttledError
	)
	switch {
	case errors.As(err, &message):
		return message, nil
	case errors.As(err, &value):
		return scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "%s", value.Detail).WithCode(errorCode(value.Problem)), nil
	case errors.As(err, &forbidden):
		return forbiddenMessage(forbidden), nil
	case errors.As(err, &throttled):
		return throttled.message()
	}
	for i := range answers {
		if a := &answers[i]; errors.Is(err, a.err) {
			return scim.Errorf(a.status, a.scimType, "%s", strings.ReplaceAll(a.detail, "{kind}", c.endpoint.kind)), a.header
		}
	}
	return internalError(c.RequestID), nil
}

func forbiddenMessage(err *auth.ForbiddenError) *scim.Error {
	over := ""
	if err.Role != "" {
		over = " over the role " + err.Role
	}
	if err.Giving != "" {
		return scim.Errorf(http.StatusForbidden, "", "You cannot give the role %s, because it grants the permission %s%s, which you lack: ask an administrator of your tenant to give it.", err.Giving, err.Permission, over)
	}
	return scim.Errorf(http.StatusForbidden, "", "You lack the permission %s%s: ask an administrator of your tenant for it.", err.Permission, over)
}

func internalError(requestID string) *scim.Error {
	if requestID == "" {
		return scim.Errorf(http.StatusInternalServerError, "", "The service failed to answer. Try again.")
	}
	return scim.Errorf(http.StatusInternalServerError, "", "The service failed to answer. Try again; if it persists, report request %s.", requestID)
}

// errorCode translates a problem with a value (HID).
func errorCode(problem resource.Problem) int {
	switch problem {
	case resource.Missing:
		return scim.CodeMissing
	case resource.BadFormat:
		return scim.CodeBadFormat
	case resource.TooLong:
		return scim.CodeTooLong
	case resource.Unsupported:
		return scim.CodeUnsupported
	case resource.UnknownRole:
		return scim.CodeUnknownRole
	}
	return scim.CodeOther
}

// withErrorCode gives an error its errorCode where the surface has them, and
// takes it away where not.
func (s *surface) withErrorCode(message *scim.Error) *scim.Error {
	if !s.errorCodes {
		bare := *message
		bare.ErrorCode = nil
		return &bare
	}
	if message.ErrorCode == nil {
		return message.WithCode(scim.CodeOther)
	}
	return message
}
