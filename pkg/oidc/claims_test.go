package oidc_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/oidc"
)

func TestIssuerAndAudience(t *testing.T) {
	t.Parallel()
	v := newVerifier()
	for _, test := range []struct {
		name, value string // of one claim, in JSON; empty to leave it out
		ok          bool
	}{
		{"iss", `"` + issuerURL + `"`, true},
		{"iss", "", false},
		{"iss", "null", false},
		{"iss", `""`, false},
		{"iss", `"` + issuerURL + `/"`, false},
		{"iss", `"` + strings.ToUpper(issuerURL) + `"`, false},
		{"iss", `"https://LOGIN.acme.example/realm"`, false},
		{"iss", `"https://login.acme.example:443/realm"`, false},
		{"iss", `"https://login.acme.example/realm?"`, false},
		{"iss", `"http://login.acme.example/realm"`, false},
		{"iss", `"https://login.globex.example/realm"`, false},
		{"iss", `["` + issuerURL + `"]`, false},
		{"aud", `"` + audience + `"`, true},
		{"aud", `["` + audience + `"]`, true},
		{"aud", `["https://other.example","` + audience + `"]`, true},
		{"aud", "", false},
		{"aud", "null", false},
		{"aud", `""`, false},
		{"aud", "[]", false},
		{"aud", `"https://rolecall.example/globex"`, false},
		{"aud", `"` + audience + `/"`, false},
		{"aud", `"` + audience + ` https://other.example"`, false},
		{"aud", `"` + strings.ToUpper(audience) + `"`, false},
		{"aud", `[["` + audience + `"]]`, false},
		{"aud", `["` + audience + `",null]`, false},
		{"aud", `["` + audience + `",1]`, false},
		{"aud", `{"` + audience + `":true}`, false},
		{"aud", `["` + audience + `"` + strings.Repeat(`,"a"`, 9) + `]`, true},
		{"aud", `["` + audience + `"` + strings.Repeat(`,"a"`, 10) + `]`, false},
	} {
		claims := goodClaims().without(test.name)
		token := rsaSigner.token(member(claims, test.name, test.value))
		_, err := verify(t, v, token)
		if test.ok && err != nil || !test.ok && !errors.Is(err, oidc.ErrInvalid) {
			t.Errorf("%s %s: %v", test.name, test.value, err)
		}
	}
}

// member returns the claims as JSON, with one more whose value is JSON.
func member(claims object, name, value string) string {
	all := text(claims)
	if value == "" {
		return all
	}
	return all[:len(all)-1] + `,"` + name + `":` + value + "}"
}

// TestDuplicates: no two readers can see different values in a token that is
// accepted.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	v := newVerifier()
	for name, addition := range map[string]string{
		"aud":            `"aud":"https://other.example"`,
		"aud, the same":  `"aud":"` + audience + `"`,
		"aud, escaped":   `"\u0061ud":"https://other.example"`,
		"exp":            `"exp":1`,
		"sub":            `"sub":"root"`,
		"iss":            `"iss":"https://other.example"`,
		"in an object":   `"realm_access":{"roles":["staff"],"roles":["admins"]}`,
		"in an array":    `"other":[{"a":1,"a":2}]`,
		"unknown claims": `"other":1,"other":2`,
	} {
		good := text(goodClaims())
		for _, payload := range []string{"{" + addition + "," + good[1:], good[:len(good)-1] + "," + addition + "}"} {
			if _, err := verify(t, v, rsaSigner.token(payload)); !errors.Is(err, oidc.ErrInvalid) {
				t.Errorf("%s: got %v", name, err)
			}
			if _, _, ok := oidc.Peek(rsaSigner.token(payload)); ok {
				t.Errorf("%s: Peek reads it", name)
			}
		}
	}
	// Names in another case are other names.
	payload := member(goodClaims().with("AUD", "https://other.example").with("Sub", "root"), "EXP", "1")
	if got, err := verify(t, v, rsaSigner.token(payload)); err != nil || got.Principal != "alice" {
		t.Errorf("other case: got %+v, %v", got, err)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	at := func(d time.Duration) string { return fmt.Sprint(now.Add(d).Unix()) }
	v := newVerifier()
	for _, test := range []struct {
		name          string
		exp, nbf, iat string // in JSON; empty to leave it out
		ok            bool
	}{
		{"only exp", at(time.Hour), "", "", true},
		{"all", at(time.Hour), at(0), at(0), true},
		{"no exp", "", at(0), at(0), false},
		{"a minute over", at(-time.Minute), "", "", false},
		{"a minute over but a second", at(-59 * time.Second), "", "", true},
		{"an hour over", at(-time.Hour), "", at(-2 * time.Hour), false},
		{"nbf in a minute", at(time.Hour), at(time.Minute), "", true},
		{"nbf later", at(time.Hour), at(61 * time.Second), "", false},
		{"iat in a minute", at(time.Hour), "", at(time.Minute), true},
		{"iat later", at(time.Hour), "", at(61 * time.Second), false},
		{"a day long", at(time.Hour), "", at(-23 * time.Hour), true},
		{"longer than a day", at(time.Hour + time.Second), "", at(-23 * time.Hour), false},
		{"iat in 1970", at(time.Hour), "", "0", false},
		{"nbf in 1970", at(time.Hour), "0", "", true},
		{"float", at(time.Hour) + ".5", at(0) + ".25", at(0) + ".125", true},
		{"float, over by less", at(-time.Minute) + ".5", "", "", true},
		{"exponent", "2e9", "", "", true},
		{"year 9999", "253402300799", "", "", true},
		{"year 10000", "253402300800", "", "", false},
		{"1e400", "1e400", "", "", false},
		{"1e308", "1e308", "", "", false},
		{"9223372036854775807", "9223372036854775807", "", "", false},
		{"milliseconds", at(time.Hour) + "000", "", "", false},
		{"negative", "-1", "", "", false},
		{"negative zero", "-0", "", "", false},
		{"string", `"` + at(time.Hour) + `"`, "", "", false},
		{"null", "null", "", "", false},
		{"true", "true", "", "", false},
		{"array", "[" + at(time.Hour) + "]", "", "", false},
		{"object", "{}", "", "", false},
		{"NaN", "NaN", "", "", false},
		{"Infinity", "Infinity", "", "", false},
		{"hexadecimal", "0x7fffffff", "", "", false},
		{"nbf string", at(time.Hour), `"0"`, "", false},
		{"nbf null", at(time.Hour), "null", "", false},
		{"nbf 1e400", at(time.Hour), "1e400", "", false},
		{"nbf negative", at(time.Hour), "-1", "", false},
		{"iat string", at(time.Hour), "", `"0"`, false},
		{"iat null", at(time.Hour), "", "null", false},
		{"iat -1e400", at(time.Hour), "", "-1e400", false},
	} {
		claims := member(object{"iss": issuerURL, "aud": audience}, "sub", `"alice"`)
		for name, value := range map[string]string{"exp": test.exp, "nbf": test.nbf, "iat": test.iat} {
			if value != "" {
				claims = claims[:len(claims)-1] + `,"` + name + `":` + value + "}"
			}
		}
		got, err := verify(t, v, edSigner.token(claims))
		if test.ok && err != nil || !test.ok && !errors.Is(err, oidc.ErrInvalid) {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
		}
	}
	got, err := verify(t, v, edSigner.token(goodClaims().with("exp", float64(now.Unix())+0.5)))
	if err != nil || !got.Expires.Equal(now.Add(500*time.Millisecond)) {
		t.Errorf("half a second: got %v, %v", got.Expires, err)
	}
}

func TestPrincipal(t *testing.T) {
	t.Parallel()
	v := newVerifier()
	for _, test := range []struct {
		value string // in JSON
		want  string // empty for invalid
	}{
		{`"alice"`, "alice"},
		{`"Zoë Ångström"`, "Zoë Ångström"},
		{`"\u0061lice"`, "alice"},
		{`"` + strings.Repeat("ä", 256) + `"`, strings.Repeat("ä", 256)},
		{`"` + strings.Repeat("a", 257) + `"`, ""},
		{"", ""},
		{"null", ""},
		{`""`, ""},
		{"1", ""},
		{`["alice"]`, ""},
		{`"al\nice"`, ""},
		{`"al\u0000ice"`, ""},
		{`"al\u202eice"`, ""},
		{`"al\u200bice"`, ""},
		{`"al\ud800ice"`, ""},
		{`"al\ufffdice"`, ""},
	} {
		got, err := verify(t, v, edSigner.token(member(goodClaims().without("sub"), "sub", test.value)))
		if got.Principal != test.want || (err == nil) != (test.want != "") || err != nil && !errors.Is(err, oidc.ErrInvalid) {
			t.Errorf("sub %s: got %+v, %v", test.value, got, err)
		}
	}
	issuer := newIssuer()
	issuer.PrincipalClaim = "oid"
	token := edSigner.token(goodClaims().with("oid", "e3b0c442"))
	if got, err := v.Verify(t.Context(), issuer, token); err != nil || got.Principal != "e3b0c442" {
		t.Errorf("claim oid: got %+v, %v", got, err)
	}
	if _, err := v.Verify(t.Context(), issuer, edSigner.token(goodClaims())); !errors.Is(err, oidc.ErrInvalid) {
		t.Errorf("no claim oid: got %v", err)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	admin, user := []string{"RL_AUDITV", "RL_SADMIN"}, []string{"RL_AUDITV", "RL_USERADM"}
	v := newVerifier()
	for _, test := range []struct {
		claim  string // configured
		claims string // further ones, in JSON
		want   []string
		ok     bool
	}{
		{"", `{}`, nil, true},
		{"", `{"roles":null}`, nil, true},
		{"", `{"roles":[]}`, nil, true},
		{"", `{"roles":"admins"}`, admin, true},
		{"", `{"roles":["admins"]}`, admin, true},
		{"", `{"roles":["staff","staff"]}`, user, true},
		{"", `{"roles":["RL_SADMIN"]}`, nil, true}, // a role code is worth nothing by itself
		{"", `{"roles":["Admins","admins ",""]}`, nil, true},
		{"", `{"roles":"admins staff"}`, nil, true},
		{"", `{"roles":"admins,staff"}`, nil, true},
		{"", `{"Roles":["admins"]}`, nil, true},
		{"", `{"roles":[["admins"]]}`, nil, false},
		{"", `{"roles":["staff",["admins"]]}`, nil, false},
		{"", `{"roles":[{"admins":true}]}`, nil, false},
		{"", `{"roles":["staff",null]}`, nil, false},
		{"", `{"roles":{"admins":true}}`, nil, false},
		{"", `{"roles":true}`, nil, false},
		{"", `{"roles":1}`, nil, false},
		{"groups", `{"roles":["admins"],"groups":["staff"]}`, user, true},
		{"https://acme.example/roles", `{"https://acme.example/roles":["admins"]}`, admin, true},
		{"https://acme.example/roles", `{"https://acme":{"example/roles":["admins"]}}`, admin, true},
		{"acme.roles", `{"acme.roles":["admins"]}`, admin, true},
		{"realm_access.roles", `{"realm_access":{"roles":["admins"]}}`, admin, true},
		{"realm_access.roles", `{"realm_access":{"roles":["admins"]},"realm_access.roles":["staff"]}`, user, true},
		{"realm_access.roles", `{"realm_access":{"roles":["admins"]},"realm_access.roles":[]}`, nil, true},
		{"realm_access.roles", `{"realm_access":{"roles":[["admins"]]}}`, nil, false},
		{"realm_access.roles", `{"realm_access":{"roles":{}}}`, nil, false},
		{"realm_access.roles", `{"realm_access":"admins"}`, nil, true},
		{"realm_access.roles", `{"realm_access":[{"roles":["admins"]}]}`, nil, true},
		{"realm_access.roles", `{"realm_access":null}`, nil, true},
		{"realm_access.roles", `{"roles":["admins"]}`, nil, true},
		{"resource_access.rolecall.roles", `{"resource_access":{"rolecall":{"roles":"staff"}}}`, user, true},
		{"realm_access", `{"realm_access":{"roles":["admins"]}}`, nil, false},
		{".", `{"":{"":["admins"]}}`, admin, true},
	} {
		issuer := newIssuer()
		issuer.RolesClaim = test.claim
		good := text(goodClaims())
		payload := good
		if test.claims != "{}" {
			payload = good[:len(good)-1] + "," + test.claims[1:]
		}
		got, err := v.Verify(t.Context(), issuer, edSigner.token(payload))
		if !slices.Equal(got.Roles, test.want) || test.ok && err != nil || !test.ok && !errors.Is(err, oidc.ErrInvalid) {
			t.Errorf("claim %q in %s: got %q, %v", test.claim, test.claims, got.Roles, err)
		}
	}
}

func TestTokenID(t *testing.T) {
	t.Parallel()
	v := newVerifier()
	seen := map[string]bool{}
	for _, test := range []struct {
		value string // in JSON
		want  string // empty for a hash
	}{
		{`"urn:uuid:f81d4fae"`, "urn:uuid:f81d4fae"},
		{`"` + strings.Repeat("a", 128) + `"`, strings.Repeat("a", 128)},
		{`"` + strings.Repeat("b", 129) + `"`, ""},
		{`"a\nb"`, ""},
		{`""`, ""},
		{`1`, ""},
		{``, ""},
	} {
		token := edSigner.token(member(goodClaims(), "jti", test.value))
		got, err := verify(t, v, token)
		switch {
		case err != nil:
			t.Errorf("jti %s: %v", test.value, err)
		case test.want != "" && got.TokenID != test.want:
			t.Errorf("jti %s: got %q", test.value, got.TokenID)
		case test.want == "" && (len(got.TokenID) != 12 || seen[got.TokenID] || strings.Contains(token, got.TokenID)):
			t.Errorf("jti %s: got %q, want a hash", test.value, got.TokenID)
		}
		seen[got.TokenID] = true
	}
}
