package oidc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// Errors of Verify, to be tested with errors.Is. What stands behind them is for
// logs; of a token it holds nothing.
var (
	// ErrInvalid says that the token is not good, now or for this issuer.
	ErrInvalid = errors.New("token is invalid")
	// ErrUnavailable says that the issuer's keys could not be fetched, so nobody
	// knows whether the token is good.
	ErrUnavailable = errors.New("issuer's keys are unavailable")
)

func invalid(detail string) error { return fmt.Errorf("%w: %s", ErrInvalid, detail) }

// Identity is what a token that is good says.
type Identity struct {
	Principal string    // value of the issuer's principal claim; another issuer, or Rolecall itself, may know another by it
	Roles     []string  // role codes, sorted, each once
	Expires   time.Time // as the token says; up to a minute ago, for the clocks may differ
	TokenID   string    // names the token in logs: its jti, or part of its hash
}

// Verifier verifies tokens and keeps the keys of their issuers. Any number of
// callers may use it at once.
type Verifier struct {
	keys *keyCache
	now  func() time.Time
}

// New makes a verifier that fetches keys over the transport. It is a transport
// and not a client since a client would follow redirects as it likes.
func New(transport http.RoundTripper, now func() time.Time) *Verifier {
	return &Verifier{keys: newKeyCache(newFetcher(transport, now), now), now: now}
}

// Verify returns who the token is about, and which roles it is worth, if the
// issuer made it and it is good now. It returns ErrInvalid, ErrUnavailable, or
// another error for an issuer that Validate refuses.
func (v *Verifier) Verify(ctx context.Context, issuer tenant.Issuer, token string) (Identity, error) {
	if err := issuer.Validate(); err != nil {
		return Identity{}, fmt.Errorf("check issuer: %w", err)
	}
	issuer = issuer.WithDefaults()
	parsed, ok := parse(token)
	if !ok {
		return Identity{}, invalid("no JWS in compact serialization")
	}
	header, err := readHeader(parsed.header, issuer.Algorithms)
	if err != nil {
		return Identity{}, err
	}
	// Before the signature, so that old tokens and others' cost no fetch of keys.
	if err := parsed.claims.check(&issuer, v.now()); err != nil {
		return Identity{}, err
	}
	if err := v.checkSignature(ctx, &issuer, header, token, parsed.payload); err != nil {
		return Identity{}, err
	}
	return identify(&issuer, parsed.claims, token)
}

// checkSignature returns ErrInvalid unless one of the issuer's keys made the
// token's signature. If none may have, the issuer may have got a new one.
func (v *Verifier) checkSignature(ctx context.Context, issuer *tenant.Issuer, header header, token string, payload []byte) error {
	from := source{issuer: issuer.URL, keys: issuer.KeysURL}
	set, err := v.keys.current(ctx, from)
	if err != nil {
		return err
	}
	candidates := set.candidates(header)
	if isSigned(token, payload, header.algorithm, candidates) {
		return nil
	}
	if header.keyID != "" && len(candidates) > 0 {
		return invalid("signature is wrong")
	}
	newer, err := v.keys.renewed(ctx, from)
	if err != nil {
		return err
	}
	if newer != set && isSigned(token, payload, header.algorithm, newer.candidates(header)) {
		return nil
	}
	return invalid("no key of the issuer made the signature")
}

// isSigned reports whether one of the keys signed the token and this payload in
// it.
func isSigned(token string, payload []byte, algorithm string, keys []publicKey) bool {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	if err != nil {
		return false
	}
	for _, key := range keys {
		if signed, err := jws.Verify(key.key); err == nil && bytes.Equal(signed, payload) {
			return true
		}
	}
	return false
}

func identify(issuer *tenant.Issuer, c claims, token string) (Identity, error) {
	principal, err := c.principal(issuer.PrincipalClaim)
	if err != nil {
		return Identity{}, err
	}
	values, err := c.values(issuer.RolesClaim)
	if err != nil {
		return Identity{}, err
	}
	expires, _, err := c.date("exp")
	if err != nil {
		return Identity{}, err
	}
	id := c.tokenID()
	if id == "" {
		hash := sha256.Sum256([]byte(token))
		id = base64.RawURLEncoding.EncodeToString(hash[:9])
	}
	return Identity{Principal: principal, Roles: issuer.RolesFor(values), Expires: expires, TokenID: id}, nil
}
