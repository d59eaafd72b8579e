package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ErrInvalidClient says that a client is unknown or its secret wrong. It does
// not say which.
var ErrInvalidClient = errors.New("invalid client")

// AccessTokenLife is how long a token is good for that a client gets with its
// credentials (RFC 6749 section 4.4).
const AccessTokenLife = time.Hour

// MaxSecrets is how many secrets of a client are good at the same time, so that
// one can replace another without a gap.
const MaxSecrets = 2

// Client is a program that gets tokens with its credentials. Its id names the
// tenant, so that it need not be asked for.
type Client struct {
	ID        string
	Tenant    tenant.ID
	Name      string
	Principal string
	Secrets   []ClientSecret // newest first
	Created   time.Time
}

// ClientSecret is what is stored of a client's secret.
type ClientSecret struct {
	Hash    TokenHash
	Created time.Time
}

// NewClient makes a client for a principal, and its secret to hand out once.
func NewClient(t tenant.ID, name, principal string, now time.Time) (secret string, c Client) {
	c = Client{ID: t.String() + "." + hex.EncodeToString(random(8)), Tenant: t, Name: name, Principal: principal, Created: now}
	return c.AddSecret(now), c
}

// AddSecret gives the client a new secret, to hand out once, and drops the oldest
// beyond MaxSecrets.
func (c *Client) AddSecret(now time.Time) (secret string) {
	secret = "rolecall_secret_" + base64.RawURLEncoding.EncodeToString(random(32))
	secrets := append([]ClientSecret{{HashToken(secret), now}}, c.Secrets...)
	c.Secrets = secrets[:min(len(secrets), MaxSecrets)]
	return secret
}

// MaxClientNameLength is the longest name of a client, in characters.
const MaxClientNameLength = 256

// CheckClientName tells whether a client may have this name. It returns a
// *resource.ValueError if not.
func CheckClientName(name string) error {
	switch {
	case name == "":
		return &resource.ValueError{Attribute: "name", Problem: resource.Missing, Detail: "name is required: send what the client is to be known by."}
	case utf8.RuneCountInString(name) > MaxClientNameLength:
		return &resource.ValueError{Attribute: "name", Problem: resource.TooLong, Detail: fmt.Sprintf("name must have at most %d characters.", MaxClientNameLength)}
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return &resource.ValueError{Attribute: "name", Problem: resource.BadFormat, Detail: "name must consist of printable characters."}
	}
	return nil
}

// HasSecret compares secrets as their SHA-256 and in constant time: how much of a
// guess is right, or which secret it resembles, does not show.
func (c *Client) HasSecret(secret string) bool {
	hash := HashToken(secret)
	found := 0
	for i := range c.Secrets {
		found |= subtle.ConstantTimeCompare(hash[:], c.Secrets[i].Hash[:])
	}
	return found == 1
}

// TenantOfClient returns the tenant that a client's id names, whether or not
// there is such a client.
func TenantOfClient(id string) (tenant.ID, error) {
	name, unique, ok := strings.Cut(id, ".")
	if _, err := hex.DecodeString(unique); !ok || err != nil || len(unique) != 16 {
		return tenant.ID{}, ErrInvalidClient
	}
	t, err := tenant.ParseID(name)
	if err != nil {
		return tenant.ID{}, ErrInvalidClient
	}
	return t, nil
}

// ClientStore keeps the clients of all tenants.
type ClientStore interface {
	// CreateClient stores a client, and its principal with these roles if there
	// is none yet, together with the audit record. It returns tenant.ErrUnknown,
	// tenant.ErrDeleting, or a *resource.ValueError when there is no such principal
	// and no role is given.
	CreateClient(ctx context.Context, by audit.Actor, c Client, roles []string) error
	// UpdateClient changes a client's name and secrets as change says, together
	// with the audit record. It returns resource.ErrNotFound.
	UpdateClient(ctx context.Context, by audit.Actor, t tenant.ID, id string, change func(Client) (Client, error)) (Client, error)
	// DeleteClient removes a client, together with the audit record. Tokens that
	// it got are not accepted any more. It returns resource.ErrNotFound.
	DeleteClient(ctx context.Context, by audit.Actor, t tenant.ID, id string) error
	// Client returns a client, or resource.ErrNotFound. It sees every change that
	// returned before.
	Client(ctx context.Context, t tenant.ID, id string) (Client, error)
	// Clients returns all clients of a tenant, in the order of their ids.
	Clients(ctx context.Context, t tenant.ID) ([]Client, error)
	// CountClients returns how many clients a tenant has.
	CountClients(ctx context.Context, t tenant.ID) (int, error)
	// GrantToken stores a token that a client got, together with the audit
	// record.
	GrantToken(ctx context.Context, by audit.Actor, token Token, hash TokenHash) error
}

// Grant gives a client a token for its credentials (RFC 6749 section 4.4).
// Of the given secrets, any may be the client's. It returns ErrInvalidClient,
// too, when the client is not one of the tenant that is asked for, unless that
// is zero, and when the tenant may not be used.
func Grant(ctx context.Context, clients ClientStore, tenants tenant.ConfigurationStore, asked tenant.ID, id string, secrets []string, by audit.Actor, now time.Time) (secret string, token Token, err error) {
	t, err := TenantOfClient(id)
	if err != nil || !asked.IsZero() && t != asked {
		return "", Token{}, ErrInvalidClient
	}
	c, err := clients.Client(ctx, t, id)
	if err != nil && !errors.Is(err, resource.ErrNotFound) {
		return "", Token{}, err
	}
	known := false
	for _, candidate := range secrets {
		known = c.HasSecret(candidate) || known
	}
	if err != nil || !known {
		return "", Token{}, ErrInvalidClient
	}
	configuration, err := tenants.Configuration(ctx, t)
	if err != nil && !errors.Is(err, tenant.ErrUnknown) {
		return "", Token{}, err
	}
	if err != nil || configuration.State != tenant.Active {
		return "", Token{}, ErrInvalidClient
	}
	secret, token = NewToken(t, c.Principal, now, AccessTokenLife)
	token.Client = c.ID
	by.Principal, by.TokenID = c.Principal, token.ID
	if err := clients.GrantToken(ctx, by, token, HashToken(secret)); err != nil {
		return "", Token{}, err
	}
	return secret, token, nil
}
