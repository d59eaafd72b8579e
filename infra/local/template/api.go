package template

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// API is an AWS::Serverless::Api with its routes and usage plans.
type API struct {
	LogicalID string
	StageName string
	// Variables are the stage variables.
	Variables         map[string]string
	DefaultAuthorizer string
	Authorizers       map[string]Authorizer
	Responses         map[string]GatewayResponse
	BinaryMediaTypes  []string
	// Routes are ordered by path and method.
	Routes []Route
	// Plans are ordered by logical id.
	Plans []UsagePlan
	// BasePaths of every base path mapping, "" being the root, whatever its Condition.
	BasePaths []string
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
