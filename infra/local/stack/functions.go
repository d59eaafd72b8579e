package stack

import (
	"context"
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
	s.proxy.OnCall = s.options.OnCall
	listener, err := listen(0)
	if err != nil {
		return err
	}
	s.serve(listener, s.proxy)
	if s.operator, err = newOperator(s.proxy, "http://"+listener.Addr().String()); err != nil {
		return err
	}
	for _, f := range s.template.Functions {
		accessKey := "LOCAL" + f.LogicalID
		if err := s.proxy.Register(accessKey, f.Folder, f.Statements); err != nil {
			return err
		}
		s.functions[f.LogicalID] = function.New(function.Settings{
			Name: f.Name, ARN: f.ARN, Binary: filepath.Join(s.options.BinDir, f.Folder),
			Timeout: f.Timeout, MemoryMB: f.MemoryMB, MaxConcurrency: f.ReservedConcurrency,
			Environment: environment(f, "http://"+listener.Addr().String()), Region: template.Region,
			Credentials: function.Credentials{AccessKeyID: accessKey, SecretAccessKey: "local", SessionToken: "local"},
			Log:         s.log.line,
		})
	}
	return nil
}

// environment adds to a function's variables those by which it finds the services.
func environment(f template.Function, endpoint string) map[string]string {
	variables := maps.Clone(f.Environment)
	for _, name := range []string{
		"DYNAMODB_ENDPOINT", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL_LAMBDA",
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
		return s.functions[logicalID].Invoke(ctx, payload)
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
