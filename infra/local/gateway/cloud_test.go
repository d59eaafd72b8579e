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

func (c *cloud) records() []gateway.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.log)
}
