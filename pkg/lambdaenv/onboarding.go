package lambdaenv

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// OnboardRequest is the event by which an operator makes a tenant.
type OnboardRequest struct {
	Tenant string `json:"tenant"`
}

// OnboardResponse tells of the new tenant. Its token is shown only here.
type OnboardResponse struct {
	Tenant    string    `json:"tenant"`
	Principal string    `json:"principal"`
	TokenID   string    `json:"tokenId"`
	Token     string    `json:"token"`
	Expires   time.Time `json:"expires"`
}

// ServeOnboarding runs the function that makes tenants.
func ServeOnboarding() {
	env := MustLoad()
	lambda.Start(func(ctx context.Context, request OnboardRequest) (OnboardResponse, error) {
		t, err := tenant.ParseID(request.Tenant)
		if err != nil {
			return OnboardResponse{}, err
		}
		secret, token, err := onboard.Onboard(ctx, env.Store, t, time.Now().UTC())
		if err != nil {
			return OnboardResponse{}, fmt.Errorf("onboard tenant %s: %w", t, err)
		}
		env.Log.InfoContext(ctx, "tenant onboarded", "tenant", t.String(), "tokenId", token.ID)
		return OnboardResponse{Tenant: t.String(), Principal: token.Principal, TokenID: token.ID, Token: secret, Expires: token.Expires}, nil
	})
}
