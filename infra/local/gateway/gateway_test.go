package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/gateway"
)

func TestRouting(t *testing.T) {
	t.Parallel()
	c := serve(t, nil)
	for _, test := range []struct{ method, path, function, resource, parameters string }{
		{"GET", "/scim/acme/v2/Roles/R1", "Get", "/scim/{tenant}/v2/Roles/{id}", "map[id:R1 tenant:acme]"},
		{"GET", "/scim/acme/v2/Roles/R1/", "Get", "/scim/{tenant}/v2/Roles/{id}", "map[id:R1 tenant:acme]"},
		{"GET", "/scim/acme/v2/Roles/a%20b%2Fc", "Get", "/scim/{tenant}/v2/Roles/{id}", "map[id:a%20b%2Fc tenant:acme]"},
		{"GET", "/scim/acme/v2/Roles/search", "Search", "/scim/{tenant}/v2/Roles/search", "map[tenant:acme]"},
		{"GET", "/scim/v2/Roles/R1", "Get", "/scim/v2/Roles/{id}", "map[id:R1]"},
		{"GET", "/management-api/scim/v2/Roles/R1", "Get", "/scim/v2/Roles/{id}", "map[id:R1]"},
		{"DELETE", "/any/a/b/c", "Get", "/any/{rest+}", "map[rest:a/b/c]"},
		{"GET", "/rest/things/T1", "Thing", "/rest/things/{id}", "map[id:T1]"},
		{"HEAD", "/rest/things/T1", "Rest", "", ""},
		{"OPTIONS", "/rest/things/T1", "Rest", "/rest/things/{id}", "map[id:T1]"},
		{"TRACE", "/rest/things/T1", "", "", ""},
		{"PUT", "/rest/others/T1/", "Rest", "/rest/{proxy+}", "map[proxy:others/T1]"},
		{"PATCH", "/rest/things/last", "Thing", "/rest/things/last", "map[]"},
		{"GET", "/rest/things/last", "Thing", "/rest/things/{id}", "map[id:last]"},
		{"PUT", "/rest/things/last", "Rest", "/rest/things/{id}", "map[id:last]"},
		{"PUT", "/rest/only/get", "Rest", "/rest/{proxy+}", "map[proxy:only/get]"},
		{"GET", "/rest/things", "Rest", "/rest/{proxy+}", "map[proxy:things]"},
		{"GET", "/rest/things/T1/parts", "Rest", "/rest/{proxy+}", "map[proxy:things/T1/parts]"},
		{"GET", "/rest", "", "", ""},
		{"GET", "/rest/", "", "", ""},
		{"DELETE", "/scim/acme/v2/Roles/R1", "", "", ""},
		{"HEAD", "/scim/acme/v2/Roles/R1", "", "", ""},
		{"BREW", "/scim/acme/v2/Roles/R1", "", "", ""},
		{"GET", "/scim/acme/v2/Roles", "", "", ""},
		{"GET", "/scim//v2/Roles/R1", "", "", ""},
		{"GET", "/management-apis/scim/v2/Roles/R1", "", "", ""},
		{"GET", "/", "", "", ""},
	} {
		t.Run(test.method+test.path, func(t *testing.T) {
			t.Parallel()
			got := c.do(test.method, test.path, as("admin"), "")
			if test.function == "" {
				if got.StatusCode != http.StatusNotFound {
					t.Errorf("status %d, want 404", got.StatusCode)
				}
				return
			}
			if test.method == "HEAD" { // whose answer has no body to look into
				if got.Header.Get("X-Function") != test.function {
					t.Errorf("%d %s", got.StatusCode, got.Header.Get("X-Function"))
				}
				return
			}
			e := got.event(t)
			if got.Header.Get("X-Function") != test.function || e.Resource != test.resource || fmt.Sprint(e.PathParameters) != test.parameters {
				t.Errorf("%s %s %s", got.Header.Get("X-Function"), e.Resource, e.PathParameters)
			}
			// A base path and a trailing slash stay in both paths.
			if e.Path != test.path || e.RequestContext.Path != test.path {
				t.Errorf("path %s, in the context %s", e.Path, e.RequestContext.Path)
			}
		})
	}
}

func TestEvent(t *testing.T) {
	t.Parallel()
	c := serve(t, nil)
	header := as("admin")
	header["X-Many"] = []string{"1", "2"}
	header["User-Agent"] = []string{"test"}
	header["X-Forwarded-Proto"] = []string{"gopher"}
	header["X-Forwarded-For"] = []string{"192.0.2.1"}
	header["Te"] = []string{"trailers"}
	got := c.do("GET", "/scim/acme/v2/Roles/R1?a=1&a=2&b=x+y%2B&c&d=100%25&bad=%zz", header, "body ü\xff")
	e := got.event(t)
	host := strings.TrimPrefix(c.url, "http://")
	if fmt.Sprint(e.MultiValueQueryStringParameters) != "map[a:[1 2] b:[x y+] bad:[%zz] c:[] d:[100%]]" || e.QueryStringParameters["a"] != "2" {
		t.Errorf("query %q %q", e.MultiValueQueryStringParameters, e.QueryStringParameters)
	}
	if !slices.Equal(e.MultiValueHeaders["X-Many"], []string{"1", "2"}) || e.Headers["X-Many"] != "2" {
		t.Errorf("headers %q", e.MultiValueHeaders)
	}
	if e.Headers["X-Forwarded-Proto"] != "http" || e.Headers["X-Forwarded-For"] != "192.0.2.1, 127.0.0.1" || e.Headers["Host"] != host || "127.0.0.1:"+e.Headers["X-Forwarded-Port"] != host {
		t.Errorf("headers %q", e.Headers)
	}
	if _, there := e.Headers["Te"]; there {
		t.Error("a hop-by-hop header was handed on")
	}
	if e.Body != "body ü\uFFFD" || e.IsBase64Encoded {
		t.Errorf("body %q", e.Body)
	}
	if e.StageVariables["color"] != "green" || e.HTTPMethod != "GET" {
		t.Errorf("event %+v", e)
	}
	r := e.RequestContext
	if r.Stage != "dev" || r.ResourcePath != e.Resource || r.Identity.SourceIP != "127.0.0.1" || r.Identity.UserAgent != "test" ||
		r.DomainName != host || r.RequestID == "" || r.RequestID != got.Header.Get("x-amzn-RequestId") || r.RequestTimeEpoch == 0 {
		t.Errorf("request context %+v", r)
	}
	a := r.Authorizer
	if a["principalId"] != "admin" || a["tenant"] != "acme" || a["number"] != "12" || a["flag"] != "true" || a["integrationLatency"] == nil {
		t.Errorf("authorizer context %v", a)
	}
}

func TestEventWithoutQueryHasNulls(t *testing.T) {
	t.Parallel()
	got := serve(t, nil).do("POST", "/open", nil, "")
	for _, want := range []string{`"queryStringParameters":null`, `"multiValueQueryStringParameters":null`, `"pathParameters":null`} {
		if !strings.Contains(got.body, want) {
			t.Errorf("%s is missing in %s", want, got.body)
		}
	}
}

func TestAuthorizerDecides(t *testing.T) {
	t.Parallel()
	c := serve(t, nil)
	for _, test := range []struct {
		name, path string
		header     http.Header
		status     int
		errorType  string
		asked      bool
	}{
		{"no token", "/scim/acme/v2/Roles/R", nil, 401, "UnauthorizedException", false},
		{"expression", "/scim/acme/v2/Roles/R", http.Header{"Authorization": {"Basic x"}}, 401, "UnauthorizedException", false},
		{"whole token", "/scim/acme/v2/Roles/R", http.Header{"Authorization": {"Bearer a b"}}, 401, "UnauthorizedException", false},
		{"Unauthorized", "/scim/acme/v2/Roles/R", as("stranger"), 401, "UnauthorizedException", true},
		{"function error", "/scim/acme/v2/Roles/R", as("broken"), 500, "AuthorizerConfigurationException", true},
		{"malformed", "/scim/acme/v2/Roles/R", as("malformed"), 500, "AuthorizerConfigurationException", true},
		{"not invoked", "/scim/acme/v2/Roles/R", as("unreachable"), 500, "AuthorizerConfigurationException", true},
		{"explicit deny", "/scim/acme/v2/Roles/R", as("denied"), 403, "AccessDeniedException", true},
		{"no statement", "/scim/globex/v2/Roles/R", as("reader"), 403, "AccessDeniedException", true},
		{"unknown route comes first", "/nowhere", nil, 404, "MissingAuthenticationTokenException", false},
	} {
		got := c.do("GET", test.path, test.header, "")
		if got.StatusCode != test.status || got.Header.Get("x-amzn-ErrorType") != test.errorType {
			t.Errorf("%s: %d %s %s", test.name, got.StatusCode, got.Header.Get("x-amzn-ErrorType"), got.body)
		}
		if asked := len(c.asks) > 0; asked != test.asked {
			t.Errorf("%s: authorizer asked: %t", test.name, asked)
		}
		c.asks = nil
	}
	if got := c.do("GET", "/scim/acme/v2/Roles/R", as("reader"), ""); got.StatusCode != 200 {
		t.Errorf("reader: %d %s", got.StatusCode, got.body)
	}
	if got := c.do("GET", "/management-api/scim/acme/v2/Roles/R", as("reader"), ""); got.StatusCode != 200 {
		t.Errorf("a base path changed the method's ARN: %d %s", got.StatusCode, got.body)
	}
}

func TestAuthorizerCache(t *testing.T) {
	t.Parallel()
	c := serve(t, nil)
	ask := func(path, token string, want int) {
		t.Helper()
		c.do("GET", path, as(token), "")
		if len(c.asks) != want {
			t.Errorf("%s as %s: the authorizer was asked %d times, want %d", path, token, len(c.asks), want)
		}
	}
	ask("/scim/acme/v2/Roles/R", "reader", 1)
	ask("/scim/acme/v2/Roles/S", "reader", 1)
	ask("/scim/acme/v2/Roles/R", "admin", 2)
	// The kept policy is evaluated anew for each method.
	if got := c.do("GET", "/scim/globex/v2/Roles/R", as("reader"), ""); got.StatusCode != 403 || len(c.asks) != 2 {
		t.Errorf("status %d, asked %d times", got.StatusCode, len(c.asks))
	}
	c.wait(59 * time.Second)
	ask("/scim/acme/v2/Roles/R", "reader", 2)
	c.wait(2 * time.Second)
	ask("/scim/acme/v2/Roles/R", "reader", 3)
	// Failures are not kept.
	ask("/scim/acme/v2/Roles/R", "stranger", 4)
	ask("/scim/acme/v2/Roles/R", "stranger", 5)
}

func TestGatewayResponses(t *testing.T) {
	t.Parallel()
	c := serve(t, nil)
	templated := c.do("GET", "/nowhere", nil, "")
	want := fmt.Sprintf(`{"detail":"no endpoint","id":%q}`, templated.Header.Get("x-amzn-RequestId"))
	if templated.body != want || templated.Header.Get("Content-Type") != "application/scim+json" {
		t.Errorf("%s %s, want %s", templated.Header.Get("Content-Type"), templated.body, want)
	}
	plain := c.do("GET", "/scim/acme/v2/Roles/R", nil, "")
	if plain.StatusCode != 401 || plain.body != `{"message":"Unauthorized"}` || plain.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", plain.StatusCode, plain.body)
	}
	byClass := c.do("GET", "/scim/acme/v2/Roles/R", as("broken"), "")
	if byClass.StatusCode != 500 || byClass.body != `{"detail":"Internal server error"}` {
		t.Errorf("%d %s", byClass.StatusCode, byClass.body)
	}
}

func TestBadFunctionAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer, functionError string
		err                   error
		status                int
	}{
		"not JSON":              {"hello", "", nil, 502},
		"empty":                 {"", "", nil, 502},
		"null":                  {"null", "", nil, 502},
		"a string":              {`"x"`, "", nil, 502},
		"unknown field":         {`{"statusCode":200,"message":"x"}`, "", nil, 502},
		"status not a number":   {`{"statusCode":"ok"}`, "", nil, 502},
		"status out of range":   {`{"statusCode":42}`, "", nil, 502},
		"body not a string":     {`{"statusCode":200,"body":{}}`, "", nil, 502},
		"header not plain":      {`{"statusCode":200,"headers":{"A":["x"]}}`, "", nil, 502},
		"function error":        {`{"errorMessage":"it failed"}`, "Unhandled", nil, 502},
		"throttled":             {"", "", errors.New("TooManyRequestsException"), 500},
		"status as a string":    {`{"statusCode":"201","body":"x"}`, "", nil, 201},
		"no status":             {`{"body":"x"}`, "", nil, 200},
		"no body on no content": {`{"statusCode":204,"body":""}`, "", nil, 204},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := serve(t, handlers{"Get": func(context.Context, []byte) (string, string, error) {
				return test.answer, test.functionError, test.err
			}})
			got := c.do("POST", "/open", nil, "")
			if got.StatusCode != test.status {
				t.Errorf("status %d %s, want %d", got.StatusCode, got.body, test.status)
			}
			if test.status >= 500 && got.body != `{"detail":"Internal server error"}` {
				t.Errorf("body %s", got.body)
			}
		})
	}
}

func TestAnswerHeaders(t *testing.T) {
	t.Parallel()
	c := serve(t, handlers{"Get": func(context.Context, []byte) (string, string, error) {
		return `{"statusCode":200,"headers":{"etag":"W/\"1\"","X-A":"single","X-B":"b","Date":"never","Flag":true,"WWW-Authenticate":"Bearer"},` +
			`"multiValueHeaders":{"x-a":["1","2"]},"body":"aGk=","isBase64Encoded":true}`, "", nil
	}})
	got := c.do("POST", "/open", nil, "")
	if !slices.Equal(got.Header["X-A"], []string{"1", "2"}) || got.Header.Get("X-B") != "b" || got.Header.Get("Etag") != `W/"1"` || got.Header.Get("Flag") != "true" {
		t.Errorf("headers %q", got.Header)
	}
	if got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("default content type %q", got.Header.Get("Content-Type"))
	}
	if got.Header.Get("Date") == "never" || got.Header.Get("X-Amzn-Remapped-Date") != "never" || got.Header.Get("Www-Authenticate") != "" {
		t.Errorf("headers %q are not remapped", got.Header)
	}
	if got.body != "aGk=" {
		t.Errorf("body %q: without binary media types it stays encoded", got.body)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	c := serve(t, handlers{"Get": func(_ context.Context, payload []byte) (string, string, error) {
		return fmt.Sprintf(`{"statusCode":200,"body":"%d"}`, len(payload)), "", nil
	}})
	if got := c.do("POST", "/open", nil, strings.Repeat("x", 10*1024*1024+1)); got.StatusCode != 413 {
		t.Errorf("body over 10 MB: %d", got.StatusCode)
	}
	if got := c.do("POST", "/open", nil, strings.Repeat("x", 10*1024*1024)); got.StatusCode != 200 {
		t.Errorf("body of 10 MB: %d", got.StatusCode)
	}
	if got := c.do("POST", "/open", http.Header{"X-Long": {strings.Repeat("x", 10240)}}, ""); got.StatusCode != 413 {
		t.Errorf("headers over 10240 bytes: %d", got.StatusCode)
	}
}

func TestIntegrationTimeout(t *testing.T) {
	t.Parallel()
	c := serve(t, handlers{"Get": func(ctx context.Context, _ []byte) (string, string, error) {
		<-ctx.Done()
		return "", "", ctx.Err()
	}}, gateway.WithIntegrationTimeout(10*time.Millisecond))
	if got := c.do("POST", "/open", nil, ""); got.StatusCode != 504 || got.body != `{"detail":"Endpoint request timed out"}` {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	c := serve(t, nil)
	c.do("GET", "/scim/acme/v2/Roles/R?x=y", as("admin"), "")
	c.do("GET", "/scim/acme/v2/Roles/R", as("broken"), "")
	for len(c.records()) < 2 { // the record follows the answer
		time.Sleep(time.Millisecond)
	}
	good, bad := c.records()[0], c.records()[1]
	if good.Function != "Get" || good.Status != 200 || good.Path != "/scim/acme/v2/Roles/R" || good.Authorizer["tenant"] != "acme" || good.Error != "" {
		t.Errorf("record %+v", good)
	}
	if bad.Status != 500 || !strings.Contains(bad.Error, "no table") {
		t.Errorf("record %+v", bad)
	}
}
