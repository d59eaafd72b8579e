package acceptance_test

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func (i *isolated) addClient(t *testing.T, in, principal, role string) (id, secret string) {
	t.Helper()
	secret, c := auth.NewClient(i.id(t, in), "A client", principal, time.Now())
	if err := i.store().CreateClient(t.Context(), audit.Actor{}, c, []string{role}); err != nil {
		t.Fatal(err)
	}
	i.secrets = append(i.secrets, secret)
	return c.ID, secret
}

// issuer is an OpenID provider with one key.
type issuer struct {
	*httptest.Server
	key     *rsa.PrivateKey
	fetches atomic.Int64
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/keys" {
			http.NotFound(w, r)
			return
		}
		i.fetches.Add(1)
		_, _ = fmt.Fprintf(w, `{"keys":[{"kty":"RSA","use":"sig","kid":"one","n":%q,"e":%q}]}`,
			encode(key.N.Bytes()), encode(big.NewInt(int64(key.E)).Bytes()))
	}))
	t.Cleanup(i.Close)
	return i
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func unsigned(header, claims map[string]any) string {
	h, _ := json.Marshal(header) // plain values: cannot fail
	c, _ := json.Marshal(claims)
	return encode(h) + "." + encode(c)
}

func (i *issuer) sign(t *testing.T, header, claims map[string]any) string {
	t.Helper()
	payload := unsigned(header, claims)
	digest := sha256.Sum256([]byte(payload))
	signature, err := rsa.SignPKCS1v15(rand.Reader, i.key, crypto.SHA256, digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return payload + "." + encode(signature)
}

// with returns claims with one changed; nil takes it out.
func with(claims map[string]any, name string, value any) map[string]any {
	changed := maps.Clone(claims)
	if changed[name] = value; value == nil {
		delete(changed, name)
	}
	return changed
}

// testJWTs: tokens of acme's own issuer, and of those who pretend to be it.
func (i *isolated) testJWTs(t *testing.T) {
	provider, stranger := newIssuer(t), newIssuer(t)
	if _, err := i.store().Configure(t.Context(), i.id(t, "acme"), audit.Actor{}, func(c tenant.Configuration) (tenant.Configuration, error) {
		c.Issuer = &tenant.Issuer{
			URL: provider.URL, Audience: "rolecall", KeysURL: provider.URL + "/keys", RolesClaim: "groups",
			Roles: map[string][]string{"Admins": {"RL_SADMIN"}, "Viewers": {"RL_AUDITV"}},
		}
		return c, c.Issuer.Validate()
	}); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	header := map[string]any{"alg": "RS256", "kid": "one", "typ": "JWT"}
	claims := map[string]any{"iss": provider.URL, "aud": "rolecall", "sub": "jane", "groups": []string{"Viewers", "Unknown"}, "iat": now, "exp": now + 600}
	public := x509.MarshalPKCS1PublicKey(&provider.key.PublicKey)
	confused := unsigned(map[string]any{"alg": "HS256", "kid": "one"}, claims)
	mac := hmac.New(sha256.New, public)
	mac.Write([]byte(confused))

	good := provider.sign(t, header, claims)
	for _, test := range []struct {
		name, token, method, path string
		status                    int
	}{
		{"a viewer", good, "GET", "/scim/acme/v2/Roles", 200},
		{"a viewer, standard surface", good, "GET", "/scim/v2/Roles/PART", 200},
		{"a viewer writes", good, "DELETE", "/scim/acme/v2/Roles/PART", 403},
		{"another tenant's path", good, "GET", "/scim/globex/v2/Roles", 403},
		{"an administrator", provider.sign(t, header, with(claims, "groups", "Admins")), "GET", "/scim/acme/v2/AuditRecords", 200},
		{"no role", provider.sign(t, header, with(claims, "groups", []string{"Unknown"})), "GET", "/scim/acme/v2/Roles", 403},
		{"a role's code as a group", provider.sign(t, header, with(claims, "groups", "RL_SADMIN")), "GET", "/scim/acme/v2/Roles", 403},
		{"the name of a stored administrator", provider.sign(t, header, with(with(claims, "groups", nil), "sub", "an-administrator")), "GET", "/scim/acme/v2/Roles", 403},
		{"the name of a user", provider.sign(t, header, with(with(claims, "groups", nil), "sub", auth.UserPrefix+i.users["giver"])), "GET", "/scim/acme/v2/Users", 403},
		{"the name of a user, at its path", provider.sign(t, header, with(claims, "sub", auth.UserPrefix+i.users["giver"])), "GET", "/scim/acme/v2/Me", 404},
		{"expired", provider.sign(t, header, with(claims, "exp", now-600)), "GET", "/scim/acme/v2/Roles", 401},
		{"no expiry", provider.sign(t, header, with(claims, "exp", nil)), "GET", "/scim/acme/v2/Roles", 401},
		{"of the future", provider.sign(t, header, with(claims, "nbf", now+600)), "GET", "/scim/acme/v2/Roles", 401},
		{"another audience", provider.sign(t, header, with(claims, "aud", "other")), "GET", "/scim/acme/v2/Roles", 401},
		{"no audience", provider.sign(t, header, with(claims, "aud", nil)), "GET", "/scim/acme/v2/Roles", 401},
		{"an issuer that nobody has", provider.sign(t, header, with(claims, "iss", stranger.URL)), "GET", "/scim/acme/v2/Roles", 401},
		{"a stranger's key", stranger.sign(t, header, claims), "GET", "/scim/acme/v2/Roles", 401},
		{"another algorithm", provider.sign(t, with(header, "alg", "RS512"), claims), "GET", "/scim/acme/v2/Roles", 401},
		{"no signature", unsigned(map[string]any{"alg": "none"}, claims) + ".", "GET", "/scim/acme/v2/Roles", 401},
		{"no signature, oddly written", unsigned(map[string]any{"alg": "nOnE"}, claims) + ".", "GET", "/scim/acme/v2/Roles", 401},
		{"the public key as a secret", confused + "." + encode(mac.Sum(nil)), "GET", "/scim/acme/v2/Roles", 401},
		{"cut off", good[:len(good)-5], "GET", "/scim/acme/v2/Roles", 401},
		{"changed", strings.Replace(good, ".", ".A", 1), "GET", "/scim/acme/v2/Roles", 401},
	} {
		i.secrets = append(i.secrets, test.token)
		if a := i.call(t, test.method, test.path, test.token, ""); a.status != test.status {
			t.Errorf("%s: %d %s, want %d", test.name, a.status, a.body, test.status)
		}
	}
	before := provider.fetches.Load()
	for n := range 30 {
		flood := provider.sign(t, with(header, "kid", fmt.Sprint("unknown-", n)), claims)
		if a := i.call(t, "GET", "/scim/acme/v2/Roles", flood, ""); a.status != 401 {
			t.Errorf("unknown key: %d %s", a.status, a.body)
		}
	}
	// One for each process of the authorizer, of which there may be a few.
	if fetches := provider.fetches.Load() - before; fetches > 5 {
		t.Errorf("a flood of unknown keys made %d fetches", fetches)
	}
	if stranger.fetches.Load() > 0 {
		t.Errorf("a stranger was asked for keys")
	}
}
