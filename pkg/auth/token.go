// Package auth decides who a caller is and what the caller may do: tokens,
// principals and permission checks. It imports neither the SCIM protocol nor
// AWS.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ErrInvalidToken says that a token is unknown, malformed or expired. It does
// not say which.
var ErrInvalidToken = errors.New("invalid token")

// Token is what is stored of an opaque token. The secret itself is not.
type Token struct {
	ID        string // names the token in logs and audit records
	Tenant    tenant.ID
	Principal string
	Created   time.Time
	Expires   time.Time // exclusive
}

// TokenHash is the SHA-256 of a token's secret. A random 256-bit secret needs
// no slower hash.
type TokenHash [sha256.Size]byte

// HashToken returns the hash under which a token is stored.
func HashToken(secret string) TokenHash { return sha256.Sum256([]byte(secret)) }

// String returns the hash in hexadecimal, as it stands in keys.
func (h TokenHash) String() string { return hex.EncodeToString(h[:]) }

// NewToken makes a token for a principal and the secret to hand out once.
func NewToken(t tenant.ID, principal string, now time.Time, life time.Duration) (secret string, token Token) {
	secret = "rolecall_" + base64.RawURLEncoding.EncodeToString(random(32))
	return secret, Token{
		ID:        base64.RawURLEncoding.EncodeToString(random(9)),
		Tenant:    t,
		Principal: principal,
		Created:   now,
		Expires:   now.Add(life),
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	return b
}

// TokenStore finds tokens.
type TokenStore interface {
	// Token returns what is stored under hash, or resource.ErrNotFound. It may
	// return a token that has expired.
	Token(ctx context.Context, hash TokenHash) (Token, error)
}

// Authenticate returns the token in the value of an Authorization header
// (RFC 6750 section 2.1), or ErrInvalidToken.
func Authenticate(ctx context.Context, tokens TokenStore, authorization string, now time.Time) (Token, error) {
	scheme, secret, _ := strings.Cut(authorization, " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return Token{}, ErrInvalidToken
	}
	token, err := tokens.Token(ctx, HashToken(secret))
	if errors.Is(err, resource.ErrNotFound) {
		return Token{}, ErrInvalidToken
	}
	if err != nil {
		return Token{}, fmt.Errorf("find token: %w", err)
	}
	if !now.Before(token.Expires) {
		return Token{}, ErrInvalidToken
	}
	return token, nil
}
