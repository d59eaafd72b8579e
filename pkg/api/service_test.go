package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// now is what the clock of every test shows.
var now = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

const stamp = "2026-01-31T12:00:00.000Z"

const baseURL = "https://host.example/dev"

// Principals of the tenants.
const (
	admin   = "administrator"
	viewer  = "viewer"  // RL_AUDITV
	limited = "limited" // over RL_RFE and GHOST only
	nobody  = "nobody"  // not stored at all
)

// operator is who onboards the tenants.
var operator = audit.Actor{Principal: "operator", RequestID: "invocation-1"}

// service is the API over a store of its own, with the tenants acme and globex
// as they are onboarded, and the tenant bare, whose configured permission set
// takes no roles.
type service struct {
	*dynamo.Store
	handlers map[string]http.Handler // by method and endpoint
	log      *strings.Builder
	later    time.Duration // what the clock of cursors shows beyond now
	passed   *atomic.Int64 // what that of the store shows, in milliseconds
	refusals []api.Refusal
}

func newService(t *testing.T) *service {
	t.Helper()
	client, table := enginetest.Table(t)
	var passed atomic.Int64
	store := dynamo.New(client, table, func() time.Time { return now.Add(time.Duration(passed.Load()) * time.Millisecond) })
	for _, name := range []string{"acme", "globex"} {
		if _, _, err := onboard.Onboard(t.Context(), store, tenantID(t, name), operator, now); err != nil {
			t.Fatal(err)
		}
		addPrincipal(t, store, name, viewer, "RL_AUDITV")
	}
	createBareTenant(t, store)
	s := serve(t, store, api.Dependencies{Roles: store, PermissionSets: store, Users: store, Grants: store})
	s.passed = &passed
	return s
}

// serve puts handlers over a store; d may wrap it.
func serve(t *testing.T, store *dynamo.Store, d api.Dependencies) *service {
	t.Helper()
	var ids atomic.Int64
	s := &service{Store: store, log: &strings.Builder{}}
	d.CursorKeys, d.AuditRecords = store, store
	d.Now = func() time.Time { return now.Add(s.later) }
	d.NewID = func() string { return fmt.Sprintf("made-%d", ids.Add(1)) }
	d.Refused = s.noteRefusal
	d.Log = slog.New(slog.NewTextHandler(s.log, nil))
	s.handlers = map[string]http.Handler{
		"GET /Roles":               api.ListRoles(d),
		"GET /Roles/{id}":          api.GetRole(d),
		"POST /Roles":              api.CreateRole(d),
		"DELETE /Roles/{id}":       api.DeleteRole(d),
		"GET /PermissionSets":      api.ListPermissionSets(d),
		"GET /PermissionSets/{id}": api.GetPermissionSet(d),
		"POST /Bulk":               api.Bulk(d),
		"GET /AuditRecords":        api.ListAuditRecords(d),
		"GET /AuditRecords/{id}":   api.GetAuditRecord(d),

		"POST /Roles/.search":          api.SearchRoles(d),
		"POST /PermissionSets/.search": api.SearchPermissionSets(d),
		"POST /.search":                api.Search(d),

		"PUT /Roles/{id}":             api.ReplaceRole(d),
		"PATCH /Roles/{id}":           api.PatchRole(d),
		"POST /PermissionSets":        api.CreatePermissionSet(d),
		"PUT /PermissionSets/{id}":    api.ReplacePermissionSet(d),
		"POST /PermissionSets/{id}":   api.ReplacePermissionSet(d),
		"PATCH /PermissionSets/{id}":  api.PatchPermissionSet(d),
		"DELETE /PermissionSets/{id}": api.DeletePermissionSet(d),

		"GET /Users":          api.ListUsers(d),
		"GET /Users/{id}":     api.GetUser(d),
		"POST /Users":         api.CreateUser(d),
		"PUT /Users/{id}":     api.ReplaceUser(d),
		"PATCH /Users/{id}":   api.PatchUser(d),
		"DELETE /Users/{id}":  api.DeleteUser(d),
		"POST /Users/.search": api.SearchUsers(d),
	}
	return s
}

func (s *service) noteRefusal(_ context.Context, r api.Refusal) { s.refusals = append(s.refusals, r) }

func tenantID(t *testing.T, name string) tenant.ID {
	t.Helper()
	id, err := tenant.ParseID(name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func addPrincipal(t *testing.T, store *dynamo.Store, tenantName, principal string, roles ...string) {
	t.Helper()
	secret, token := auth.NewToken(tenantID(t, tenantName), principal, now, time.Hour)
	if err := store.CreateToken(t.Context(), operator, auth.Principal{ID: principal, Roles: roles}, token, auth.HashToken(secret)); err != nil {
		t.Fatal(err)
	}
}

// createBareTenant makes a tenant with sets that onboarding does not ship.
func createBareTenant(t *testing.T, store *dynamo.Store) {
	t.Helper()
	over := []string{"GHOST", "RL_RFE"}
	id := tenantID(t, "bare")
	secret, token := auth.NewToken(id, admin, now, time.Hour)
	err := store.CreateTenant(t.Context(), onboard.NewTenant{
		ID:                      id,
		ConfiguredPermissionSet: "PLAIN",
		Roles: []role.Role{
			{ID: "ALL", Name: "All", BuiltIn: true, PermissionSets: []string{"EVERYTHING"}},
			{ID: "FEW", Name: "Few", BuiltIn: true, PermissionSets: []string{"LIMITED"}},
			{ID: "RL_RFE", Name: "RADIUS Front End", BuiltIn: true},
		},
		PermissionSets: []permission.Set{
			{ID: "PLAIN", Name: "Plain"},
			{ID: "EVERYTHING", Name: "Everything", Items: []permission.Item{{Permission: permission.ReadReferenceData}, {Permission: permission.ReadRole},
				{Permission: permission.CreateRole}, {Permission: permission.DeleteRole}, {Permission: permission.WritePermissionSet}}},
			{ID: "LIMITED", Name: "Limited", Items: []permission.Item{{Permission: permission.ReadRole, Limited: true, Roles: over},
				{Permission: permission.CreateRole, Limited: true, Roles: over}, {Permission: permission.DeleteRole, Limited: true, Roles: over}}},
			{ID: "NONE", Name: "None", Items: []permission.Item{{Permission: permission.AssignRole, Limited: true}}},
		},
		Administrator: auth.Principal{ID: admin, Roles: []string{"ALL"}},
		Token:         token,
		TokenHash:     auth.HashToken(secret),
	})
	if err != nil {
		t.Fatal(err)
	}
	addPrincipal(t, store, "bare", limited, "FEW")
}

// call is one request; the zero fields have their usual meaning.
type call struct {
	tenant    string // of the caller; "acme" if empty
	principal string // admin if empty
	method    string // GET if empty
	path      string // without /scim
	base      string // what stands before /scim in locations; baseURL if empty
	header    map[string]string
	body      string
}

// answer is what came back.
type answer struct {
	t      *testing.T
	status int
	header http.Header
	body   string
}

func (s *service) do(t *testing.T, c call) answer {
	t.Helper()
	if c.tenant == "" {
		c.tenant = "acme"
	}
	if c.principal == "" {
		c.principal = admin
	}
	if c.method == "" {
		c.method = http.MethodGet
	}
	if c.base == "" {
		c.base = baseURL
	}
	r := httptest.NewRequest(c.method, "/scim"+c.path, strings.NewReader(c.body))
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	r = r.WithContext(api.WithRequest(r.Context(), api.Request{
		Caller:    auth.Caller{Tenant: tenantID(t, c.tenant), Principal: c.principal, TokenID: "token"},
		RequestID: "request-1",
		Address:   "192.0.2.1",
		BaseURL:   c.base,
	}))
	return record(t, s.handler(t, c.method, c.path), r)
}

func record(t *testing.T, handler http.Handler, r *http.Request) answer {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return answer{t, w.Code, w.Header(), w.Body.String()}
}

// handler finds the handler as API Gateway's routes do.
func (s *service) handler(t *testing.T, method, path string) http.Handler {
	t.Helper()
	path, _, _ = strings.Cut(path, "?")
	if _, searched, found := strings.Cut(path, "/v2/"); found && method == http.MethodPost && strings.HasSuffix(searched, ".search") {
		return s.handlers["POST /"+searched]
	}
	if strings.Contains(path, "/v2/Me") {
		return s.handlers[method+" /Users/{id}"]
	}
	for _, endpoint := range []string{"AuditRecords", "Bulk", "PermissionSets", "Roles", "Users"} {
		_, rest, found := strings.Cut(path, "/"+endpoint)
		if !found {
			continue
		}
		name := method + " /" + endpoint
		if strings.Trim(rest, "/") != "" {
			name += "/{id}"
		}
		if handler := s.handlers[name]; handler != nil {
			return handler
		}
	}
	t.Fatalf("no handler for %s %s", method, path)
	return nil
}

// is checks the status.
func (a answer) is(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("got status %d, want %d; body %s", a.status, status, a.body)
	}
	return a
}

// json decodes the body into value.
func (a answer) json(value any) {
	a.t.Helper()
	if got := a.header.Get("Content-Type"); got != "application/scim+json" {
		a.t.Errorf("got Content-Type %q", got)
	}
	if err := json.Unmarshal([]byte(a.body), value); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

// fails checks that the answer is an error of the given surface's form, whose
// detail holds a text.
func (a answer) fails(path string, status int, scimType string, errorCode int, detail string) {
	a.t.Helper()
	a.is(status)
	var message struct {
		Schemas   []string
		Status    string
		ScimType  string
		Detail    string
		ErrorCode *int
	}
	a.json(&message)
	if len(message.Schemas) != 1 || message.Schemas[0] != "urn:ietf:params:scim:api:messages:2.0:Error" || message.Status != fmt.Sprint(status) {
		a.t.Errorf("not an error message: %s", a.body)
	}
	if message.ScimType != scimType || !strings.Contains(message.Detail, detail) {
		a.t.Errorf("got %s\nwant scimType %q and …%s…", a.body, scimType, detail)
	}
	onTenantSurface := !strings.HasPrefix(path, "/v2")
	if onTenantSurface != (message.ErrorCode != nil) || onTenantSurface && *message.ErrorCode != errorCode {
		a.t.Errorf("got %s\nwant errorCode %d, on the tenant surface only", a.body, errorCode)
	}
}
