package lambdaenv

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// refusing is an api.Throttle that refuses every request and keeps the limits
// that it was asked about.
type refusing struct{ asked *[]tenant.Limits }

func (r refusing) Allow(_ context.Context, _ tenant.ID, limits tenant.Limits) (time.Duration, bool) {
	*r.asked = append(*r.asked, limits)
	return 2 * time.Second, false
}

// TestLimitsAreTheAuthorizers: limits come from the authorizer's context, and a
// request without them has the default ones.
func TestLimitsAreTheAuthorizers(t *testing.T) {
	own := tenant.Limits{Requests: 7, Window: time.Minute}
	for name, test := range map[string]struct {
		limits any
		want   tenant.Limits
	}{
		"own":          {"7/60s", own},
		"absent":       {nil, tenant.DefaultLimits},
		"empty":        {"", tenant.DefaultLimits},
		"none":         {"0/0s", tenant.DefaultLimits},
		"malformed":    {"unlimited", tenant.DefaultLimits},
		"too many":     {"1000001/1s", tenant.DefaultLimits},
		"not a string": {7, tenant.DefaultLimits},
	} {
		var asked []tenant.Limits
		answer := proxy(api.GetRole(api.Dependencies{Throttle: refusing{&asked}, Log: silent}), unseen)
		authorizer := map[string]any{"principalId": "administrator", contextTenant: "acme", contextTokenID: "token"}
		if test.limits != nil {
			authorizer[contextLimits] = test.limits
		}
		response, err := answer(t.Context(), events.APIGatewayProxyRequest{
			HTTPMethod: "GET", Path: "/scim/acme/v2/Roles/X", RequestContext: events.APIGatewayProxyRequestContext{Authorizer: authorizer},
			Headers: map[string]string{"limits": "1000000/1s"},
		})
		if err != nil || response.StatusCode != 429 || len(asked) != 1 || asked[0] != test.want {
			t.Errorf("%s: %d %s, %v; asked for %v", name, response.StatusCode, response.Body, err, asked)
		}
		if got := response.MultiValueHeaders["Retry-After"]; len(got) != 1 || got[0] != "2" {
			t.Errorf("%s: Retry-After is %v", name, got)
		}
	}
}
