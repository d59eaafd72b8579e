package oidc

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

const (
	minRSABits    = 2048 // RFC 7518 section 3.3; go-jose takes at most 4096
	maxCandidates = 5    // keys that one token is tried against
)

// keySet holds an issuer's keys as they were fetched. Nobody changes it.
type keySet struct {
	keys    []publicKey
	fetched time.Time
	fresh   time.Duration // for which they need not be fetched again
}

// publicKey is a key that signatures can be checked with.
type publicKey struct {
	id        string
	algorithm string // the only one that it is for; empty when its issuer does not say
	key       any    // *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// candidates returns the keys that may have signed a token with this header.
func (s *keySet) candidates(header header) []publicKey {
	var found []publicKey
	for _, key := range s.keys {
		if len(found) < maxCandidates && (header.keyID == "" || header.keyID == key.id) && key.fits(header.algorithm) {
			found = append(found, key)
		}
	}
	return found
}

// fits reports whether the key is of the algorithm's type. No key fits an
// algorithm that is not listed here, as none and HS256 are not.
func (k *publicKey) fits(algorithm string) bool {
	if k.algorithm != "" && k.algorithm != algorithm {
		return false
	}
	switch jose.SignatureAlgorithm(algorithm) {
	case jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512:
		_, ok := k.key.(*rsa.PublicKey)
		return ok
	case jose.ES256:
		return k.isOn(elliptic.P256())
	case jose.ES384:
		return k.isOn(elliptic.P384())
	case jose.ES512:
		return k.isOn(elliptic.P521())
	case jose.EdDSA:
		_, ok := k.key.(ed25519.PublicKey)
		return ok
	default:
		return false
	}
}

func (k *publicKey) isOn(curve elliptic.Curve) bool {
	key, ok := k.key.(*ecdsa.PublicKey)
	return ok && key.Curve == curve
}

// parseKeys reads the public signing keys of a JWK Set (RFC 7517 section 5) and
// leaves out whatever else is in it.
func parseKeys(document []byte) ([]publicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil || set.Keys == nil {
		return nil, errors.New("answer is no JWK Set")
	}
	var keys []publicKey
	for _, text := range set.Keys {
		if key, ok := parseKey(text); ok {
			keys = append(keys, key)
		}
	}
	return keys, nil
}

// Members of a JWK (RFC 7518 section 6). Those of private and symmetric keys say
// that the secret is out; those of public keys, and no others, are handed to
// the library: certificates (x5c) say nothing more about a key that came over
// TLS from where it had to.
var (
	secretMembers = []string{"k", "d", "p", "q", "dp", "dq", "qi", "oth", "priv"}
	publicMembers = []string{"kty", "kid", "alg", "n", "e", "crv", "x", "y"}
)

func parseKey(text []byte) (publicKey, bool) {
	members, ok := decodeObject(text)
	if !ok || !isForVerification(members) || hasAny(members, secretMembers) {
		return publicKey{}, false
	}
	public := map[string]any{}
	for _, name := range publicMembers {
		if value, ok := members[name]; ok {
			public[name] = value
		}
	}
	text, err := json.Marshal(public)
	if err != nil {
		return publicKey{}, false
	}
	var parsed jose.JSONWebKey
	if err := parsed.UnmarshalJSON(text); err != nil {
		return publicKey{}, false
	}
	switch key := parsed.Key.(type) {
	case *ecdsa.PublicKey, ed25519.PublicKey: // on the curves that the library knows
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSABits {
			return publicKey{}, false
		}
	default:
		return publicKey{}, false
	}
	return publicKey{id: parsed.KeyID, algorithm: parsed.Algorithm, key: parsed.Key}, true
}

// isForVerification reports whether use and key_ops (RFC 7517 section 4.2 and
// 4.3), if they are there, allow to check signatures.
func isForVerification(members map[string]any) bool {
	if use, ok := members["use"]; ok && use != "sig" {
		return false
	}
	operations, ok := members["key_ops"]
	if !ok {
		return true
	}
	allowed, ok := texts(operations)
	return ok && slices.Contains(allowed, "verify")
}

func hasAny(members map[string]any, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := members[name]; return ok })
}
