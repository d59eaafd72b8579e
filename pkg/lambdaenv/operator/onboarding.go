package operator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// OnboardRequest is the event by which an operator makes a tenant.
type OnboardRequest struct {
	Tenant string `json:"tenant"`
}

// ServeOnboarding runs the function that makes tenants. It answers with the token
// of the tenant's administrator.
func ServeOnboarding() {
	env := lambdaenv.MustLoad()
	serve(env, onboarding{env.Store, env.Log}.handle)
}

type onboarding struct {
	store onboard.Store
	log   *slog.Logger
}

func (o onboarding) handle(ctx context.Context, request OnboardRequest) (IssuedToken, error) {
	t, err := tenant.ParseID(request.Tenant)
	if err != nil {
		return IssuedToken{}, err
	}
	secret, token, err := onboard.Onboard(ctx, o.store, t, actor(ctx), time.Now().UTC())
	if errors.Is(err, onboard.ErrTenantExists) {
		return IssuedToken{}, fmt.Errorf("onboard tenant %s: %w", t, err)
	}
	if err != nil {
		return IssuedToken{}, explain(t, fmt.Errorf("onboard tenant %s: %w", t, err))
	}
	o.log.InfoContext(ctx, "tenant onboarded", "tenant", t.String(), "tokenId", token.ID)
	return issued(token, secret), nil
}
