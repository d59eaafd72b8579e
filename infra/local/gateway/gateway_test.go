package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rolecall/rolecall/infra/local/gateway"
	"github.com/rolecall/rolecall/infra/local/template"
)

const project = `
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: dev
      Variables: {color: green}
      DefinitionBody:
        x-amazon-apigateway-api-key-source: AUTHORIZER
        paths:
          /scim/{tenant}/v2/Roles/{id}: {get: &get {x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, credentials: !GetAtt Caller.Arn, uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Get.Alias}/invocations"}}}
          /scim/v2/Roles/{id}: {get: *get}
          /scim/{tenant}/v2/Roles/search: {get: {x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, credentials: !GetAtt Caller.Arn, uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Search.Alias}/invocations", requestParameters: {integration.request.header.X-Amz-Tenant-Id: context.authorizer.tenant}}}}
          /open: {post: &open {security: [{NONE: []}, {api_key_false: []}], x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, credentials: !GetAtt Caller.Arn, uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Get.Alias}/invocations"}}}
          /any/{rest+}: {x-amazon-apigateway-any-method: *open}
          /rest/{proxy+}: {x-amazon-apigateway-any-method: &rest {x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, credentials: !GetAtt Caller.Arn, uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Rest.Alias}/invocations"}}}
          /rest/things/{id}: {x-amazon-apigateway-any-method: *rest, get: &thing {x-amazon-apigateway-integration: {type: aws_proxy, httpMethod: POST, credentials: !GetAtt Caller.Arn, uri: !Sub "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Thing.Alias}/invocations"}}}
          /rest/things/last: {patch: *thing}
          /rest/only/get: {get: *thing}
      Auth:
        ApiKeyRequired: true
        DefaultAuthorizer: A
        Authorizers:
          A:
            FunctionArn: !GetAtt Authorize.Arn
            Identity: {ValidationExpression: "Bearer [a-z-]+", ReauthorizeEvery: 60}
      GatewayResponses:
        MISSING_AUTHENTICATION_TOKEN:
          StatusCode: 404
          ResponseParameters: {Headers: {Content-Type: "'application/scim+json'"}}
          ResponseTemplates: {application/json: '{"detail":"no endpoint","id":"$context.requestId"}'}
        DEFAULT_5XX:
          ResponseTemplates: {application/json: '{"detail":$context.error.messageString}'}
  RootMapping:
    Type: AWS::ApiGateway::BasePathMapping
    Properties: {}
  Mapping:
    Type: AWS::ApiGateway::BasePathMapping
    Properties: {BasePath: management-api}
  Authorize: {Type: "AWS::Serverless::Function", Properties: {CodeUri: functions/authorize}}
  Get: {Type: "AWS::Serverless::Function", Properties: {CodeUri: functions/get}}
  Search: {Type: "AWS::Serverless::Function", Properties: {CodeUri: functions/search}}
  Rest: {Type: "AWS::Serverless::Function", Properties: {CodeUri: functions/rest}}
  Thing: {Type: "AWS::Serverless::Function", Properties: {CodeUri: functions/thing}}
  Caller:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: "sts:AssumeRole"}
      Policies:
        - PolicyDocument:
            Statement: {Effect: Allow, Action: "lambda:InvokeFunction", Resource: [!GetAtt Get.Arn, !GetAtt Search.Arn, !GetAtt Rest.Arn, !GetAtt Thing.Arn]}
  SlowPlan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      ApiStages: [{ApiId: !Ref Api, Stage: !Ref Api.Stage}]
      Throttle: {RateLimit: 1, BurstLimit: 2}
  SlowKey: {Type: "AWS::ApiGateway::ApiKey", Properties: {Value: slow}}
  SlowPlanKey: {Type: "AWS::ApiGateway::UsagePlanKey", Properties: {UsagePlanId: !Ref SlowPlan, KeyId: !Ref SlowKey}}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      ApiStages: [{ApiId: !Ref Api, Stage: !Ref Api.Stage}]
  Key: {Type: "AWS::ApiGateway::ApiKey", Properties: {Value: usual}}
  PlanKey: {Type: "AWS::ApiGateway::UsagePlanKey", Properties: {UsagePlanId: !Ref Plan, KeyId: !Ref Key}}
`

// cloud is a gateway over functions that are plain Go functions.
type cloud struct {
	t    *testing.T
	url  string
	mu   sync.Mutex
	now  time.Time
	log  []gateway.Record
	asks []string // tokens that the authorizer was asked about
	sent []string // tenants that Lambda was given
}

// handlers replace the answer of a function.
type handlers map[string]func(context.Context, []byte) (string, string, error)

func serve(t *testing.T, replaced handlers, options ...gateway.Option) *cloud {
	t.Helper()
	parsed, err := template.Parse([]byte(project), nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t: t, now: time.Now()}
	invoke := func(ctx context.Context, name, tenant string, payload []byte) ([]byte, string, error) {
		if replaced[name] != nil {
			answer, functionError, err := replaced[name](ctx, payload)
			return []byte(answer), functionError, err
		}
		if name == "Authorize" {
			return c.authorize(payload)
		}
		c.note(tenant)
		body, _ := json.Marshal(string(payload)) // the function echoes its event
		return fmt.Appendf(nil, `{"statusCode":200,"headers":{"X-Function":%q},"body":%s}`, name, body), "", nil
	}
	options = append(options, gateway.WithLog(c.record), gateway.WithClock(c.clock))
	handler, err := gateway.New(parsed.API, parsed.Functions, invoke, options...)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

// authorize lets everyone but "stranger" in, and "reader" only for GET.
func (c *cloud) authorize(payload []byte) ([]byte, string, error) {
	var e events.APIGatewayCustomAuthorizerRequest
	if err := json.Unmarshal(payload, &e); err != nil || e.Type != "TOKEN" {
		c.t.Errorf("authorizer event %s", payload)
	}
	c.mu.Lock()
	c.asks = append(c.asks, e.AuthorizationToken)
	c.mu.Unlock()
	token := strings.TrimPrefix(e.AuthorizationToken, "Bearer ")
	switch token {
	case "stranger":
		return []byte(`{"errorMessage":"Unauthorized","errorType":"errorString"}`), "Unhandled", nil
	case "broken":
		return []byte(`{"errorMessage":"no table","errorType":"errorString"}`), "Unhandled", nil
	case "malformed":
		return []byte(`{"principalId":"x"}`), "", nil
	case "unreachable":
		return nil, "", errors.New("throttled")
	case "denied":
		return []byte(`{"principalId":"d","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},` +
			`{"Effect":"Deny","Action":"execute-api:Invoke","Resource":"*"}]}}`), "", nil
	case "reader":
		return []byte(`{"principalId":"r","policyDocument":{"Statement":{"Effect":"Allow","Action":"execute-api:*","Resource":"*/dev/GET/scim/acme/*"}},"usageIdentifierKey":"usual"}`), "", nil
	}
	key := "usual"
	if token == "slow" || token == "unknown-key" {
		key = token
	}
	return fmt.Appendf(nil, `{"principalId":%q,"policyDocument":{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Action":["execute-api:Invoke"],"Resource":["arn:aws:execute-api:us-east-1:000000000000:Ap?/dev/*/*"]}]},`+
		`"context":{"tenant":"acme","number":12,"flag":true},"usageIdentifierKey":%q}`, token, key), "", nil
}

func (c *cloud) note(tenant string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, tenant)
}

func (c *cloud) record(r gateway.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(c.log, r)
}

func (c *cloud) clock() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *cloud) wait(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type answer struct {
	*http.Response
	body string
}

func (c *cloud) do(method, path string, header http.Header, body string) answer {
	c.t.Helper()
	request, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return answer{response, string(content)}
}

func as(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

// event reads the proxy event that the echoing function answered.
func (a answer) event(t *testing.T) events.APIGatewayProxyRequest {
	t.Helper()
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal([]byte(a.body), &e); err != nil {
		t.Fatalf("%d %s: %v", a.StatusCode, a.body, err)
	}
	return e
}

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

func (c *cloud) records() []gateway.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.log)
}
