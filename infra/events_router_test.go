package infra_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"testing"

	"github.com/rolecall/rolecall/infra/local/gateway"
	"github.com/rolecall/rolecall/infra/local/template"
)

// router tells where API Gateway sends a request, by the local gateway.
type router struct {
	gateway    *gateway.Gateway
	authorizer template.Function
	reached    destination
}

// destination is where a request goes.
type destination struct {
	function       string // logical id
	resource       string
	pathParameters map[string]string
	authorized     bool
}

func newRouter(t *testing.T, in *template.Template) *router {
	t.Helper()
	r := &router{}
	for _, f := range in.Functions {
		if f.ARN == in.API.Authorizers[in.API.DefaultAuthorizer].FunctionARN {
			r.authorizer = f
		}
	}
	var err error
	if r.gateway, err = gateway.New(in.API, in.Functions, r.invoked); err != nil {
		t.Fatal(err)
	}
	return r
}

// invoked takes the place of the functions: the authorizer lets everyone through.
func (r *router) invoked(_ context.Context, function, _ string, payload []byte) (answer []byte, functionError string, err error) {
	if function == r.authorizer.LogicalID {
		const policy = `{"principalId":"anyone","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]},"usageIdentifierKey":%q}`
		return fmt.Appendf(nil, policy, r.authorizer.Environment["USAGE_KEY"]), "", nil
	}
	var event proxyEvent
	if err := exactly(payload, &event); err != nil { // the local gateway's events are of AWS's form, too
		return nil, "", err
	}
	r.reached = destination{function, event.Resource, event.PathParameters, event.RequestContext.Authorizer != nil}
	return []byte(`{"statusCode":200}`), "", nil
}

func (r *router) route(t *testing.T, method, path string) destination {
	t.Helper()
	r.reached = destination{}
	request := httptest.NewRequest(method, "https://api.example/", nil)
	request.RequestURI = path
	request.Header.Set("Authorization", "Bearer anyone")
	if r.gateway.ServeHTTP(httptest.NewRecorder(), request); r.reached.function == "" {
		t.Errorf("no route for %s %s", method, path)
	}
	return r.reached
}
