package lambdaenv

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/oauth"
)

// ServeTokenEndpoint runs the function that gives clients tokens.
func ServeTokenEndpoint() {
	env := MustLoad()
	lambda.Start(proxy(&oauth.TokenEndpoint{
		Clients: env.Store, Tenants: env.Store, Actor: sourceOf, Now: time.Now, Log: env.Log,
	}, env.Log))
}

// sourceOf says where a request comes from, as far as API Gateway knows.
func sourceOf(ctx context.Context) audit.Actor {
	gateway, _ := core.GetAPIGatewayContextFromContext(ctx)
	return audit.Actor{RequestID: gateway.RequestID, Address: gateway.Identity.SourceIP}
}
