package lambdaenv

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/rolecall/rolecall/pkg/auth"
)

// Names in the context that the authorizer hands on to the other functions.
const (
	contextTenant  = "tenant"
	contextTokenID = "tokenId"
)

// errUnauthorized is the one error that API Gateway answers with 401.
var errUnauthorized = errors.New("Unauthorized")

// ServeAuthorizer runs the token authorizer of API Gateway.
func ServeAuthorizer() {
	env := MustLoad()
	lambda.Start(func(ctx context.Context, event events.APIGatewayCustomAuthorizerRequest) (events.APIGatewayCustomAuthorizerResponse, error) {
		token, err := auth.Authenticate(ctx, env.Store, event.AuthorizationToken, time.Now())
		if errors.Is(err, auth.ErrInvalidToken) {
			env.Log.InfoContext(ctx, "token refused")
			return events.APIGatewayCustomAuthorizerResponse{}, errUnauthorized
		}
		if err != nil {
			env.Log.ErrorContext(ctx, "token not checked", "error", err.Error())
			return events.APIGatewayCustomAuthorizerResponse{}, errors.New("token not checked")
		}
		resource, err := everyMethod(event.MethodArn)
		if err != nil {
			return events.APIGatewayCustomAuthorizerResponse{}, err
		}
		return events.APIGatewayCustomAuthorizerResponse{
			PrincipalID: token.Principal,
			PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
				Version: "2012-10-17",
				Statement: []events.IAMPolicyStatement{{
					Action: []string{"execute-api:Invoke"}, Effect: "Allow", Resource: []string{resource},
				}},
			},
			Context: map[string]any{contextTenant: token.Tenant.String(), contextTokenID: token.ID},
		}, nil
	})
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
