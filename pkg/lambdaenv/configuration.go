package lambdaenv

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ConfigureRequest is the event by which an operator changes a tenant's
// configuration.
type ConfigureRequest struct {
	Tenant                  string `json:"tenant"`
	ConfiguredPermissionSet string `json:"configuredPermissionSet"`
}

// ConfigureResponse is the configuration as it is then.
type ConfigureResponse struct {
	Tenant                  string `json:"tenant"`
	ConfiguredPermissionSet string `json:"configuredPermissionSet"`
}

// ServeConfiguration runs the function that changes configurations.
func ServeConfiguration() {
	env := MustLoad()
	lambda.Start(func(ctx context.Context, request ConfigureRequest) (ConfigureResponse, error) {
		t, err := tenant.ParseID(request.Tenant)
		if err != nil {
			return ConfigureResponse{}, err
		}
		set := request.ConfiguredPermissionSet
		if err := resource.CheckCode("configuredPermissionSet", set); err != nil {
			return ConfigureResponse{}, err
		}
		configuration, err := env.Store.Configure(ctx, t, operator(ctx), func(c tenant.Configuration) (tenant.Configuration, error) {
			c.ConfiguredPermissionSet = set
			return c, nil
		})
		if errors.Is(err, resource.ErrNotFound) {
			return ConfigureResponse{}, fmt.Errorf("tenant %s has no permission set %s: create it first", t, set)
		}
		if err != nil {
			return ConfigureResponse{}, fmt.Errorf("configure tenant %s: %w", t, err)
		}
		env.Log.InfoContext(ctx, "tenant configured", "tenant", t.String(), "configuredPermissionSet", configuration.ConfiguredPermissionSet)
		return ConfigureResponse{t.String(), configuration.ConfiguredPermissionSet}, nil
	})
}

// operator is who changes a tenant by invoking a function.
func operator(ctx context.Context) audit.Actor {
	actor := audit.Actor{Principal: "operator"}
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		actor.RequestID = invocation.AwsRequestID
	}
	return actor
}
