// Package operator puts together the functions by which operators make,
// configure, show, export and delete tenants, and hand out their credentials.
// They are invoked and no part of the API. The package stands apart from
// package lambdaenv so that the functions of the API do not carry it.
package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// serve runs a function that answers an operator.
func serve[Request, Answer any](env lambdaenv.Environment, handle func(context.Context, Request) (Answer, error)) {
	lambda.Start(lambdaenv.Observe(env, func(ctx context.Context, event json.RawMessage) (answer Answer, err error) {
		var request Request
		if err := decode(event, &request); err != nil {
			return answer, err
		}
		return handle(ctx, request)
	}))
}

// decode reads an event. What a function does not know is refused: an operator who
// mistypes a name should not believe that it was heeded.
func decode(event json.RawMessage, request any) error {
	decoder := json.NewDecoder(bytes.NewReader(event))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(request); err != nil {
		return fmt.Errorf("the event cannot be read: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// actor is who changes a tenant by invoking a function.
func actor(ctx context.Context) audit.Actor {
	by := audit.Actor{Principal: auth.OperatorPrincipal}
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		by.RequestID = invocation.AwsRequestID
	}
	return by
}

// explain says what an error means to an operator of the tenant.
func explain(t tenant.ID, err error) error {
	var wrong *resource.ValueError
	switch {
	case errors.As(err, &wrong):
		return errors.New(wrong.Detail)
	case errors.Is(err, tenant.ErrUnknown):
		return fmt.Errorf("there is no tenant %s", t)
	case errors.Is(err, tenant.ErrDeleting):
		return fmt.Errorf("tenant %s is being deleted: nothing of it can be changed any more", t)
	case errors.Is(err, resource.ErrBusy):
		return fmt.Errorf("others change tenant %s at the same time: try again", t)
	default:
		return err
	}
}
