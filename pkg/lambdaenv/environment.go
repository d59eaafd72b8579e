// Package lambdaenv is where the functions are put together: it reads the
// environment, makes the clients, and turns the events of API Gateway, of the
// stream and of operators into calls of the other packages. Nothing but
// functions/ and infra/ imports it.
package lambdaenv

import (
	"cmp"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"github.com/rolecall/rolecall/pkg/lambdaenv/trace"
	"github.com/rolecall/rolecall/pkg/lambdaenv/units"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
)

// A call of DynamoDB that takes longer than callTimeout has lost its reply.
// Retries begin soon, because DynamoDB mostly fails for an instant, and the SDK
// would wait for up to a second: 7 of them wait for 1.8 s at most.
const (
	callTimeout  = 2 * time.Second
	maxAttempts  = 8
	firstBackoff = 25 * time.Millisecond
	maxBackoff   = 500 * time.Millisecond
)

// backoff is how long to wait after the given attempt, the first being 1: up to
// twice as long each time, at random so that rivals part.
func backoff(attempt int, _ error) (time.Duration, error) {
	return rand.N(min(firstBackoff<<min(attempt-1, 10), maxBackoff)), nil
}

// Environment is what every function starts with.
type Environment struct {
	Log   *slog.Logger
	Store *dynamo.Store
	// AWS makes clients of other services. It names no endpoint.
	AWS      aws.Config
	observer *observer
}

// load reads the environment of a function. It does without the SDK's config
// package, which looks in many places that a function does not have and makes
// starting twice as slow. credentialsOf chooses those of the store's calls.
func load(credentialsOf func(aws.Config) aws.CredentialsProvider) (Environment, error) {
	table := os.Getenv("TABLE_NAME")
	if table == "" {
		return Environment{}, errors.New("TABLE_NAME is not set")
	}
	config := aws.Config{
		Region:      cmp.Or(os.Getenv("AWS_REGION"), "us-east-1"),
		Credentials: credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), os.Getenv("AWS_SESSION_TOKEN")),
		HTTPClient:  newHTTPClient(),
		Retryer: func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxAttempts = maxAttempts
				o.Backoff = retry.BackoffDelayerFunc(backoff)
			})
		},
	}
	env := Environment{Log: lambdacontext.NewLogger()}
	env.observer = newObserver(env.Log)
	if env.observer.daemon != nil {
		config.APIOptions = []func(*middleware.Stack) error{trace.Calls}
	}
	client := dynamodb.NewFromConfig(config, func(o *dynamodb.Options) {
		o.APIOptions = append(o.APIOptions, units.Measure(units.MeterOf))
		o.BaseEndpoint = Endpoint("DYNAMODB_ENDPOINT")
		o.Credentials = credentialsOf(config)
	})
	env.AWS, env.Store = config, dynamo.New(client, table, time.Now)
	return env, nil
}

// Endpoint is the URL that an environment variable puts in place of AWS's own;
// nil if it is not set.
func Endpoint(variable string) *string {
	if url := os.Getenv(variable); url != "" {
		return &url
	}
	return nil
}

// MustLoad ends the program, as a function's failed initialisation does, when
// the environment is not usable.
func MustLoad() Environment { return mustLoad(ownCredentials) }

func mustLoad(credentialsOf func(aws.Config) aws.CredentialsProvider) Environment {
	env, err := load(credentialsOf)
	if err != nil {
		lambdacontext.NewLogger().Error("initialisation failed", "error", err.Error())
		os.Exit(1)
	}
	return env
}
