package lambdaenv

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/oidc"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// jwts implements auth.JWTs.
type jwts struct{ verifier *oidc.Verifier }

func newJWTs() jwts {
	return jwts{oidc.New(http.DefaultTransport, time.Now)}
}

func (j jwts) Peek(token string) (issuer string, audiences []string, ok bool) {
	return oidc.Peek(token)
}

func (j jwts) Verify(ctx context.Context, issuer tenant.Issuer, token string) (auth.Identity, error) {
	identity, err := j.verifier.Verify(ctx, issuer, token)
	if errors.Is(err, oidc.ErrInvalid) {
		return auth.Identity{}, fmt.Errorf("%w: %v", auth.ErrInvalidToken, err)
	}
	return auth.Identity{Principal: identity.Principal, TokenID: identity.TokenID, Roles: identity.Roles}, err
}
