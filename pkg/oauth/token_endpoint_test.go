package oauth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/oauth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// fixture is the endpoint over a store with the tenants acme and globex, and a
// client of acme.
type fixture struct {
	*dynamo.Store
	handler    http.Handler
	acme       tenant.ID
	id, secret string
	refusals   *[]oauth.Refusal
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	client, table := enginetest.Table(t)
	f := fixture{Store: dynamo.New(client, table, time.Now), refusals: &[]oauth.Refusal{}}
	for _, name := range []string{"globex", "acme"} {
		id, err := tenant.ParseID(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := onboard.Onboard(t.Context(), f.Store, id, audit.Actor{}, time.Now()); err != nil {
			t.Fatal(err)
		}
		f.acme = id
	}
	secret, c := auth.NewClient(f.acme, "HR", "hr", time.Now())
	if err := f.CreateClient(t.Context(), audit.Actor{}, c, []string{"RL_AUDITV"}); err != nil {
		t.Fatal(err)
	}
	f.id, f.secret = c.ID, secret
	f.handler = &oauth.TokenEndpoint{
		Clients: f.Store, Tenants: f.Store, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Actor:   func(context.Context) audit.Actor { return audit.Actor{RequestID: "r", Address: "192.0.2.1"} },
		Refused: func(_ context.Context, r oauth.Refusal) { *f.refusals = append(*f.refusals, r) },
	}
	return f
}

// answer is what came back.
type answer struct {
	status      int
	header      http.Header
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func (f fixture) post(t *testing.T, path, body, authorization string) answer {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	f.handler.ServeHTTP(w, r)
	a := answer{status: w.Code, header: w.Header()}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	if w.Header().Get("Cache-Control") != "no-store" || strings.Contains(w.Body.String(), f.secret) {
		t.Errorf("%s: %v %s", path, w.Header(), w.Body)
	}
	return a
}

func basic(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
}

// encoded writes every byte as %XX, which any client may.
func encoded(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(strings.ToUpper("%" + string("0123456789abcdef"[s[i]>>4]) + string("0123456789abcdef"[s[i]&15])))
	}
	return b.String()
}

var idInReason = regexp.MustCompile(` (acme|globex)\.[0-9a-f]{16}$`)

func TestTokenEndpoint(t *testing.T) {
	f := newFixture(t)
	const grant = "grant_type=client_credentials"
	form := grant + "&client_id=" + f.id + "&client_secret=" + url.QueryEscape(f.secret)
	for name, test := range map[string]struct {
		path, body, authorization string
		status                    int
		code                      string
	}{
		"HID, Basic":                     {"/acme/authn/token", grant, basic(f.id, f.secret), 200, ""},
		"HID, Basic, encoded":            {"/acme/authn/token", grant, basic(encoded(f.id), encoded(f.secret)), 200, ""},
		"HID, form":                      {"/acme/authn/token", form, "", 200, ""},
		"HID, idp":                       {"/idp/acme/authn/token", form, "", 200, ""},
		"BeyondTrust, Basic":             {"/oauth/connect/token", grant, basic(f.id, f.secret), 200, ""},
		"BeyondTrust, form":              {"/oauth/connect/token", form, "", 200, ""},
		"below a base path":              {"/management-api/oauth/connect/token/", form, "", 200, ""},
		"client_id in both":              {"/acme/authn/token", grant + "&client_id=" + f.id, basic(f.id, f.secret), 200, ""},
		"unknown parameter":              {"/acme/authn/token", form + "&scope=all", "", 200, ""},
		"HID, wrong secret":              {"/acme/authn/token", grant, basic(f.id, f.secret+"x"), 400, "invalid_client"},
		"BeyondTrust, wrong secret":      {"/oauth/connect/token", grant, basic(f.id, "x"), 401, "invalid_client"},
		"BeyondTrust, form, wrong":       {"/oauth/connect/token", strings.Replace(form, "secret_", "secret-", 1), "", 400, "invalid_client"},
		"no such client":                 {"/acme/authn/token", grant, basic("acme.0123456789abcdef", f.secret), 400, "invalid_client"},
		"no client's id":                 {"/oauth/connect/token", grant, basic("acme", f.secret), 401, "invalid_client"},
		"path of another tenant":         {"/globex/authn/token", grant, basic(f.id, f.secret), 400, "invalid_client"},
		"path of no tenant":              {"/nobody/authn/token", grant, basic(f.id, f.secret), 400, "invalid_client"},
		"path of no possible tenant":     {"/Acme/authn/token", grant, basic(f.id, f.secret), 400, "invalid_client"},
		"bearer instead of basic":        {"/acme/authn/token", grant, "Bearer " + f.secret, 400, "invalid_client"},
		"no credentials":                 {"/acme/authn/token", grant, "", 400, "invalid_request"},
		"no secret":                      {"/acme/authn/token", grant + "&client_id=" + f.id, "", 400, "invalid_request"},
		"secret in both":                 {"/acme/authn/token", form, basic(f.id, f.secret), 400, "invalid_request"},
		"two clients":                    {"/acme/authn/token", grant + "&client_id=other", basic(f.id, f.secret), 400, "invalid_request"},
		"no grant type":                  {"/acme/authn/token", "client_id=a", "", 400, "invalid_request"},
		"another grant type":             {"/acme/authn/token", strings.Replace(form, "client_credentials", "password", 1), "", 400, "unsupported_grant_type"},
		"twice":                          {"/acme/authn/token", form + "&" + grant, "", 400, "invalid_request"},
		"broken":                         {"/acme/authn/token", grant + "&x=%zz", "", 400, "invalid_request"},
		"long":                           {"/acme/authn/token", form + "&x=" + strings.Repeat("x", 9000), "", 400, "invalid_request"},
		"no such endpoint":               {"/acme/authn/login", form, "", 404, "invalid_request"},
		"null byte in the id":            {"/oauth/connect/token", grant, basic("acme.\x00123456789abcdef", f.secret), 401, "invalid_client"},
		"another tenant's id in the id":  {"/oauth/connect/token", grant, basic("globex"+strings.TrimPrefix(f.id, "acme"), f.secret), 401, "invalid_client"},
		"an id that would leave its key": {"/oauth/connect/token", grant, basic("acme.CLIENT#0123456789a", f.secret), 401, "invalid_client"},
	} {
		a := f.post(t, test.path, test.body, test.authorization)
		if a.status != test.status || a.Error != test.code || (a.AccessToken != "") != (test.status == 200) || test.status != 200 && a.Description == "" {
			t.Errorf("%s: %+v, want %d %s", name, a, test.status, test.code)
		}
		if test.status == 200 && (a.TokenType != "Bearer" || a.ExpiresIn != 3600) {
			t.Errorf("%s: %+v", name, a)
		}
		var want []oauth.Refusal
		if test.code == "invalid_client" {
			want = []oauth.Refusal{{Method: "POST", Path: test.path, Status: test.status, Reason: "invalid client"}}
		}
		for i := range *f.refusals { // behind the reason stands an id that a client could have
			(*f.refusals)[i].Reason = idInReason.ReplaceAllString((*f.refusals)[i].Reason, "")
		}
		if !slices.Equal(*f.refusals, want) {
			t.Errorf("%s: refusals %+v, want %+v", name, *f.refusals, want)
		}
		*f.refusals = nil
		if (a.status == 401) != (a.header.Get("WWW-Authenticate") != "") {
			t.Errorf("%s: %v", name, a.header)
		}
	}
}

// TestGrantedToken: the token is the client's principal's, and falls with the
// client, with its tenant, and with time.
func TestGrantedToken(t *testing.T) {
	f := newFixture(t)
	now := time.Now()
	authenticate := func() (auth.Caller, error) {
		a := f.post(t, "/acme/authn/token", "grant_type=client_credentials", basic(f.id, f.secret))
		return f.authenticate(t, a.AccessToken, now)
	}
	caller, err := authenticate()
	if err != nil || caller.Tenant != f.acme || caller.Principal != "hr" || caller.TokenID == "" {
		t.Errorf("caller %+v, %v", caller, err)
	}
	a := f.post(t, "/acme/authn/token", "grant_type=client_credentials", basic(f.id, f.secret))
	if _, err := f.authenticate(t, a.AccessToken, now.Add(auth.AccessTokenLife+time.Minute)); err == nil {
		t.Error("the token does not expire")
	}
	var second string
	if _, err := f.UpdateClient(t.Context(), audit.Actor{}, f.acme, f.id, func(c auth.Client) (auth.Client, error) {
		second = c.AddSecret(now)
		return c, nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{f.secret, second} {
		if a := f.post(t, "/acme/authn/token", "grant_type=client_credentials", basic(f.id, secret)); a.status != 200 {
			t.Errorf("of two secrets one is refused: %+v", a)
		}
	}
	suspend := func(state tenant.State) {
		if _, err := f.Configure(t.Context(), f.acme, audit.Actor{}, func(c tenant.Configuration) (tenant.Configuration, error) {
			c.State = state
			return c, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	suspend(tenant.Suspended)
	if a := f.post(t, "/acme/authn/token", "grant_type=client_credentials", basic(f.id, f.secret)); a.status != 400 || a.Error != "invalid_client" {
		t.Errorf("a suspended tenant's client: %+v", a)
	}
	if _, err := f.authenticate(t, a.AccessToken, now); err == nil {
		t.Error("a suspended tenant's token is good")
	}
	suspend(tenant.Active)
	if _, err := f.authenticate(t, a.AccessToken, now); err != nil {
		t.Errorf("after the suspension: %v", err)
	}
	if err := f.DeleteClient(t.Context(), audit.Actor{}, f.acme, f.id); err != nil {
		t.Fatal(err)
	}
	if _, err := f.authenticate(t, a.AccessToken, now); err == nil {
		t.Error("the token of a client that was removed is good")
	}
}

func (f fixture) authenticate(t *testing.T, secret string, now time.Time) (auth.Caller, error) {
	return auth.Authenticator{
		Store: f.Store, JWTs: noJWTs{}, Now: func() time.Time { return now },
		Warn: func(_ context.Context, err error) { t.Error(err) },
	}.Authenticate(t.Context(), "Bearer "+secret)
}

type noJWTs struct{ auth.JWTs }

func (noJWTs) Peek(string) (string, []string, bool) { return "", nil, false }
