package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ErrTokenLimit says that a principal has as many tokens as may be good at the
// same time.
var ErrTokenLimit = errors.New("the principal has two tokens already: revoke one first")

// MaxTokens is how many opaque tokens of a principal are good at the same time,
// so that one can replace another without a gap.
const MaxTokens = 2

// Token is what is stored of an opaque token. The secret itself is not.
type Token struct {
	ID        string // names the token in logs and audit records
	Tenant    tenant.ID
	Principal string
	Client    string // id of the client that got the token with its credentials; empty for others
	Created   time.Time
	Expires   time.Time // exclusive
	LastUsed  string    // the day, as in 2026-01-31; empty if never. It may be a minute late
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
		ID:        hex.EncodeToString(random(8)), // never begins like an option of a command line
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

// TokenKeeper issues and revokes opaque tokens.
type TokenKeeper interface {
	// IssueToken stores a token, and its principal with these roles if there is
	// none yet, together with the audit record. It returns tenant.ErrUnknown,
	// tenant.ErrDeleting, ErrTokenLimit, or a *resource.ValueError when there is
	// no such principal and no role is given.
	IssueToken(ctx context.Context, by audit.Actor, token Token, hash TokenHash, roles []string) error
	// RotateToken stores a token in place of another one of the same principal,
	// which expires at the given time at the latest, together with the audit
	// record. It returns resource.ErrNotFound or ErrTokenLimit.
	RotateToken(ctx context.Context, by audit.Actor, t tenant.ID, id string, until time.Time, replacement func(old Token) (Token, TokenHash)) (Token, error)
	// RevokeToken removes a token, together with the audit record. It returns
	// resource.ErrNotFound.
	RevokeToken(ctx context.Context, by audit.Actor, t tenant.ID, id string) error
	// Tokens returns the opaque tokens of a tenant that have not expired, without
	// those that clients got, in the order of their ids.
	Tokens(ctx context.Context, t tenant.ID) ([]Token, error)
	// CountTokens returns how many tokens Tokens returns.
	CountTokens(ctx context.Context, t tenant.ID) (int, error)
}
