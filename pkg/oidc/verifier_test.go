package oidc_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/oidc"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	v := newVerifier()
	for _, s := range []signer{
		{"RS256", "rsa", rsaSigner.key}, {"RS384", "rsa", rsaSigner.key}, {"RS512", "rsa", rsaSigner.key},
		{"PS256", "rsa", rsaSigner.key}, {"PS384", "rsa", rsaSigner.key}, {"PS512", "rsa", rsaSigner.key},
		p256Signer, p384Signer, p521Signer, edSigner,
	} {
		claims := goodClaims().with("jti", "token-1").with("roles", []string{"staff", "nobody", "admins"})
		got, err := verify(t, v, s.token(claims))
		if err != nil {
			t.Errorf("%s: %v", s.algorithm, err)
			continue
		}
		if got.Principal != "alice" || !slices.Equal(got.Roles, []string{"RL_AUDITV", "RL_SADMIN", "RL_USERADM"}) ||
			!got.Expires.Equal(now.Add(time.Hour)) || got.TokenID != "token-1" {
			t.Errorf("%s: got %+v", s.algorithm, got)
		}
	}
}

// TestForgery: none of what is not signed by the issuer for this audience is
// accepted, and no error tells what was in it.
func TestForgery(t *testing.T) {
	t.Parallel()
	secret := "secret-claim-value"
	claims := goodClaims().with("sub", secret)
	good := rsaSigner.token(claims)
	parts := strings.Split(good, ".")
	stranger := signer{"RS256", "rsa", otherRSA.key}
	strangerEd := signer{"EdDSA", "ed", newEdKey()}
	withJWK := func(s signer, name string, value any) string {
		return s.tokenWith(s.header().with(name, value), claims)
	}
	tests := []struct{ name, token string }{
		{"empty", ""},
		{"dots", ".."},
		{"opaque", "rolecall_" + strings.Repeat("A", 43)},
		{"one part", parts[0]},
		{"two parts", parts[0] + "." + parts[1]},
		{"no signature", parts[0] + "." + parts[1] + "."},
		{"no payload", parts[0] + ".." + parts[2]},
		{"four parts", good + ".AAAA"},
		{"five parts", good + ".AAAA.AAAA"},
		{"dot at the end", good + "."},
		{"dot at the start", "." + good},
		{"truncated", good[:len(good)-4]},
		{"longer", good + "AAAA"},
		{"padded", good + "="},
		{"line break", good[:len(good)-4] + "\n" + good[len(good)-4:]},
		{"space around", " " + good + " "},
		{"standard alphabet", parts[0] + "." + parts[1] + "." + strings.Repeat("+/", 171)},
		{"bits left over", parts[0] + "." + parts[1] + "." + leftover(parts[2])},
		{"JSON serialization", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`},
		{"huge", rsaSigner.token(claims.with("filler", strings.Repeat("A", oidc.MaxTokenLength)))},
		{"other payload", parts[0] + "." + encode(claims.with("sub", "root")) + "." + parts[2]},
		{"other header", encode(object{"alg": "RS256", "kid": "rsa"}) + "." + parts[1] + "." + parts[2]},
		{"other algorithm of the key", encode(rsaSigner.header().with("alg", "PS256")) + "." + parts[1] + "." + parts[2]},
		{"signature of zeros", parts[0] + "." + parts[1] + "." + base64URL(make([]byte, 256))},
		{"ECDSA signature of zeros", encode(p256Signer.header()) + "." + parts[1] + "." + base64URL(make([]byte, 64))},
		{"ECDSA signature in DER", encode(p256Signer.header()) + "." + parts[1] + "." + base64URL(append([]byte{0x30, 0x3e}, make([]byte, 62)...))},
		{"Ed25519 signature of zeros", encode(edSigner.header()) + "." + parts[1] + "." + base64URL(make([]byte, 64))},
		{"other key of the same kid", stranger.token(claims)},
		{"other key without kid", stranger.tokenWith(object{"alg": "RS256"}, claims)},
		{"key of another type", signer{"ES256", "rsa", p256Signer.key}.token(claims)},
		{"key of another curve", signer{"ES256", "p384", p384Signer.key}.token(claims)},
		{"embedded key", withJWK(strangerEd, "jwk", strangerEd.jwk())},
		{"embedded key without kid", strangerEd.tokenWith(object{"alg": "EdDSA", "jwk": strangerEd.jwk()}, claims)},
		{"embedded key URL", withJWK(strangerEd, "jku", "https://evil.example/keys")},
		{"embedded certificate URL", withJWK(strangerEd, "x5u", "https://evil.example/certificate")},
		{"embedded certificate", withJWK(strangerEd, "x5c", []string{"AAAA"})},
		{"payload is a token", rsaSigner.token(good)},
		{"payload is a token, and says so", rsaSigner.tokenWith(rsaSigner.header().with("cty", "JWT"), good)},
		{"payload is null", rsaSigner.token("null")},
		{"payload is an array", rsaSigner.token("[" + text(claims) + "]")},
		{"payload is two objects", rsaSigner.token(text(claims) + text(claims))},
		{"payload is not UTF-8", rsaSigner.token(strings.Replace(text(claims), secret, "\xff", 1))},
		{"payload is not UTF-8 where it does not matter", rsaSigner.token(strings.Replace(text(claims.with("other", "value")), "value", "\xff", 1))},
		{"payload is nested deeply", rsaSigner.token(`{"a":` + strings.Repeat("[", 4000))},
		{"header is null", rsaSigner.tokenWith("null", claims)},
		{"header is a string", rsaSigner.tokenWith(`"alg"`, claims)},
	}
	for _, kid := range []string{"", "../rsa", "rsa/../rsa", "./rsa", "/dev/null", "rsa\x00", "RSA", "rsa ", "' OR 1=1 --", "file:///dev/null", "https://evil.example/keys", strings.Repeat("a", 5000)} {
		tests = append(tests, struct{ name, token string }{"kid " + kid, stranger.tokenWith(object{"alg": "RS256", "kid": kid}, claims)})
	}
	for _, algorithm := range []any{"none", "None", "NONE", "nOnE", "none ", "", nil, 0, []string{"RS256"}, object{}, "rs256", "RS256 ", "HS256", "hs256", "HS384", "HS512", "RSA-OAEP", "dir", "A128KW", "ES256K", "Ed25519", "RS1"} {
		header := encode(object{"alg": algorithm, "typ": "JWT"})
		for _, signature := range []string{"", "AA", parts[2]} {
			tests = append(tests, struct{ name, token string }{"alg " + text(algorithm), header + "." + parts[1] + "." + signature})
		}
	}
	for name, key := range publicForms(t) {
		for _, algorithm := range []string{"HS256", "RS256"} {
			for _, header := range []object{{"alg": algorithm, "kid": "rsa"}, {"alg": algorithm}} {
				input := encode(header) + "." + parts[1]
				mac := hmac.New(sha256.New, key)
				mac.Write([]byte(input))
				tests = append(tests, struct{ name, token string }{"HMAC with public key as " + name, input + "." + encode(mac.Sum(nil))})
			}
		}
	}
	v := newVerifier()
	if _, err := verify(t, v, good); err != nil {
		t.Fatalf("not forged: %v", err)
	}
	for _, test := range tests {
		got, err := verify(t, v, test.token)
		if !errors.Is(err, oidc.ErrInvalid) || errors.Is(err, oidc.ErrUnavailable) {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
			continue
		}
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "evil") || len(parts[2]) > 0 && strings.Contains(err.Error(), parts[2]) {
			t.Errorf("%s: the error tells what is in the token: %v", test.name, err)
		}
	}
}

// leftover changes the bits of the last character that stand for nothing.
func leftover(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, part[len(part)-1])
	return part[:len(part)-1] + string(alphabet[last|1])
}

// publicForms are the ways in which a public key can be mistaken for a secret.
func publicForms(t *testing.T) map[string][]byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(rsaSigner.key.Public())
	must(err)
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return map[string][]byte{
		"DER":                   der,
		"PEM":                   block,
		"PEM without the break": block[:len(block)-1],
		"JWK":                   []byte(text(rsaSigner.jwk())),
		"JWK Set":               []byte(jwks(everySigner...)),
		"modulus":               []byte(rsaSigner.jwk()["n"].(string)),
		"nothing":               {},
	}
}

// TestOtherIssuer: tenants' issuers have nothing in common, even if their keys
// have one name, or one tenant says that another's issuer keeps its keys
// elsewhere.
func TestOtherIssuer(t *testing.T) {
	t.Parallel()
	const otherKeys = "https://keys.globex.example/keys"
	site := siteOf(map[string]string{keysURL: jwks(rsaSigner), otherKeys: jwks(otherRSA)})
	v := oidc.New(site, theTime)
	acme, globex := newIssuer(), newIssuer()
	globex.KeysURL = otherKeys
	ours, theirs := rsaSigner.token(goodClaims()), otherRSA.token(goodClaims())
	for range 2 {
		for _, test := range []struct {
			issuer tenant.Issuer
			token  string
			want   error
		}{{acme, ours, nil}, {globex, theirs, nil}, {acme, theirs, oidc.ErrInvalid}, {globex, ours, oidc.ErrInvalid}} {
			if _, err := v.Verify(t.Context(), test.issuer, test.token); !errors.Is(err, test.want) {
				t.Errorf("keys of %s: got %v, want %v", test.issuer.KeysURL, err, test.want)
			}
		}
	}
}

func TestAlgorithms(t *testing.T) {
	t.Parallel()
	v := newVerifier()
	for _, s := range []signer{rsaSigner, p256Signer, edSigner} {
		for allowed, want := range map[string]error{s.algorithm: nil, "PS512": oidc.ErrInvalid} {
			issuer := newIssuer()
			issuer.Algorithms = []string{allowed}
			if _, err := v.Verify(t.Context(), issuer, s.token(goodClaims())); !errors.Is(err, want) {
				t.Errorf("%s where %s is allowed: got %v, want %v", s.algorithm, allowed, err, want)
			}
		}
	}
	issuer := newIssuer()
	issuer.Algorithms = nil
	if _, err := v.Verify(t.Context(), issuer, rsaSigner.token(goodClaims())); err != nil {
		t.Errorf("RS256 by default: %v", err)
	}
	if _, err := v.Verify(t.Context(), issuer, p256Signer.token(goodClaims())); !errors.Is(err, oidc.ErrInvalid) {
		t.Errorf("ES256 by default: %v", err)
	}
}

// TestBadIssuer: an issuer that could not be configured verifies nothing.
func TestBadIssuer(t *testing.T) {
	t.Parallel()
	v := newVerifier()
	for name, issuer := range map[string]tenant.Issuer{
		"none":     {},
		"audience": {URL: issuerURL, KeysURL: keysURL},
		"HS256":    {URL: issuerURL, KeysURL: keysURL, Audience: audience, Algorithms: []string{"HS256"}},
		"http":     {URL: "http://login.acme.example", KeysURL: keysURL, Audience: audience},
	} {
		_, err := v.Verify(t.Context(), issuer, rsaSigner.token(goodClaims()))
		var wrong *resource.ValueError
		if !errors.As(err, &wrong) || errors.Is(err, oidc.ErrInvalid) || errors.Is(err, oidc.ErrUnavailable) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
