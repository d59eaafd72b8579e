package operator

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

var silent = slog.New(slog.NewTextHandler(io.Discard, nil))

func TestDecode(t *testing.T) {
	t.Parallel()
	for event, want := range map[string]string{
		`{"tenant":"acme","suspended":true}`: "",
		`{"tenant":"acme","suspend":true}`:   `unknown field "suspend"`,
		`{"tenant":"acme","suspended":"no"}`: "suspended",
		`{"tenant":`:                         "unexpected",
		`[]`:                                 "array",
	} {
		err := decode(json.RawMessage(event), &ConfigureRequest{})
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", event, err, want)
		}
	}
}

// TestConfigureAtOnce: what one request asks for is one change, with one record.
func TestConfigureAtOnce(t *testing.T) {
	t.Parallel()
	store, acme := newStore(t)
	yes, no := true, false
	issuer := &Issuer{URL: "https://login.example.com", Audience: "rolecall"}
	c := configuring{store, silent}
	got, err := c.handle(t.Context(), ConfigureRequest{Tenant: "acme", ConfiguredPermissionSet: "FS_USERADM", Limits: "7/1s", Suspended: &yes, Issuer: issuer})
	if err != nil || got.State != tenant.Suspended || got.ConfiguredPermissionSet != "FS_USERADM" || got.Limits != "7/1s" || got.Issuer == nil || got.InactiveSince.IsZero() {
		t.Errorf("configured %+v, %v", got, err)
	}
	if n := records(t, store, acme); n != 2 { // and that of its creation
		t.Errorf("%d audit records", n)
	}
	got, err = c.handle(t.Context(), ConfigureRequest{Tenant: "acme", Suspended: &no, RemoveIssuer: true})
	if err != nil || got.State != tenant.Active || got.Limits != "7/1s" || got.Issuer != nil || !got.InactiveSince.IsZero() {
		t.Errorf("configured %+v, %v", got, err)
	}
	if _, err := c.handle(t.Context(), ConfigureRequest{Tenant: "acme", Suspended: &no}); err != nil || records(t, store, acme) != 3 {
		t.Errorf("what changes nothing: %v, %d audit records", err, records(t, store, acme))
	}
	if _, err := c.handle(t.Context(), ConfigureRequest{Tenant: "acme", Issuer: issuer, RemoveIssuer: true}); err == nil {
		t.Error("an issuer was set and removed")
	}
}

func records(t *testing.T, store exportStore, of tenant.ID) int {
	t.Helper()
	lines, _, err := export{store: store}.audit(t.Context(), of, "")
	if err != nil {
		t.Fatal(err)
	}
	return len(lines)
}

// TestIssuerTaken: an issuer's tokens for one audience are of one tenant.
func TestIssuerTaken(t *testing.T) {
	t.Parallel()
	store, _ := newStore(t)
	c := configuring{store, silent}
	if _, err := (onboarding{store, silent}).handle(t.Context(), OnboardRequest{Tenant: "globex"}); err != nil {
		t.Fatal(err)
	}
	issuer := &Issuer{URL: "https://login.example.com", Audience: "rolecall"}
	if _, err := c.handle(t.Context(), ConfigureRequest{Tenant: "acme", Issuer: issuer}); err != nil {
		t.Fatal(err)
	}
	_, err := c.handle(t.Context(), ConfigureRequest{Tenant: "globex", Issuer: issuer})
	if err == nil || err.Error() != "another tenant has the issuer https://login.example.com with the audience rolecall: tokens would not tell whose they are" {
		t.Errorf("taken: %v", err)
	}
}

// TestRefusedTokens: each error says what to do instead.
func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	store, _ := newStore(t)
	n := func(n int) *int { return &n }
	k := tokens{store, silent, time.Now}
	for _, test := range []struct {
		request TokensRequest
		want    string
	}{
		{TokensRequest{Tenant: "Acme", Action: "list"}, "tenant id"},
		{TokensRequest{Tenant: "nobody", Action: "list"}, "there is no tenant nobody"},
		{TokensRequest{Tenant: "acme"}, "want issue, list, rotate or revoke"},
		{TokensRequest{Tenant: "acme", Action: "issue"}, "principal is required"},
		{TokensRequest{Tenant: "acme", Action: "issue", Principal: "oidc:alice"}, `cannot be "operator" or begin with "oidc:"`},
		{TokensRequest{Tenant: "acme", Action: "issue", Principal: "robot"}, "say which roles it is to hold"},
		{TokensRequest{Tenant: "acme", Action: "issue", Principal: "administrator", Days: n(0)}, "days is 0: want 1 to 366"},
		{TokensRequest{Tenant: "acme", Action: "issue", User: "nobody"}, "tenant acme has no user with the userName nobody"},
		{TokensRequest{Tenant: "acme", Action: "issue", User: "alice", Principal: "robot"}, "user excludes principal and roles"},
		{TokensRequest{Tenant: "acme", Action: "issue", User: "alice", Roles: []string{"RL_AUDITV"}}, "user excludes principal and roles"},
		{TokensRequest{Tenant: "acme", Action: "issue", Principal: "user:none"}, "There is no user none"},
		{TokensRequest{Tenant: "acme", Action: "issue", Principal: "user:none", Roles: []string{"RL_AUDITV"}}, "Roles are given to users by the SCIM API"},
		{TokensRequest{Tenant: "acme", Action: "rotate"}, "say in token which one"},
		{TokensRequest{Tenant: "acme", Action: "rotate", Token: "A", OverlapHours: n(169)}, "overlapHours is 169: want 0 to 168"},
		{TokensRequest{Tenant: "acme", Action: "rotate", Token: "A"}, "has no token A that is good, beside those that clients got"},
		{TokensRequest{Tenant: "acme", Action: "revoke"}, "say in token which one"},
	} {
		if answer, err := k.handle(t.Context(), test.request); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, %v; want %q", test.request, answer, err, test.want)
		}
	}
}

// TestUserToken: a token of a user is found by userName, in any case, and bears what
// the user holds; the user need not be active.
func TestUserToken(t *testing.T) {
	t.Parallel()
	store, acme := newStore(t)
	u, err := store.CreateUser(t.Context(), acme, audit.Actor{}, user.User{ID: "1b", UserName: "Alice@acme.example"})
	if err != nil {
		t.Fatal(err)
	}
	k := tokens{store, silent, time.Now}
	for range auth.MaxTokens {
		answer, err := k.handle(t.Context(), TokensRequest{Tenant: "acme", Action: "issue", User: "ALICE@acme.example"})
		if issued, ok := answer.(IssuedToken); err != nil || !ok || issued.Principal != auth.UserPrefix+u.ID {
			t.Errorf("issued %+v, %v", answer, err)
		}
	}
	if _, err := k.handle(t.Context(), TokensRequest{Tenant: "acme", Action: "issue", Principal: auth.UserPrefix + u.ID}); !errors.Is(err, auth.ErrTokenLimit) {
		t.Errorf("a third token: %v", err)
	}
}

// TestRotateShortToken: a token's end does not move away because it is replaced.
func TestRotateShortToken(t *testing.T) {
	t.Parallel()
	store, acme := newStore(t)
	_, token := auth.NewToken(acme, "robot", time.Now(), time.Hour)
	if err := store.IssueToken(t.Context(), audit.Actor{}, token, auth.HashToken("secret"), []string{"RL_AUDITV"}); err != nil {
		t.Fatal(err)
	}
	answer, err := tokens{store, silent, time.Now}.handle(t.Context(), TokensRequest{Tenant: "acme", Action: "rotate", Token: token.ID})
	rotated, ok := answer.(IssuedToken)
	if err != nil || !ok || rotated.Principal != "robot" || rotated.Replaced != token.ID || rotated.Until.Sub(token.Expires).Abs() > time.Second || time.Until(rotated.Expires) < 89*24*time.Hour {
		t.Errorf("rotated %+v, %v", answer, err)
	}
}

// TestShowPages: tenants come in pages, with what has been deleted left out.
func TestShowPages(t *testing.T) {
	t.Parallel()
	store, _ := newStore(t)
	s := show{store}
	first, err := s.page(t.Context(), "")
	if err != nil || len(first.Tenants) != 1 || first.Last != "acme" || first.More {
		t.Errorf("first page %+v, %v", first, err)
	}
	if next, err := s.page(t.Context(), "acme"); err != nil || len(next.Tenants) != 0 || next.More {
		t.Errorf("next page %+v, %v", next, err)
	}
	if _, err := s.page(t.Context(), "Acme"); err == nil {
		t.Error("a page behind no possible tenant")
	}
}
