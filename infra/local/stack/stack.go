// Package stack runs the whole service on one machine: the DynamoDB engine, SQS and
// Lambda's Invoke, the IAM proxy before them, the functions, the API gateway, the
// event sources and the schedules, wired as template.yaml says. It imports nothing of
// pkg.
package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"github.com/rolecall/rolecall/infra/local/engine"
	"github.com/rolecall/rolecall/infra/local/eventsource"
	"github.com/rolecall/rolecall/infra/local/function"
	"github.com/rolecall/rolecall/infra/local/gateway"
	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/lambda"
	"github.com/rolecall/rolecall/infra/local/queue"
	"github.com/rolecall/rolecall/infra/local/template"
)

// Options of a stack. Only Root is needed.
type Options struct {
	// Root is the folder with functions/ and template.yaml.
	Root string
	// Template replaces Root/template.yaml.
	Template string
	// Parameters replace the template's defaults.
	Parameters map[string]string
	// DataDir keeps the database, checkpoints and queues; empty keeps them in memory.
	DataDir string
	// BinDir takes the compiled functions, Root/.local/functions by default.
	BinDir string
	// Port of the API and EnginePort of the engine; 0 takes a free one.
	Port, EnginePort int
	// Endpoint of a DynamoDB that runs elsewhere; no engine is started then.
	Endpoint string
	// FunctionsOnly leaves out the API, the event sources and the schedules.
	FunctionsOnly bool
	// Log takes one line per call, batch and notable function log line; nil drops them.
	Log io.Writer
	// RawLog writes the functions' log lines as they are instead.
	RawLog bool
	// OnCall hears, by folder, which function makes a call of AWS, before the call is served; it may be nil.
	OnCall func(folder string)
	// Around answers the calls that functions make of AWS, in place of the services; it may be nil.
	Around func(w http.ResponseWriter, r *http.Request, c iam.Call)
	// OnBatch hears, by folder, which function is to be invoked with a batch of its event source; it may be nil. The batch waits
	// for it, and so does what the stream holds behind it. ctx ends with the stack.
	OnBatch func(ctx context.Context, folder string)
	// Progress hears of steps that take a while; it may be nil.
	Progress func(string)
}

// Stack is a running service.
type Stack struct {
	options   Options
	template  *template.Template
	functions map[string]invocable // by logical id
	proxy     *iam.Proxy
	operator  Operator
	async     *lambda.Async
	queues    map[string]*queue.Queue // by logical id
	sources   []*eventsource.EventSource
	database  *database
	log       *logger
	baseURL   string

	servers []*http.Server
	cancel  context.CancelFunc
	polling sync.WaitGroup
}

// Start builds the functions and starts everything. ctx bounds the start only.
func Start(ctx context.Context, o Options) (*Stack, error) {
	if o.Template == "" {
		o.Template = filepath.Join(o.Root, "template.yaml")
	}
	if o.BinDir == "" {
		o.BinDir = filepath.Join(o.Root, ".local", "functions")
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	t, err := template.Load(o.Template, o.Parameters)
	if err != nil {
		return nil, err
	}
	s := &Stack{options: o, template: t, functions: map[string]invocable{}, log: newLogger(o.Log, o.RawLog, t)}
	s.async = lambda.NewAsync(s.log.attempt)
	s.openQueues()
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context) error {
	// The port is taken first: that it is in use should be said before anything is built.
	var api net.Listener
	if !s.options.FunctionsOnly {
		var err error
		if api, err = listen(s.options.Port); err != nil {
			return err
		}
		s.baseURL = "http://localhost:" + strconv.Itoa(api.Addr().(*net.TCPAddr).Port)
	}
	if err := s.prepare(ctx); err != nil {
		if api != nil {
			_ = api.Close()
		}
		return err
	}
	if err := s.startFunctions(); err != nil {
		return err
	}
	if s.options.FunctionsOnly {
		return nil
	}
	if err := s.startAPI(api); err != nil {
		return err
	}
	running, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.startSchedules(running)
	return s.startEventSources(running)
}

// prepare builds the functions while the database starts.
func (s *Stack) prepare(ctx context.Context) error {
	steps, ctx := errgroup.WithContext(ctx)
	steps.Go(func() error { return Build(ctx, s.options.Root, s.options.BinDir, s.options.Progress) })
	steps.Go(func() (err error) {
		s.database, err = openDatabase(ctx, s.options, s.template.Tables, s.log)
		return err
	})
	return steps.Wait()
}

func (s *Stack) startAPI(listener net.Listener) error {
	if s.template.API == nil {
		return errors.Join(errors.New("the template has no API"), listener.Close())
	}
	g, err := gateway.New(s.template.API, s.template.Functions, s.invoke, gateway.WithLog(s.log.access))
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	s.serve(listener, g)
	return nil
}

func (s *Stack) serve(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(listener) }() // ends with Close
}

func (s *Stack) invoke(ctx context.Context, logicalID, tenant string, payload []byte) ([]byte, string, error) {
	result, err := s.functions[logicalID].Invoke(ctx, tenant, payload)
	return result.Payload, result.FunctionError, err
}

// Invoke runs a function, named by its folder, once and for no tenant in particular.
func (s *Stack) Invoke(ctx context.Context, folder string, payload []byte) (function.Result, error) {
	for _, f := range s.template.Functions {
		if f.Folder == folder {
			return s.functions[f.LogicalID].Invoke(ctx, "", payload)
		}
	}
	return function.Result{}, fmt.Errorf("there is no function %s in the template", folder)
}

// BaseURL of the API, without a trailing slash.
func (s *Stack) BaseURL() string { return s.baseURL }

// EngineEndpoint is where DynamoDB answers, without IAM in between.
func (s *Stack) EngineEndpoint() string { return s.database.Endpoint() }

// Client is a DynamoDB client with every right, for seeding and for tests.
func (s *Stack) Client() *dynamodb.Client { return engine.NewClient(s.database.Endpoint()) }

// Operator is how an operator may invoke functions.
func (s *Stack) Operator() Operator { return s.operator }

// Template is what the stack was built from.
func (s *Stack) Template() *template.Template { return s.template }

// EnginePID is 0 when no engine was started here.
func (s *Stack) EnginePID() int { return s.database.PID() }

// FunctionPIDs answers the running processes of each function, by folder.
func (s *Stack) FunctionPIDs() map[string][]int {
	out := map[string][]int{}
	for _, f := range s.template.Functions {
		if pids := s.functions[f.LogicalID].PIDs(); len(pids) > 0 {
			out[f.Folder] = pids
		}
	}
	return out
}

// UsedActions answers the actions that each function, by folder, was allowed and made.
func (s *Stack) UsedActions() map[string][]string { return s.proxy.Used() }

// Denied answers the calls that a function's statements did not allow.
func (s *Stack) Denied() []iam.Denial { return s.proxy.Denied() }

// Drain waits until the event sources have handled every record written before.
func (s *Stack) Drain(ctx context.Context) error {
	for _, source := range s.sources {
		if err := source.WaitDrained(ctx); err != nil {
			return err
		}
	}
	return nil
}

// WaitIdle returns when no asynchronous invocation is running or waiting for its next attempt.
func (s *Stack) WaitIdle(ctx context.Context) error { return s.async.WaitIdle(ctx) }

// Close stops every process that the stack started, and gives up asynchronous invocations. It may be called once.
func (s *Stack) Close() error {
	if s.cancel != nil {
		s.cancel()
	}
	s.async.Close()
	// Functions first: a server waits for its calls, and those for their functions.
	var closing sync.WaitGroup
	for _, f := range s.functions {
		closing.Go(f.Close)
	}
	closing.Wait()
	s.polling.Wait()
	for _, server := range s.servers {
		_ = server.Close()
	}
	if s.database == nil {
		return nil
	}
	return s.database.Close()
}

func listen(port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("port %d cannot be used: %w", port, err)
	}
	return listener, nil
}
