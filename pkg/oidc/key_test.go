package oidc_test

import (
	"crypto/elliptic"
	"errors"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/oidc"
)

// TestKeys: which keys of a JWK Set may check a token.
func TestKeys(t *testing.T) {
	t.Parallel()
	small := signer{"RS256", "rsa", newRSAKey(1024)}
	unnamed := signer{"EdDSA", "", edSigner.key}
	ed, p256, rsa := edSigner.jwk(), p256Signer.jwk(), rsaSigner.jwk()
	broken := []object{
		{}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-256"}, {"kty": "OKP", "crv": "Ed25519"}, {"kty": "OKP", "crv": "X25519", "x": ed["x"]},
		{"kty": "EC", "crv": "secp256k1", "x": p256["x"], "y": p256["y"]}, {"kty": "new"}, {"kty": 1}, {"kid": "ed"},
		p256.with("x", p256["y"]), rsa.with("e", ""), rsa.with("n", "!"), ed.with("x", "AAAA"),
	}
	oct := object{"kty": "oct", "kid": "ed", "k": base64URL(make([]byte, 32))}
	for _, test := range []struct {
		name string
		keys string
		by   signer
		ok   bool
	}{
		{"the key", keySet(ed), edSigner, true},
		{"among others", jwks(everySigner...), edSigner, true},
		{"among broken ones", keySet(append(broken, ed)...), edSigner, true},
		{"among no objects", `{"keys":[null,1,"key",[],` + text(ed) + `]}`, edSigner, true},
		{"broken ones only", keySet(broken...), edSigner, false},
		{"symmetric", keySet(oct), edSigner, false},
		{"symmetric beside it", keySet(oct, ed), edSigner, true},
		{"no keys", keySet([]object{}...), edSigner, false},
		{"use sig", keySet(ed.with("use", "sig")), edSigner, true},
		{"use enc", keySet(ed.with("use", "enc")), edSigner, false},
		{"use null", keySet(ed.with("use", nil)), edSigner, false},
		{"key_ops verify", keySet(ed.with("key_ops", []string{"sign", "verify"})), edSigner, true},
		{"key_ops sign", keySet(ed.with("key_ops", []string{"sign"})), edSigner, false},
		{"key_ops empty", keySet(ed.with("key_ops", []string{})), edSigner, false},
		{"key_ops object", keySet(ed.with("key_ops", object{"verify": true})), edSigner, false},
		{"alg of the token", keySet(rsa.with("alg", "RS256")), rsaSigner, true},
		{"alg of another", keySet(rsa.with("alg", "PS256")), rsaSigner, false},
		{"alg of encryption", keySet(rsa.with("alg", "RSA-OAEP")), rsaSigner, false},
		{"alg none", keySet(rsa.with("alg", "none")), rsaSigner, false},
		{"private", keySet(ed.with("d", base64URL(make([]byte, 32)))), edSigner, false},
		{"private, null", keySet(ed.with("d", nil)), edSigner, false},
		{"with a secret", keySet(rsa.with("k", "AAAA")), rsaSigner, false},
		{"kid twice", `{"keys":[` + strings.Replace(text(ed), "{", `{"kid":"other",`, 1) + `]}`, edSigner, false},
		{"1024 bits", jwks(small), small, false},
		{"certificate that is none", keySet(rsa.with("x5c", []string{"!"}).with("x5t", "!").with("x5u", ":")), rsaSigner, true},
		{"kid in other case", keySet(ed.with("kid", "ED")), edSigner, false},
		{"key without kid for a token with one", jwks(unnamed), edSigner, false},
		{"one kid, two types", keySet(rsa.with("kid", "ed"), ed), edSigner, true},
		{"one kid, two keys", keySet(p256.with("kid", "ed"), signer{"EdDSA", "ed", newEdKey()}.jwk(), ed), edSigner, true},
	} {
		v := oidc.New(siteOf(map[string]string{keysURL: test.keys}), theTime)
		got, err := verify(t, v, test.by.token(goodClaims()))
		if test.ok && err != nil || !test.ok && !errors.Is(err, oidc.ErrInvalid) {
			t.Errorf("%s: got %+v, %v", test.name, got, err)
		}
	}
}

// TestTokenWithoutKeyID: it is tried against five keys that fit, and no more.
func TestTokenWithoutKeyID(t *testing.T) {
	t.Parallel()
	token := p256Signer.tokenWith(object{"alg": "ES256"}, goodClaims())
	for before, ok := range []bool{true, true, true, true, true, false, false} {
		keys := []object{edSigner.jwk(), rsaSigner.jwk(), p384Signer.jwk(), p521Signer.jwk()} // these do not fit
		for range before {
			keys = append(keys, signer{"ES256", "other", newECKey(elliptic.P256())}.jwk())
		}
		v := oidc.New(siteOf(map[string]string{keysURL: keySet(append(keys, p256Signer.jwk())...)}), theTime)
		if _, err := verify(t, v, token); ok && err != nil || !ok && !errors.Is(err, oidc.ErrInvalid) {
			t.Errorf("behind %d keys: %v", before, err)
		}
	}
}
