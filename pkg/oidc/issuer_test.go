package oidc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/oidc"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// The issuer of these tests, its keys, and a clock that stands still. Tokens are
// made by hand, so that the library that verifies them has no part in it.
const (
	issuerURL = "https://login.acme.example/realm"
	keysURL   = "https://login.acme.example/realm/keys"
	audience  = "https://rolecall.example/acme"
)

var (
	now     = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	theTime = func() time.Time { return now }

	rsaSigner   = signer{"RS256", "rsa", newRSAKey(2048)}
	otherRSA    = signer{"RS256", "rsa", newRSAKey(2048)} // another issuer's, of the same name
	p256Signer  = signer{"ES256", "p256", newECKey(elliptic.P256())}
	p384Signer  = signer{"ES384", "p384", newECKey(elliptic.P384())}
	p521Signer  = signer{"ES512", "p521", newECKey(elliptic.P521())}
	edSigner    = signer{"EdDSA", "ed", newEdKey()}
	everySigner = []signer{rsaSigner, p256Signer, p384Signer, p521Signer, edSigner}
)

func newIssuer() tenant.Issuer {
	return tenant.Issuer{
		URL: issuerURL, Audience: audience, KeysURL: keysURL,
		Algorithms: []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"},
		Roles:      map[string][]string{"admins": {"RL_SADMIN", "RL_AUDITV"}, "staff": {"RL_USERADM", "RL_AUDITV"}},
	}
}

// object is a JSON object.
type object map[string]any

// without returns the object without one member; with, with others.
func (o object) without(name string) object {
	o = maps.Clone(o)
	delete(o, name)
	return o
}

func (o object) with(name string, value any) object {
	o = maps.Clone(o)
	o[name] = value
	return o
}

func goodClaims() object {
	return object{"iss": issuerURL, "aud": audience, "sub": "alice", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
}

// signer signs as an issuer does.
type signer struct {
	algorithm string
	id        string
	key       crypto.Signer
}

func (s signer) header() object { return object{"alg": s.algorithm, "kid": s.id, "typ": "JWT"} }

// token makes a token with these claims: an object, or the text itself.
func (s signer) token(claims any) string { return s.tokenWith(s.header(), claims) }

func (s signer) tokenWith(header, claims any) string {
	input := encode(header) + "." + encode(claims)
	return input + "." + encode(s.sign(input))
}

func (s signer) sign(input string) []byte {
	digest, hash := digest(s.algorithm, input)
	switch key := s.key.(type) {
	case *rsa.PrivateKey:
		var signature []byte
		var err error
		if strings.HasPrefix(s.algorithm, "PS") {
			signature, err = rsa.SignPSS(rand.Reader, key, hash, digest, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			signature, err = rsa.SignPKCS1v15(nil, key, hash, digest)
		}
		must(err)
		return signature
	case *ecdsa.PrivateKey:
		r, v, err := ecdsa.Sign(rand.Reader, key, digest)
		must(err)
		size := (key.Params().BitSize + 7) / 8
		return append(r.FillBytes(make([]byte, size)), v.FillBytes(make([]byte, size))...)
	case ed25519.PrivateKey:
		return ed25519.Sign(key, []byte(input))
	default:
		panic(fmt.Sprintf("sign with %T", key))
	}
}

func digest(algorithm, input string) ([]byte, crypto.Hash) {
	switch algorithm[len(algorithm)-3:] {
	case "384":
		sum := sha512.Sum384([]byte(input))
		return sum[:], crypto.SHA384
	case "512":
		sum := sha512.Sum512([]byte(input))
		return sum[:], crypto.SHA512
	default:
		sum := sha256.Sum256([]byte(input))
		return sum[:], crypto.SHA256
	}
}

// jwk returns the public key as it stands in a JWK Set.
func (s signer) jwk() object {
	switch key := s.key.Public().(type) {
	case *rsa.PublicKey:
		return object{"kty": "RSA", "kid": s.id, "n": base64URL(key.N.Bytes()), "e": base64URL(big.NewInt(int64(key.E)).Bytes())}
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		must(err)
		half := len(point) / 2
		return object{"kty": "EC", "kid": s.id, "crv": key.Params().Name, "x": base64URL(point[1 : half+1]), "y": base64URL(point[half+1:])}
	case ed25519.PublicKey:
		return object{"kty": "OKP", "kid": s.id, "crv": "Ed25519", "x": base64URL(key)}
	default:
		panic(fmt.Sprintf("JWK of %T", key))
	}
}

func keySet(keys ...object) string { return text(object{"keys": keys}) }

func jwks(signers ...signer) string {
	keys := []object{}
	for _, s := range signers {
		keys = append(keys, s.jwk())
	}
	return keySet(keys...)
}

// encode is base64url of text, bytes, or anything else in JSON.
func encode(value any) string {
	switch value := value.(type) {
	case []byte:
		return base64URL(value)
	case string:
		return base64URL([]byte(value))
	default:
		return base64URL([]byte(text(value)))
	}
}

func text(value any) string {
	text, err := json.Marshal(value)
	must(err)
	return string(text)
}

func base64URL(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func newRSAKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	must(err)
	return key
}

func newECKey(curve elliptic.Curve) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	must(err)
	return key
}

func newEdKey() ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	return key
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// website is a transport to servers that are handlers, by URL, and counts what
// is asked of them.
type website struct {
	mu    sync.Mutex
	pages map[string]http.HandlerFunc
	asked map[string]int
}

// siteOf is a website whose pages hold these texts.
func siteOf(pages map[string]string) *website {
	site := &website{pages: map[string]http.HandlerFunc{}, asked: map[string]int{}}
	for url, page := range pages {
		site.put(url, page)
	}
	return site
}

func (s *website) put(url, page string) {
	s.handle(url, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) })
}

func (s *website) fail(url string, status int) {
	s.handle(url, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "failure", status) })
}

func (s *website) handle(url string, page http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[url] = page
}

// count returns how often a page was asked for.
func (s *website) count(url string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[url]
}

func (s *website) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	page, ok := s.pages[r.URL.String()]
	s.asked[r.URL.String()]++
	s.mu.Unlock()
	if !ok {
		page = http.NotFound
	}
	w := httptest.NewRecorder()
	page(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	response := w.Result()
	response.Request = r
	return response, nil
}

// newVerifier verifies with the keys of every signer here.
func newVerifier() *oidc.Verifier {
	return oidc.New(siteOf(map[string]string{keysURL: jwks(everySigner...)}), theTime)
}

func verify(t testing.TB, v *oidc.Verifier, token string) (oidc.Identity, error) {
	t.Helper()
	return v.Verify(t.Context(), newIssuer(), token)
}
