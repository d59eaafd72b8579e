package capacity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Service are the API's operations, in this process and for one tenant, over a store
// whose units are counted.
type Service struct {
	Store  *dynamo.Store
	Meter  *Meter
	Tenant tenant.ID
	// Token is that of the tenant's administrator, who calls.
	Token        string
	dependencies api.Dependencies
}

// NewService makes a tenant.
func NewService(ctx context.Context, engine *Engine, name string) (*Service, error) {
	id, err := tenant.ParseID(name)
	if err != nil {
		return nil, err
	}
	client, meter := Metered(engine.Client)
	store := dynamo.New(client, engine.Table, time.Now)
	secret, _, err := onboard.Onboard(ctx, store, id, audit.Actor{}, time.Now())
	if err != nil {
		return nil, fmt.Errorf("make tenant %s: %w", name, err)
	}
	return &Service{Store: store, Meter: meter, Tenant: id, Token: secret, dependencies: api.Dependencies{
		Roles: store, PermissionSets: store, Users: store, Grants: store, CursorKeys: store, AuditRecords: store,
		NewID: sequence(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}}, nil
}

// sequence makes ids that look like the functions', but the same ones each time: where
// among others a role lies decides what it costs to list it.
func sequence() func() string {
	var made atomic.Int64
	return func() string {
		sum := sha256.Sum256([]byte(strconv.FormatInt(made.Add(1), 10)))
		return hex.EncodeToString(sum[:16])
	}
}

// NewID makes an id as the functions do.
func NewID() string {
	var id [16]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// Send sends a request, at a path behind /scim/v2, to an operation, and returns the
// body. Any other status than 200, 201 and 204 is an error.
func (s *Service) Send(ctx context.Context, operation func(api.Dependencies) http.Handler, method, path, body string) ([]byte, error) {
	request := httptest.NewRequestWithContext(api.WithRequest(ctx, api.Request{
		Caller: auth.Caller{Tenant: s.Tenant, Principal: "administrator", TokenID: "token"}, RequestID: "request", BaseURL: "https://example.com",
	}), method, "/scim/v2"+path, strings.NewReader(body))
	if body != "" {
		request.Header.Set("Content-Type", "application/scim+json")
	}
	answer := httptest.NewRecorder()
	operation(s.dependencies).ServeHTTP(answer, request)
	switch answer.Code {
	case http.StatusOK, http.StatusCreated, http.StatusNoContent:
		return answer.Body.Bytes(), nil
	}
	return nil, fmt.Errorf("%s %s: %d: %s", method, path, answer.Code, answer.Body)
}
