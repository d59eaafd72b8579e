// Package gateway answers HTTP as an API Gateway REST API with Lambda proxy
// integrations does: routes, authorizer, gateway responses and limits come from the
// template. It knows functions only as something to invoke, and imports nothing of pkg.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/rolecall/rolecall/infra/local/template"
)

// API Gateway's limits.
const (
	maxBody            = 10 * 1024 * 1024
	maxHeaders         = 10240
	integrationTimeout = 29 * time.Second
)

// Invoke calls a function, named by its logical id, for a tenant, which is empty unless the
// function is one that Lambda keeps apart by tenant. A functionError says that the function
// failed and payload describes how; err, that it was not run.
type Invoke func(ctx context.Context, function, tenant string, payload []byte) (answer []byte, functionError string, err error)

// Record is one line of the access log.
type Record struct {
	Time      time.Time
	RequestID string
	SourceIP  string
	Method    string
	Path      string
	Status    int
	// Function is the logical id of the integration, empty when no route matched.
	Function string
	Duration time.Duration
	// Authorizer is the context that the authorizer handed on.
	Authorizer map[string]any
	// Error says why the gateway itself answered, empty when the function did.
	Error string
}

// Gateway is the http.Handler of one API.
type Gateway struct {
	api         *template.API
	root        *node
	invoke      Invoke
	log         func(Record)
	authorizers map[string]*authorizer
	plans       plans
	timeout     time.Duration
}

// Option changes a Gateway.
type Option func(*Gateway)

// WithLog sends every access record to log.
func WithLog(log func(Record)) Option { return func(g *Gateway) { g.log = log } }

// WithIntegrationTimeout replaces the 29 s that a function may take.
func WithIntegrationTimeout(d time.Duration) Option { return func(g *Gateway) { g.timeout = d } }

// WithClock replaces the clock that ages cached authorizer answers.
func WithClock(now func() time.Time) Option {
	return func(g *Gateway) {
		for _, a := range g.authorizers {
			a.now = now
		}
	}
}

// New serves an API. The functions of the template translate the authorizers' ARNs.
func New(api *template.API, functions []template.Function, invoke Invoke, options ...Option) (*Gateway, error) {
	g := &Gateway{api: api, invoke: invoke, log: func(Record) {}, timeout: integrationTimeout, authorizers: map[string]*authorizer{}, plans: newPlans(api.Plans)}
	var err error
	if g.root, err = routes(api.Routes); err != nil {
		return nil, err
	}
	for name, settings := range api.Authorizers {
		function := ""
		for _, f := range functions {
			if f.ARN == settings.FunctionARN {
				function = f.LogicalID
			}
		}
		if function == "" {
			return nil, fmt.Errorf("authorizer %s: there is no function %s", name, settings.FunctionARN)
		}
		g.authorizers[name] = newAuthorizer(settings, function, invoke)
	}
	for _, option := range options {
		option(g)
	}
	return g, nil
}

// call is one request on its way through the gateway.
type call struct {
	id, extendedID string
	start          time.Time
	request        *http.Request
	sourceIP       string
	// path as the client sent it; basePath is the mapping it came through, inner what is left.
	path, basePath, inner string
	route                 template.Route
	parameters            map[string]string
	body                  string
	authorizer            map[string]any
	usageKey              string
}

// ServeHTTP answers one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(r)
	c.basePath, c.inner = g.mapping(c.path)
	w.Header().Set("x-amzn-RequestId", c.id)
	w.Header().Set("x-amz-apigw-id", c.extendedID)

	record := Record{Time: c.start, RequestID: c.id, SourceIP: c.sourceIP, Method: r.Method, Path: c.path}
	answer, err := g.answer(c)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		record.Status, record.Error = g.refuse(w, c, refused), refused.Error()
	case err != nil: // the client is gone
		record.Status, record.Error = 499, err.Error()
	default:
		record.Status = answer.write(w, g.api)
	}
	record.Function, record.Authorizer = c.route.Function, c.authorizer
	record.Duration = time.Since(c.start)
	g.log(record)
}

func newCall(r *http.Request) *call {
	c := &call{id: newID(), extendedID: newExtendedID(), start: time.Now(), request: r}
	c.sourceIP, _, _ = net.SplitHostPort(r.RemoteAddr)
	// The path stays percent-encoded, as functions get it.
	c.path, _, _ = strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(c.path, "/") {
		c.path = r.URL.EscapedPath()
	}
	return c
}

// mapping finds the longest base path that a path lies under.
func (g *Gateway) mapping(path string) (base, inner string) {
	inner = path
	for _, candidate := range g.api.BasePaths {
		rest, ok := strings.CutPrefix(path, "/"+candidate)
		if candidate != "" && len(candidate) > len(base) && ok && (rest == "" || rest[0] == '/') {
			base, inner = candidate, rest
		}
	}
	return base, inner
}

// answer takes a call through the steps of API Gateway. An error is a *refusal, or
// that of a client that went away.
func (g *Gateway) answer(c *call) (*proxyAnswer, error) {
	if headerBytes(c.request) > maxHeaders {
		return nil, refuse("REQUEST_TOO_LARGE", "Request Header Fields Too Large")
	}
	var ok bool
	if c.route, c.parameters, ok = g.root.find(c.request.Method, segments(c.inner)); !ok {
		return nil, refuse("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
	}
	if err := g.authorize(c); err != nil {
		return nil, err
	}
	if err := g.plans.admit(c); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(c.request.Body, maxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read body: %w", err)
	}
	if len(body) > maxBody {
		return nil, refuse("REQUEST_TOO_LARGE", "Request Too Long")
	}
	// Without binary media types every body is handed on as text.
	c.body = strings.ToValidUTF8(string(body), "\uFFFD")
	return g.integrate(c)
}

func (g *Gateway) authorize(c *call) error {
	a := g.authorizers[c.route.Authorizer]
	if a == nil {
		return nil
	}
	var err error
	c.authorizer, c.usageKey, err = a.authorize(c.request, g.methodARN(c))
	return err
}

// methodARN names the called method; a base path is no part of it.
func (g *Gateway) methodARN(c *call) string {
	return fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s/%s/%s",
		template.Region, template.AccountID, g.api.LogicalID, g.api.StageName, c.request.Method, strings.TrimPrefix(c.inner, "/"))
}

// integrate invokes the route's function with a proxy event.
func (g *Gateway) integrate(c *call) (*proxyAnswer, error) {
	ctx, cancel := context.WithTimeout(c.request.Context(), g.timeout)
	defer cancel()
	tenant, _ := c.authorizer[c.route.TenantFrom].(string)
	payload, functionError, err := g.invoke(ctx, c.route.Function, tenant, g.event(c))
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded) && err != nil:
		return nil, refuse("INTEGRATION_TIMEOUT", "Endpoint request timed out")
	case c.request.Context().Err() != nil && err != nil:
		return nil, fmt.Errorf("the client went away: %w", err)
	case err != nil:
		return nil, refuse("INTEGRATION_FAILURE", "Internal server error").because(err).withStatus(http.StatusInternalServerError)
	case functionError != "":
		return nil, refuse("INTEGRATION_FAILURE", "Internal server error").because(fmt.Errorf("function error %s", payload)).withStatus(http.StatusBadGateway)
	}
	answer, err := parseAnswer(payload)
	if err != nil {
		return nil, refuse("INTEGRATION_FAILURE", "Internal server error").because(err).withStatus(http.StatusBadGateway)
	}
	return answer, nil
}

// headerBytes counts the request line and the headers.
func headerBytes(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("Host: ") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			n += len(name) + len(": ") + len(value)
		}
	}
	return n
}
