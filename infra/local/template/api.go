package template

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// API is an AWS::Serverless::Api with the routes that functions attach to it.
type API struct {
	LogicalID string
	StageName string
	// Variables are the stage variables.
	Variables         map[string]string
	DefaultAuthorizer string
	Authorizers       map[string]Authorizer
	Responses         map[string]GatewayResponse
	BinaryMediaTypes  []string
	// Routes are ordered by function and event.
	Routes []Route
	// BasePaths of every base path mapping, "" being the root, whatever its Condition.
	BasePaths []string
}

// Route sends one method of one path to a function.
type Route struct {
	Method string
	// Path as in the template: /scim/{tenant}/v2/Roles/{id}.
	Path string
	// Function is a logical id, Event the name of the function's event.
	Function string
	Event    string
	// Authorizer is empty when the route takes anyone.
	Authorizer string
}

// Authorizer is a TOKEN authorizer.
type Authorizer struct {
	FunctionARN string
	// Header carries the token.
	Header string
	// Validation is what a token must match before the function is asked, nil for anything.
	Validation *regexp.Regexp
	// TTL is how long an answer is kept.
	TTL time.Duration
}

// GatewayResponse replaces an answer that API Gateway gives by itself.
type GatewayResponse struct {
	// StatusCode is 0 when the type's own is kept.
	StatusCode int
	Headers    map[string]string
	// Body is the template for application/json, empty for the default one.
	Body string
}

func newAPI(id string, properties map[string]any) (*API, error) {
	var p struct {
		StageName string
		Variables map[string]any
		Auth      struct {
			DefaultAuthorizer string
			Authorizers       map[string]authorizerProperties
		}
		GatewayResponses map[string]responseProperties
		BinaryMediaTypes []string
	}
	if err := decode(properties, &p); err != nil {
		return nil, err
	}
	api := &API{
		LogicalID: id, StageName: p.StageName, Variables: map[string]string{},
		DefaultAuthorizer: p.Auth.DefaultAuthorizer, Authorizers: map[string]Authorizer{},
		Responses: map[string]GatewayResponse{}, BinaryMediaTypes: p.BinaryMediaTypes,
	}
	for name, value := range p.Variables {
		api.Variables[name] = text(value)
	}
	for name, a := range p.Auth.Authorizers {
		authorizer, err := a.authorizer()
		if err != nil {
			return nil, fmt.Errorf("authorizer %s: %w", name, err)
		}
		api.Authorizers[name] = authorizer
	}
	if d := api.DefaultAuthorizer; d != "" {
		if _, ok := api.Authorizers[d]; !ok {
			return nil, fmt.Errorf("there is no authorizer %s", d)
		}
	}
	for kind, r := range p.GatewayResponses {
		response, err := r.response()
		if err != nil {
			return nil, fmt.Errorf("gateway response %s: %w", kind, err)
		}
		api.Responses[kind] = response
	}
	return api, nil
}

type authorizerProperties struct {
	FunctionArn, FunctionPayloadType string
	Identity                         struct {
		Header, ValidationExpression string
		ReauthorizeEvery             *number
	}
}

func (p authorizerProperties) authorizer() (Authorizer, error) {
	a := Authorizer{FunctionARN: p.FunctionArn, Header: p.Identity.Header, TTL: 300 * time.Second}
	if a.FunctionARN == "" {
		return a, errors.New("no FunctionArn")
	}
	if kind := p.FunctionPayloadType; kind != "" && kind != "TOKEN" {
		return a, fmt.Errorf("the type %s is not supported, only TOKEN", kind)
	}
	if a.Header == "" {
		a.Header = "Authorization"
	}
	if every := p.Identity.ReauthorizeEvery; every != nil {
		a.TTL = time.Duration(*every) * time.Second
	}
	if expression := p.Identity.ValidationExpression; expression != "" {
		// API Gateway matches the whole token.
		validation, err := regexp.Compile("^(?:" + expression + ")$")
		if err != nil {
			return a, fmt.Errorf("validation expression: %w", err)
		}
		a.Validation = validation
	}
	return a, nil
}

type responseProperties struct {
	StatusCode         number
	ResponseParameters struct{ Headers map[string]string }
	ResponseTemplates  map[string]string
}

func (p responseProperties) response() (GatewayResponse, error) {
	r := GatewayResponse{StatusCode: int(p.StatusCode), Headers: map[string]string{}, Body: p.ResponseTemplates["application/json"]}
	for name, value := range p.ResponseParameters.Headers {
		// A static value stands between single quotes; anything else is an expression.
		if len(value) < 2 || value[0] != '\'' || value[len(value)-1] != '\'' {
			return r, fmt.Errorf("header %s: only static values in single quotes are supported, not %s", name, value)
		}
		r.Headers[name] = value[1 : len(value)-1]
	}
	return r, nil
}

func (a *API) addRoute(f Function, name string, properties map[string]any) error {
	var p struct {
		RestApiId, Method, Path string
		Auth                    struct{ Authorizer string }
	}
	if err := decode(properties, &p); err != nil {
		return err
	}
	if p.RestApiId != "" && p.RestApiId != a.LogicalID {
		return fmt.Errorf("there is no API %s", p.RestApiId)
	}
	if p.Method == "" || !strings.HasPrefix(p.Path, "/") {
		return errors.New("a Method and a Path with a leading slash are needed")
	}
	r := Route{Method: strings.ToUpper(p.Method), Path: p.Path, Function: f.LogicalID, Event: name, Authorizer: p.Auth.Authorizer}
	switch {
	case r.Authorizer == "":
		r.Authorizer = a.DefaultAuthorizer
	case r.Authorizer == "NONE":
		r.Authorizer = ""
	default:
		if _, ok := a.Authorizers[r.Authorizer]; !ok {
			return fmt.Errorf("there is no authorizer %s", r.Authorizer)
		}
	}
	for _, other := range a.Routes {
		if other.Method == r.Method && other.Path == r.Path {
			return fmt.Errorf("%s %s is already routed to %s", r.Method, r.Path, other.Function)
		}
	}
	a.Routes = append(a.Routes, r)
	return nil
}
