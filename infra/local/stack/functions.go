package stack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"

	"github.com/rolecall/rolecall/infra/local/function"
	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/lambda"
	"github.com/rolecall/rolecall/infra/local/sqs"
	"github.com/rolecall/rolecall/infra/local/template"
)

// startFunctions makes the functions, and serves what they call: all of it at one address, behind IAM.
func (s *Stack) startFunctions() error {
	s.proxy = iam.NewProxy(s.database.Endpoint, s.partitionKey, sqs.New(s.allQueues()), lambda.New(s.invokers(), s.async))
	s.proxy.OnDenied = s.log.denied
	s.proxy.OnCall, s.proxy.Around = s.options.OnCall, s.options.Around
	listener, err := listen(0)
	if err != nil {
		return err
	}
	s.serve(listener, s.proxy)
	endpoint := "http://" + listener.Addr().String()
	if s.operator, err = newOperator(s.proxy, endpoint); err != nil {
		return err
	}
	for _, role := range s.template.Roles {
		if err := s.proxy.RegisterRole(role.Role); err != nil {
			return err
		}
	}
	for _, f := range s.template.Functions {
		accessKey := accessKeyID(f)
		if err := s.proxy.RegisterAs(f.RoleARN, accessKey, f.Folder, f.Statements); err != nil {
			return err
		}
		s.functions[f.LogicalID] = newFunction(f, function.Settings{
			Name: f.Name, ARN: f.ARN, Binary: filepath.Join(s.options.BinDir, f.Folder),
			Timeout: f.Timeout, MemoryMB: f.MemoryMB, MaxConcurrency: f.ReservedConcurrency,
			Environment: environment(f, endpoint), Region: template.Region,
			Credentials: function.Credentials{AccessKeyID: accessKey, SecretAccessKey: "local", SessionToken: "local"},
			Log:         s.log.line,
		})
	}
	return nil
}

// invocable is a function. Those that keep their environments apart by tenant need one, the
// others refuse one, as Lambda does.
type invocable interface {
	Invoke(ctx context.Context, tenant string, payload []byte) (function.Result, error)
	PIDs() []int
	Close()
}

func newFunction(f template.Function, s function.Settings) invocable {
	if f.PerTenant {
		return function.NewPerTenant(s)
	}
	return shared{function.New(s)}
}

type shared struct{ *function.Function }

func (s shared) Invoke(ctx context.Context, tenant string, payload []byte) (function.Result, error) {
	if tenant != "" {
		return function.Result{}, errors.New("the function does not keep its environments apart by tenant, and one is named (InvalidParameterValueException)")
	}
	return s.Function.Invoke(ctx, payload)
}

// accessKeyID is that of a function's credentials.
func accessKeyID(f template.Function) string { return "LOCAL" + f.LogicalID }

// ServicesOf answers where a function finds the services, and with which access key; its secret means nothing here.
func (s *Stack) ServicesOf(folder string) (endpoint, accessKey string, err error) {
	for _, f := range s.template.Functions {
		if f.Folder == folder {
			return s.operator.Endpoint, accessKeyID(f), nil
		}
	}
	return "", "", fmt.Errorf("there is no function %s in the template", folder)
}

// environment adds to a function's variables those by which it finds the services.
func environment(f template.Function, endpoint string) map[string]string {
	variables := maps.Clone(f.Environment)
	for _, name := range []string{
		"DYNAMODB_ENDPOINT", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_STS",
	} {
		variables[name] = endpoint
	}
	return variables
}

// invokers are the functions by name, as Invoke knows them.
func (s *Stack) invokers() map[string]lambda.Invoke {
	out := map[string]lambda.Invoke{}
	for _, f := range s.template.Functions {
		out[f.Name] = s.invoker(f.LogicalID)
	}
	return out
}

func (s *Stack) invoker(logicalID string) lambda.Invoke {
	return func(ctx context.Context, payload []byte) (function.Result, error) {
		return s.functions[logicalID].Invoke(ctx, "", payload)
	}
}

// partitionKey answers the partition key of a table, or of an index written Table/index/Index.
func (s *Stack) partitionKey(name string) (string, bool) {
	for _, table := range s.template.Tables {
		if key, ok := table.PartitionKey(name); ok {
			return key, true
		}
	}
	return "", false
}
