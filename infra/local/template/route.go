package template

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Route sends one method of one path to a function.
type Route struct {
	Method string
	// Path as in the template: /scim/{tenant}/v2/Roles/{id}.
	Path string
	// Function is a logical id.
	Function string
	// Authorizer is empty when the route takes anyone.
	Authorizer string
	// KeyRequired tells that the authorizer has to name an API key, by which requests are throttled.
	KeyRequired bool
	// TenantFrom is the member of the authorizer's context that Lambda gets as the tenant; empty if it gets none.
	TenantFrom string
}

// document is the OpenAPI document of an API: of each path and method, what API Gateway does.
type document struct {
	KeySource string `json:"x-amazon-apigateway-api-key-source"`
	Paths     map[string]map[string]operation
}

type operation struct {
	Security    []map[string]any
	Integration struct {
		Type, HTTPMethod, URI, Credentials string
		RequestParameters                  map[string]string
	} `json:"x-amazon-apigateway-integration"`
}

// anyMethod is how the document writes a route of every method.
const anyMethod = "x-amazon-apigateway-any-method"

var routable = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions,
}

// Marks in an operation's security by which SAM leaves out what all others get.
const (
	noAuthorizer = "NONE"
	noKey        = "api_key_false"
)

// addRoutes reads an API's document.
func (t *Template) addRoutes(properties map[string]any) error {
	var p struct {
		Auth           struct{ APIKeyRequired bool }
		DefinitionBody document
	}
	if err := decode(properties, &p); err != nil {
		return err
	}
	if p.Auth.APIKeyRequired && p.DefinitionBody.KeySource != "AUTHORIZER" {
		return fmt.Errorf("API keys from the source %q are not supported, only from AUTHORIZER", p.DefinitionBody.KeySource)
	}
	for _, path := range slices.Sorted(maps.Keys(p.DefinitionBody.Paths)) {
		methods := p.DefinitionBody.Paths[path]
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			route, err := t.newRoute(method, path, methods[method])
			if err != nil {
				return fmt.Errorf("%s %s: %w", method, path, err)
			}
			route.KeyRequired = p.Auth.APIKeyRequired && !methods[method].marked(noKey)
			t.API.Routes = append(t.API.Routes, route)
		}
	}
	return nil
}

func (t *Template) newRoute(method, path string, o operation) (Route, error) {
	r := Route{Method: strings.ToUpper(method), Path: path, Authorizer: t.API.DefaultAuthorizer}
	if method == anyMethod {
		r.Method = "ANY"
	} else if !slices.Contains(routable, r.Method) {
		return r, fmt.Errorf("%s is no method", method)
	}
	if !strings.HasPrefix(path, "/") {
		return r, errors.New("a path begins with a slash")
	}
	if o.marked(noAuthorizer) {
		r.Authorizer = ""
	}
	for name := range t.API.Authorizers {
		if o.marked(name) {
			r.Authorizer = name
		}
	}
	function, err := t.integrated(o)
	if err != nil {
		return r, err
	}
	r.Function = function
	r.TenantFrom, err = tenantFrom(o.Integration.RequestParameters)
	return r, err
}

func (o operation) marked(name string) bool {
	return slices.ContainsFunc(o.Security, func(s map[string]any) bool { _, marked := s[name]; return marked })
}

// integrated finds the function that an operation invokes, as a role that may do so.
func (t *Template) integrated(o operation) (string, error) {
	i := o.Integration
	if i.Type != "aws_proxy" || i.HTTPMethod != http.MethodPost {
		return "", fmt.Errorf("only integrations of the type aws_proxy by POST are supported, not %q by %q", i.Type, i.HTTPMethod)
	}
	arn := strings.TrimPrefix(i.URI, "arn:aws:apigateway:"+Region+":lambda:path/2015-03-31/functions/")
	arn, ok := strings.CutSuffix(arn, "/invocations")
	f := slices.IndexFunc(t.Functions, func(f Function) bool { return f.ARN == arn })
	if !ok || f < 0 {
		return "", fmt.Errorf("the URI %s invokes no function of the template", i.URI)
	}
	role := slices.IndexFunc(t.roles, func(r Role) bool { return r.ARN == i.Credentials })
	if role < 0 || !slices.Contains(t.roles[role].Services, "apigateway.amazonaws.com") || !t.roles[role].allows("lambda:InvokeFunction", arn) {
		return "", fmt.Errorf("API Gateway may not invoke %s as %q", t.Functions[f].LogicalID, i.Credentials)
	}
	return t.Functions[f].LogicalID, nil
}

// tenantFrom reads the one request parameter that is supported: that which names a tenant to Lambda.
func tenantFrom(parameters map[string]string) (string, error) {
	member := ""
	for name, source := range parameters {
		var fromContext bool
		member, fromContext = strings.CutPrefix(source, "context.authorizer.")
		if name != "integration.request.header.X-Amz-Tenant-Id" || !fromContext {
			return "", fmt.Errorf("the request parameter %s from %s is not supported", name, source)
		}
	}
	return member, nil
}
