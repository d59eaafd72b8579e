package lambdaenv

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// TestUsageKey: the requests of a tenant whose limits are lowered count for another key
// than those of all others.
func TestUsageKey(t *testing.T) {
	t.Parallel()
	store, token := meteredStore(t)
	guard := authorizer{silent, logRefusals(silent), auth.Authenticator{
		Store: store, JWTs: newJWTs(), Now: time.Now, Warn: func(_ context.Context, err error) { t.Error(err) },
	}, usageKeys{lowered: "few", others: "many"}}
	for _, test := range []struct {
		limits tenant.Limits
		want   string
	}{
		{tenant.DefaultLimits, "many"},
		{tenant.Limits{Requests: tenant.DefaultLimits.Requests - 1, Window: tenant.DefaultLimits.Window}, "few"},
		{tenant.Limits{Requests: tenant.DefaultLimits.Requests + 1, Window: tenant.DefaultLimits.Window}, "many"},
	} {
		if _, err := store.Configure(t.Context(), mustID(t, "acme"), audit.Actor{}, func(c tenant.Configuration) (tenant.Configuration, error) {
			c.Limits = test.limits
			return c, nil
		}); err != nil {
			t.Fatal(err)
		}
		answer, err := guard.handle(t.Context(), events.APIGatewayCustomAuthorizerRequest{
			AuthorizationToken: "Bearer " + token, MethodArn: "arn:aws:execute-api:eu-west-1:123456789012:abc/dev/GET/scim/acme/v2/Roles",
		})
		if err != nil || answer.UsageIdentifierKey != test.want {
			t.Errorf("%v: the key %q, %v, want %q", test.limits, answer.UsageIdentifierKey, err, test.want)
		}
	}
}
