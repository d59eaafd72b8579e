package lambdaenv

import (
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/rolecall/rolecall/pkg/api"
)

// ServeStateless runs an operation that answers from the request alone. It
// makes no clients and reads no environment, and so is ready sooner.
func ServeStateless(operation func(api.Dependencies) http.Handler) {
	log := lambdacontext.NewLogger()
	lambda.Start(proxy(operation(api.Dependencies{Log: log, Refused: logRefusals(log)}), newObserver(log)))
}
