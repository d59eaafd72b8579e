package lambdaenv

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
)

// Names in the context that the authorizer hands on to the other functions.
const (
	contextTenant  = "tenant"
	contextTokenID = "tokenId"
	contextLimits  = "limits"
	contextRoles   = "roles" // separated by spaces; there for callers that an issuer vouches for
)

// errUnauthorized is the one error that API Gateway answers with 401.
var errUnauthorized = errors.New("Unauthorized")

// ServeAuthorizer runs the token authorizer of API Gateway.
func ServeAuthorizer() {
	env := MustLoad()
	lambda.Start(authorizer{env.Log, logRefusals(env.Log), auth.Authenticator{
		Store: env.Store, JWTs: newJWTs(), Now: time.Now,
		Warn: func(ctx context.Context, err error) { env.Log.WarnContext(ctx, "authorizer", "error", err.Error()) },
	}, usageKeys{lowered: os.Getenv("LOWERED_USAGE_KEY"), others: os.Getenv("USAGE_KEY")}}.observedBy(env.observer))
}

type authorizer struct {
	log           *slog.Logger
	refused       func(context.Context, api.Refusal)
	authenticator auth.Authenticator
	keys          usageKeys
}

// usageKeys are the API keys by which API Gateway throttles tenants together. They are no
// secrets: it takes them from nobody but the authorizer.
type usageKeys struct{ lowered, others string }

func (k usageKeys) of(caller auth.Caller) string {
	if tenantClass(caller.Tenant.String(), caller.Limits) == loweredLimits {
		return k.lowered
	}
	return k.others
}

func (a authorizer) handle(ctx context.Context, event events.APIGatewayCustomAuthorizerRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
	resource, err := everyMethod(event.MethodArn)
	if err != nil {
		return events.APIGatewayCustomAuthorizerResponse{}, err
	}
	caller, err := a.authenticator.Authenticate(ctx, event.AuthorizationToken)
	switch {
	case errors.Is(err, auth.ErrInvalidToken):
		a.refused(ctx, refusedToken(event.MethodArn, http.StatusUnauthorized, err))
		return events.APIGatewayCustomAuthorizerResponse{}, errUnauthorized
	case errors.Is(err, auth.ErrSuspended):
		a.refused(ctx, refusedToken(event.MethodArn, http.StatusForbidden, err))
		return policy("Deny", resource, auth.Caller{Principal: "suspended"}), nil
	case err != nil:
		a.log.ErrorContext(ctx, "token not checked", "error", err.Error())
		return events.APIGatewayCustomAuthorizerResponse{}, errors.New("token not checked")
	}
	answer := policy("Allow", resource, caller)
	answer.UsageIdentifierKey = a.keys.of(caller)
	answer.Context = map[string]any{contextTenant: caller.Tenant.String(), contextTokenID: caller.TokenID, contextLimits: caller.Limits.String()}
	if caller.External {
		answer.Context[contextRoles] = strings.Join(caller.Roles, " ")
	}
	return answer, nil
}

// observedBy returns a handler that does what handle does, and tells of it. Its metrics
// are not among those of all requests, since it only serves one on its way.
func (a authorizer) observedBy(o *observer) func(context.Context, events.APIGatewayCustomAuthorizerRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
	return func(ctx context.Context, event events.APIGatewayCustomAuthorizerRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
		ctx, i := o.begin(ctx)
		answer, err := a.handle(ctx, event)
		tenant, _ := answer.Context[contextTenant].(string)
		i.end(ctx, outcome{status: statusOf(answer, err), tenant: tenant, sets: [][]metric.Dimension{i.byOperation()}})
		return answer, err
	}
}

// statusOf is what API Gateway answers the client, or 200 if it lets the request through.
func statusOf(answer events.APIGatewayCustomAuthorizerResponse, err error) int {
	switch {
	case errors.Is(err, errUnauthorized):
		return http.StatusUnauthorized
	case err != nil:
		return http.StatusServiceUnavailable
	case answer.Context == nil:
		return http.StatusForbidden
	}
	return http.StatusOK
}

func policy(effect, resource string, caller auth.Caller) events.APIGatewayCustomAuthorizerResponse {
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: caller.Principal,
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []events.IAMPolicyStatement{{
				Action: []string{"execute-api:Invoke"}, Effect: effect, Resource: []string{resource},
			}},
		},
	}
}

// everyMethod widens the ARN of one method to all methods of its stage. API
// Gateway caches the answer by token and uses it for every path, so it has to
// be right for all of them; what the caller may do there is for each function
// to decide.
func everyMethod(methodARN string) (string, error) {
	parts := strings.SplitN(methodARN, "/", 3)
	if len(parts) < 3 {
		return "", fmt.Errorf("method ARN %q: want arn:…:api/stage/method/path", methodARN)
	}
	return parts[0] + "/" + parts[1] + "/*", nil
}
