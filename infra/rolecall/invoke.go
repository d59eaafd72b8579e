package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/rolecall/rolecall/infra/local/runfile"
	"github.com/rolecall/rolecall/infra/local/template"
)

var (
	errNoRunner      = errors.New("no runner is up: start one with make run, or name a deployed stack with --stack")
	errNoRegion      = errors.New("no AWS region: give --region, or set AWS_REGION or a profile with one")
	errNoCredentials = errors.New("no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in")
)

// ask invokes the function in a folder of functions/ and reads its answer, which
// is printed as it is, or by show.
func (s *session) ask(ctx context.Context, folder string, request, answer any, show func()) error {
	payload, err := s.read(ctx, folder, request, answer)
	if err != nil {
		return err
	}
	if s.json {
		_, err := fmt.Fprintf(s.out, "%s\n", payload)
		return err
	}
	show()
	return nil
}

// read is ask that prints nothing.
func (s *session) read(ctx context.Context, folder string, request, answer any) (payload []byte, err error) {
	if payload, err = s.invoke(ctx, folder, request); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(payload, answer); err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", folder, err)
	}
	return payload, nil
}

// invoke returns what a function answers. A function's error is its message only.
func (s *session) invoke(ctx context.Context, folder string, request any) ([]byte, error) {
	if s.functions == nil {
		found, err := s.find(ctx)
		if err != nil {
			return nil, err
		}
		s.functions = &found
	}
	payload, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("encode the event of %s: %w", folder, err)
	}
	name := s.functions.stack + "-" + folder
	out, err := s.functions.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &name, Payload: payload})
	if err != nil {
		return nil, s.functions.explain(ctx, name, err)
	}
	if out.FunctionError != nil {
		var failure struct{ ErrorMessage string }
		if json.Unmarshal(out.Payload, &failure) != nil || failure.ErrorMessage == "" {
			return nil, fmt.Errorf("%s failed: %s", name, out.Payload)
		}
		return nil, errors.New(failure.ErrorMessage)
	}
	return out.Payload, nil
}

// functions are those of one stack.
type functions struct {
	client *lambda.Client
	stack  string
	local  bool
}

func (s *session) find(ctx context.Context) (functions, error) {
	if s.stack == "" {
		return s.localFunctions()
	}
	return deployedFunctions(ctx, s.stack, s.region)
}

// once sends every request once. Many cannot be repeated: a token whose answer was
// lost would be there twice.
func once(o *lambda.Options) { o.Retryer = aws.NopRetryer{} }

func (s *session) localFunctions() (functions, error) {
	root, err := s.root()
	if err != nil {
		return functions{}, errNoRunner
	}
	runner, err := runfile.Read(root)
	if errors.Is(err, runfile.ErrNone) || err == nil && runner.Operator.Endpoint == "" {
		return functions{}, errNoRunner
	}
	if err != nil {
		return functions{}, err
	}
	client := lambda.NewFromConfig(aws.Config{
		Region: template.Region, BaseEndpoint: &runner.Operator.Endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(runner.Operator.AccessKeyID, "local", ""),
	}, once)
	return functions{client, runner.Operator.StackName, true}, nil
}

func deployedFunctions(ctx context.Context, stack, region string) (functions, error) {
	environment, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return functions{}, fmt.Errorf("AWS settings: %w", err)
	}
	if environment.Region == "" {
		return functions{}, errNoRegion
	}
	if _, err := environment.Credentials.Retrieve(ctx); err != nil {
		return functions{}, errNoCredentials
	}
	return functions{lambda.NewFromConfig(environment, once), stack, false}, nil
}

// explain says in a line why a function was not invoked.
func (f functions) explain(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if f.local && errors.Is(err, syscall.ECONNREFUSED) {
		return errNoRunner
	}
	var missing *types.ResourceNotFoundException
	if errors.As(err, &missing) {
		return fmt.Errorf("there is no function %s: check --stack and --region, and which version is deployed", name)
	}
	var failure smithy.APIError
	if errors.As(err, &failure) {
		return fmt.Errorf("%s was not invoked: %s: %s", name, failure.ErrorCode(), failure.ErrorMessage())
	}
	return fmt.Errorf("%s was not invoked: %w", name, err)
}
