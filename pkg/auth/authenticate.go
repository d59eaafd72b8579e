package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

var (
	// ErrInvalidToken says that a token is unknown, malformed, revoked or expired.
	// It does not say which.
	ErrInvalidToken = errors.New("invalid token")
	// ErrSuspended says that nothing can be done in the caller's tenant.
	ErrSuspended = errors.New("tenant is suspended")
)

// TokenStore finds tokens.
type TokenStore interface {
	// Token returns what is stored under hash, or resource.ErrNotFound. It may
	// return a token that has expired.
	Token(ctx context.Context, hash TokenHash) (Token, error)
	// NoteUse stores on which day a token was used last. It writes at most once a
	// day.
	NoteUse(ctx context.Context, hash TokenHash, day string) error
	// ClientExists tells whether a tenant has a client.
	ClientExists(ctx context.Context, t tenant.ID, id string) (bool, error)
	// UserIsActive tells whether a tenant has a user, and that user is active.
	UserIsActive(ctx context.Context, t tenant.ID, id string) (bool, error)
	// TenantOfIssuer returns the tenant that accepts an issuer's tokens for an
	// audience, or resource.ErrNotFound.
	TenantOfIssuer(ctx context.Context, issuer, audience string) (tenant.ID, error)
	// Configuration returns a tenant's configuration, or tenant.ErrUnknown.
	Configuration(ctx context.Context, t tenant.ID) (tenant.Configuration, error)
}

// Identity is what a JWT says of its bearer.
type Identity struct {
	Principal string
	TokenID   string
	Roles     []string
}

// JWTs reads tokens of tenants' own issuers (RFC 7519).
type JWTs interface {
	// Peek returns what an unverified token says of its issuer and of its
	// audiences, which are few. ok is false for what is no JWT.
	Peek(token string) (issuer string, audiences []string, ok bool)
	// Verify checks a token of an issuer. It returns ErrInvalidToken; any other
	// error says that the token could not be checked.
	Verify(ctx context.Context, issuer tenant.Issuer, token string) (Identity, error)
}

// Authenticator finds out who bears a token.
type Authenticator struct {
	Store TokenStore
	JWTs  JWTs
	Now   func() time.Time
	// Warn hears of what went wrong and does not matter to the caller.
	Warn func(ctx context.Context, err error)
}

// Authenticate returns who bears the token in an Authorization header (RFC 6750
// section 2.1). It returns ErrInvalidToken or ErrSuspended; any other error says
// that the token could not be checked.
func (a Authenticator) Authenticate(ctx context.Context, authorization string) (Caller, error) {
	scheme, secret, _ := strings.Cut(authorization, " ")
	secret = strings.TrimSpace(secret)
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return Caller{}, ErrInvalidToken
	}
	if issuer, audiences, ok := a.JWTs.Peek(secret); ok {
		return a.jwt(ctx, secret, issuer, audiences)
	}
	return a.opaque(ctx, secret)
}

func (a Authenticator) opaque(ctx context.Context, secret string) (Caller, error) {
	// Looked up by its SHA-256, a guess is no nearer for what it shares with a secret.
	hash := HashToken(secret)
	token, err := a.Store.Token(ctx, hash)
	if errors.Is(err, resource.ErrNotFound) {
		return Caller{}, ErrInvalidToken
	}
	if err != nil {
		return Caller{}, fmt.Errorf("find token: %w", err)
	}
	if !a.Now().Before(token.Expires) {
		return Caller{}, ErrInvalidToken
	}
	if token.Client != "" {
		exists, err := a.Store.ClientExists(ctx, token.Tenant, token.Client)
		if err != nil {
			return Caller{}, fmt.Errorf("find client: %w", err)
		}
		if !exists {
			return Caller{}, ErrInvalidToken
		}
	}
	if id, isUser := UserOf(token.Principal); isUser {
		active, err := a.Store.UserIsActive(ctx, token.Tenant, id)
		if err != nil {
			return Caller{}, fmt.Errorf("find user: %w", err)
		}
		if !active {
			return Caller{}, ErrInvalidToken
		}
	}
	configuration, err := a.configuration(ctx, token.Tenant)
	if err != nil {
		return Caller{}, err
	}
	if day := a.Now().UTC().Format(time.DateOnly); token.LastUsed != day && token.Client == "" {
		if err := a.Store.NoteUse(ctx, hash, day); err != nil {
			a.Warn(ctx, fmt.Errorf("note use of token %s: %w", token.ID, err))
		}
	}
	return Caller{Tenant: token.Tenant, Principal: token.Principal, TokenID: token.ID, Limits: configuration.Limits}, nil
}

func (a Authenticator) jwt(ctx context.Context, token, issuer string, audiences []string) (Caller, error) {
	for _, audience := range audiences {
		t, err := a.Store.TenantOfIssuer(ctx, issuer, audience)
		if errors.Is(err, resource.ErrNotFound) {
			continue
		}
		if err != nil {
			return Caller{}, fmt.Errorf("find issuer: %w", err)
		}
		configuration, err := a.configuration(ctx, t)
		if err != nil {
			return Caller{}, err
		}
		if configuration.Issuer == nil || configuration.Issuer.URL != issuer || configuration.Issuer.Audience != audience {
			continue
		}
		identity, err := a.JWTs.Verify(ctx, *configuration.Issuer, token)
		if err != nil {
			return Caller{}, fmt.Errorf("verify token: %w", err)
		}
		return Caller{
			Tenant: t, Principal: ExternalPrefix + identity.Principal, TokenID: identity.TokenID, Limits: configuration.Limits,
			External: true, Roles: identity.Roles,
		}, nil
	}
	return Caller{}, fmt.Errorf("%w: no tenant accepts its issuer for its audience", ErrInvalidToken)
}

// configuration returns that of a tenant that may be used.
func (a Authenticator) configuration(ctx context.Context, t tenant.ID) (tenant.Configuration, error) {
	configuration, err := a.Store.Configuration(ctx, t)
	if errors.Is(err, tenant.ErrUnknown) {
		return configuration, ErrInvalidToken
	}
	if err != nil {
		return configuration, fmt.Errorf("read configuration: %w", err)
	}
	if configuration.State != tenant.Active {
		return configuration, ErrSuspended
	}
	return configuration, nil
}
