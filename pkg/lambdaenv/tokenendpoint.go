package lambdaenv

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/oauth"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
)

// ServeTokenEndpoint runs the function that gives clients tokens.
func ServeTokenEndpoint() {
	env := MustLoad()
	lambda.Start(proxy(tokenEndpoint(env.Store, env.Log), env.observer))
}

func tokenEndpoint(store *dynamo.Store, log *slog.Logger) *oauth.TokenEndpoint {
	refused := logRefusals(log)
	return &oauth.TokenEndpoint{
		Clients: store, Tenants: store, Actor: sourceOf, Now: time.Now, Log: log,
		Refused: func(ctx context.Context, r oauth.Refusal) { refused(ctx, refusedClient(ctx, r)) },
	}
}

// sourceOf says where a request comes from, as far as API Gateway knows.
func sourceOf(ctx context.Context) audit.Actor {
	gateway, _ := core.GetAPIGatewayContextFromContext(ctx)
	return audit.Actor{RequestID: gateway.RequestID, Address: gateway.Identity.SourceIP}
}
