package gateway

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/rolecall/rolecall/infra/local/template"
)

// refusal is an answer of the gateway itself, of one of the gateway response types.
type refusal struct {
	kind    string
	message string
	// status replaces the type's own, as some integration failures do.
	status int
	cause  error
}

func refuse(kind, message string) *refusal { return &refusal{kind: kind, message: message} }

func (r *refusal) because(err error) *refusal {
	r.cause = err
	return r
}

func (r *refusal) withStatus(status int) *refusal {
	r.status = status
	return r
}

// Error names the type and what is behind it, for the log only.
func (r *refusal) Error() string {
	if r.cause != nil {
		return r.kind + ": " + r.cause.Error()
	}
	return r.kind
}

// Unwrap answers what is behind the refusal.
func (r *refusal) Unwrap() error { return r.cause }

// ownStatus is the status of a type that the template does not change, and the
// x-amzn-ErrorType that goes with it.
func ownStatus(kind string) (int, string) {
	switch kind {
	case "MISSING_AUTHENTICATION_TOKEN":
		return http.StatusForbidden, "MissingAuthenticationTokenException"
	case "UNAUTHORIZED":
		return http.StatusUnauthorized, "UnauthorizedException"
	case "ACCESS_DENIED":
		return http.StatusForbidden, "AccessDeniedException"
	case "INVALID_API_KEY":
		return http.StatusForbidden, "ForbiddenException"
	case "THROTTLED":
		return http.StatusTooManyRequests, "TooManyRequestsException"
	case "REQUEST_TOO_LARGE":
		return http.StatusRequestEntityTooLarge, "RequestTooLargeException"
	case "AUTHORIZER_CONFIGURATION_ERROR":
		return http.StatusInternalServerError, "AuthorizerConfigurationException"
	case "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT":
		return http.StatusGatewayTimeout, "InternalServerErrorException"
	}
	return http.StatusInternalServerError, "InternalServerErrorException"
}

// refuse writes a gateway response and answers its status.
func (g *Gateway) refuse(w http.ResponseWriter, c *call, r *refusal) int {
	status, errorType := ownStatus(r.kind)
	if r.status != 0 {
		status = r.status
	}
	response := g.response(r.kind, status)
	if response.StatusCode != 0 {
		status = response.StatusCode
	}
	message, _ := json.Marshal(r.message) // a string: cannot fail
	body := response.Body
	if body == "" {
		body = `{"message":$context.error.messageString}`
	}
	body = strings.NewReplacer(
		"$context.error.messageString", string(message),
		"$context.error.message", r.message,
		"$context.error.responseType", r.kind,
		"$context.requestId", c.id,
		"$context.extendedRequestId", c.extendedID,
	).Replace(body)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("x-amzn-ErrorType", errorType)
	for name, value := range response.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // the client may be gone
	return status
}

// response finds the template's answer of a type, else the default of its class.
func (g *Gateway) response(kind string, status int) template.GatewayResponse {
	if response, ok := g.api.Responses[kind]; ok {
		return response
	}
	if status >= http.StatusInternalServerError {
		return g.api.Responses["DEFAULT_5XX"]
	}
	return g.api.Responses["DEFAULT_4XX"]
}
