package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// TokenEndpoint is an http.Handler for POST /{tenant}/authn/token and
// /idp/{tenant}/authn/token (HID), where a wrong secret is 400, and for
// /oauth/connect/token (BeyondTrust), where the client's id names the tenant.
type TokenEndpoint struct {
	Clients auth.ClientStore
	Tenants tenant.ConfigurationStore
	// Actor says where a request comes from.
	Actor func(context.Context) audit.Actor
	// Refused hears of refused clients.
	Refused func(context.Context, Refusal)
	Now     func() time.Time
	Log     *slog.Logger
}

// Refusal is a request of a client that is unknown, has a wrong secret or may not
// have a token.
type Refusal struct {
	Method, Path string
	Status       int
	Reason       string // in words that are not the client's to read
}

// granted is a successful answer (RFC 6749 section 5.1).
type granted struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"` // seconds
}

// refused is an error answer (RFC 6749 section 5.2).
type refused struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func (e *refused) Error() string { return e.Code + ": " + e.Description }

func (e *TokenEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Pragma", "no-cache")
	header.Set("Content-Type", "application/json")
	answer, err := e.grant(r)
	status := http.StatusOK
	var body any = answer
	if err != nil {
		message := e.explain(r, err)
		if message.status == http.StatusUnauthorized {
			header.Set("WWW-Authenticate", `Basic realm="rolecall"`)
		}
		if message.status == http.StatusServiceUnavailable {
			header.Set("Retry-After", "1")
		}
		status, body = message.status, message
	}
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // nobody is left to be told
}

func (e *TokenEndpoint) grant(r *http.Request) (granted, error) {
	asked, err := tenantOfPath(r.URL.Path)
	if err != nil {
		return granted{}, err
	}
	credentials, err := readCredentials(r)
	if err != nil {
		return granted{}, err
	}
	secret, token, err := auth.Grant(r.Context(), e.Clients, e.Tenants, asked, credentials.id, credentials.secrets, e.Actor(r.Context()), e.Now().UTC())
	if _, malformed := auth.TenantOfClient(credentials.id); malformed == nil && errors.Is(err, auth.ErrInvalidClient) {
		err = fmt.Errorf("%w %s", err, credentials.id) // anything else might be a secret in the wrong place
	}
	if err != nil {
		return granted{}, err
	}
	e.Log.InfoContext(r.Context(), "token granted", "tenant", token.Tenant.String(), "client", token.Client, "tokenId", token.ID)
	return granted{secret, "Bearer", int(token.Expires.Sub(token.Created).Seconds())}, nil
}

// tenantOfPath returns the tenant that a path names; none for BeyondTrust's. What
// stands before, a base path, does not matter.
func tenantOfPath(path string) (tenant.ID, error) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	last := len(segments) - 1
	switch {
	case last < 2 || segments[last] != "token":
	case segments[last-1] == "connect" && segments[last-2] == "oauth":
		return tenant.ID{}, nil
	case segments[last-1] == "authn":
		t, err := tenant.ParseID(segments[last-2])
		if err != nil { // no client is one of such a tenant
			return tenant.ID{}, auth.ErrInvalidClient
		}
		return t, nil
	}
	return tenant.ID{}, &refused{http.StatusNotFound, "invalid_request", "There is no such endpoint: check the path."}
}

// explain says what went wrong without telling what is there.
func (e *TokenEndpoint) explain(r *http.Request, err error) *refused {
	var message *refused
	switch {
	case errors.As(err, &message):
		return message
	case errors.Is(err, auth.ErrInvalidClient):
		status := statusOfInvalidClient(r)
		e.Refused(r.Context(), Refusal{r.Method, r.URL.Path, status, err.Error()})
		return &refused{status, "invalid_client", "The client is unknown, or its secret is wrong: check both, and ask the operator for a new secret if need be."}
	}
	e.Log.ErrorContext(r.Context(), "token not granted", "error", err.Error())
	return &refused{http.StatusServiceUnavailable, "temporarily_unavailable", "The service failed to answer: try again."}
}

// statusOfInvalidClient is 401 for clients that use HTTP Basic (RFC 6749 section
// 5.2), but 400 at HID's paths, as there.
func statusOfInvalidClient(r *http.Request) int {
	if r.Header.Get("Authorization") != "" && strings.HasSuffix(strings.TrimSuffix(r.URL.Path, "/"), "/connect/token") {
		return http.StatusUnauthorized
	}
	return http.StatusBadRequest
}
