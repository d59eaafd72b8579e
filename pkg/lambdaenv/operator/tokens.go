package operator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// Bounds of how long tokens are good for, and how long two overlap.
const (
	defaultDays    = 90
	maxDays        = 366
	defaultOverlap = 24  // hours
	maxOverlap     = 168 // hours
)

// TokensRequest is the event by which an operator issues, lists, rotates or
// revokes the opaque tokens of a tenant.
type TokensRequest struct {
	Tenant       string   `json:"tenant"`
	Action       string   `json:"action"`
	Principal    string   `json:"principal,omitempty"`    // issue: whose token it is
	Roles        []string `json:"roles,omitempty"`        // issue: what a new principal holds
	User         string   `json:"user,omitempty"`         // issue: userName of the user whose token it is, in place of both
	Days         *int     `json:"days,omitempty"`         // issue, rotate: how long the token is good for
	Token        string   `json:"token,omitempty"`        // rotate, revoke: its id
	OverlapHours *int     `json:"overlapHours,omitempty"` // rotate: how long the old one stays good
}

// IssuedToken is a new token. Its secret is shown only here.
type IssuedToken struct {
	Tenant    string    `json:"tenant"`
	Principal string    `json:"principal"`
	TokenID   string    `json:"tokenId"`
	Token     string    `json:"token"` // the secret
	Expires   time.Time `json:"expires"`
	Replaced  string    `json:"replaced,omitempty"` // id of the token that was rotated
	Until     time.Time `json:"until,omitzero"`     // when that one expires
}

// TokenList lists the tokens of a tenant that have not expired, without their
// secrets, by principal and the older first.
type TokenList struct {
	Tenant string  `json:"tenant"`
	Tokens []Token `json:"tokens"`
}

// Token is a token without its secret.
type Token struct {
	TokenID   string    `json:"tokenId"`
	Principal string    `json:"principal"`
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires"`
	LastUsed  string    `json:"lastUsed,omitempty"` // the day
}

// Done tells that something is gone.
type Done struct {
	Tenant  string `json:"tenant"`
	Revoked string `json:"revoked,omitempty"` // id of a token
	Removed string `json:"removed,omitempty"` // id of a client
}

// ServeTokens runs the function that manages tokens.
func ServeTokens() {
	env := lambdaenv.MustLoad()
	serve(env, tokens{env.Store, env.Log, time.Now}.handle)
}

type tokens struct {
	store tokenStore
	log   *slog.Logger
	now   func() time.Time
}

type tokenStore interface {
	auth.TokenKeeper
	tenant.ConfigurationStore
	user.Store
}

func (k tokens) handle(ctx context.Context, request TokensRequest) (any, error) {
	return manage(ctx, k.store, request.Tenant, request.Action, "token "+request.Token+" that is good, beside those that clients got",
		action{"issue", func(ctx context.Context, t tenant.ID) (any, error) { return k.issue(ctx, t, request) }},
		action{"list", k.list},
		action{"rotate", func(ctx context.Context, t tenant.ID) (any, error) { return k.rotate(ctx, t, request) }},
		action{"revoke", func(ctx context.Context, t tenant.ID) (any, error) { return k.revoke(ctx, t, request) }},
	)
}

func (k tokens) issue(ctx context.Context, t tenant.ID, request TokensRequest) (any, error) {
	life, err := lifeOf(request.Days)
	if err != nil {
		return nil, err
	}
	principal, err := k.bearer(ctx, t, request)
	if err != nil {
		return nil, err
	}
	secret, token := auth.NewToken(t, principal, k.now().UTC(), life)
	if err := k.store.IssueToken(ctx, actor(ctx), token, auth.HashToken(secret), request.Roles); err != nil {
		return nil, err
	}
	k.log.InfoContext(ctx, "token issued", "tenant", t.String(), "tokenId", token.ID, "principal", token.Principal)
	return issued(token, secret), nil
}

// bearer returns the principal whose token is to be issued.
func (k tokens) bearer(ctx context.Context, t tenant.ID, request TokensRequest) (string, error) {
	if request.User == "" {
		return request.Principal, auth.CheckPrincipal(request.Principal)
	}
	if request.Principal != "" || len(request.Roles) > 0 {
		return "", errors.New("user excludes principal and roles: a user holds the roles that the SCIM API gave it")
	}
	u, err := k.store.UserByName(ctx, t, request.User)
	if errors.Is(err, resource.ErrNotFound) {
		return "", fmt.Errorf("tenant %s has no user with the userName %s", t, request.User)
	}
	return auth.UserPrefix + u.ID, err
}

func (k tokens) list(ctx context.Context, t tenant.ID) (any, error) {
	tokens, err := k.store.Tokens(ctx, t)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(tokens, func(a, b auth.Token) int {
		return cmp.Or(cmp.Compare(a.Principal, b.Principal), a.Created.Compare(b.Created))
	})
	list := TokenList{Tenant: t.String(), Tokens: []Token{}}
	for _, token := range tokens {
		list.Tokens = append(list.Tokens, tokenOf(token))
	}
	return list, nil
}

func (k tokens) rotate(ctx context.Context, t tenant.ID, request TokensRequest) (any, error) {
	life, err := lifeOf(request.Days)
	if err != nil {
		return nil, err
	}
	overlap, err := within("overlapHours", request.OverlapHours, defaultOverlap, 0, maxOverlap)
	if err != nil {
		return nil, err
	}
	if request.Token == "" {
		return nil, errors.New("say in token which one to rotate, by its id")
	}
	now := k.now().UTC()
	until := now.Add(time.Duration(overlap) * time.Hour)
	var secret string
	token, err := k.store.RotateToken(ctx, actor(ctx), t, request.Token, until, func(old auth.Token) (auth.Token, auth.TokenHash) {
		if old.Expires.Before(until) {
			until = old.Expires
		}
		var replacement auth.Token
		secret, replacement = auth.NewToken(t, old.Principal, now, life)
		return replacement, auth.HashToken(secret)
	})
	if err != nil {
		return nil, err
	}
	k.log.InfoContext(ctx, "token rotated", "tenant", t.String(), "tokenId", token.ID, "replaced", request.Token, "principal", token.Principal)
	answer := issued(token, secret)
	answer.Replaced, answer.Until = request.Token, until
	return answer, nil
}

func (k tokens) revoke(ctx context.Context, t tenant.ID, request TokensRequest) (any, error) {
	if request.Token == "" {
		return nil, errors.New("say in token which one to revoke, by its id")
	}
	if err := k.store.RevokeToken(ctx, actor(ctx), t, request.Token); err != nil {
		return nil, err
	}
	k.log.InfoContext(ctx, "token revoked", "tenant", t.String(), "tokenId", request.Token)
	return Done{Tenant: t.String(), Revoked: request.Token}, nil
}

func issued(token auth.Token, secret string) IssuedToken {
	return IssuedToken{Tenant: token.Tenant.String(), Principal: token.Principal, TokenID: token.ID, Token: secret, Expires: token.Expires}
}

func tokenOf(token auth.Token) Token {
	return Token{token.ID, token.Principal, token.Created, token.Expires, token.LastUsed}
}

func lifeOf(days *int) (time.Duration, error) {
	n, err := within("days", days, defaultDays, 1, maxDays)
	return time.Duration(n) * 24 * time.Hour, err
}

// within returns a number of an event, or what stands for none.
func within(name string, given *int, fallback, least, most int) (int, error) {
	switch {
	case given == nil:
		return fallback, nil
	case *given < least || *given > most:
		return 0, fmt.Errorf("%s is %d: want %d to %d", name, *given, least, most)
	default:
		return *given, nil
	}
}
