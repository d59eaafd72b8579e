package template_test

import (
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/template"
)

const withRoute = `
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: dev
      Auth:
        ApiKeyRequired: true
        DefaultAuthorizer: A
        Authorizers: {A: {FunctionArn: !GetAtt F.Arn}, B: {FunctionArn: !GetAtt F.Arn}}
      DefinitionBody:
        x-amazon-apigateway-api-key-source: AUTHORIZER
        paths:
          /a/{id}:
            get: &get
              x-amazon-apigateway-integration:
                type: aws_proxy
                httpMethod: POST
                uri: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Alias}/invocations
                credentials: !GetAtt Caller.Arn
                requestParameters: {integration.request.header.X-Amz-Tenant-Id: context.authorizer.tenant}
            x-amazon-apigateway-any-method: *get
          /b:
            post:
              security: [{NONE: []}, {api_key_false: []}]
              x-amazon-apigateway-integration: &shared
                type: aws_proxy
                httpMethod: POST
                uri: !Sub arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations
                credentials: !GetAtt Caller.Arn
            put: {security: [{B: []}], x-amazon-apigateway-integration: *shared}
  F: {Type: "AWS::Serverless::Function", Properties: {CodeUri: functions/f, TenancyConfig: {TenantIsolationMode: PER_TENANT}}}
  G: {Type: "AWS::Serverless::Function", Properties: {CodeUri: functions/g}}
  Caller:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: {Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: "sts:AssumeRole"}
      Policies: [{PolicyDocument: {Statement: {Effect: Allow, Action: "lambda:InvokeFunction", Resource: !Ref F.Alias}}}]
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties: {ApiStages: [{ApiId: !Ref Api, Stage: !Ref Api.Stage}], Throttle: {RateLimit: 5, BurstLimit: "10"}}
  Key: {Type: "AWS::ApiGateway::ApiKey", Properties: {Value: key}}
  PlanKey: {Type: "AWS::ApiGateway::UsagePlanKey", Properties: {UsagePlanId: !Ref Plan, KeyId: !Ref Key}}
`

func TestRoutes(t *testing.T) {
	t.Parallel()
	loaded, err := template.Parse([]byte(withRoute), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []template.Route{
		{Method: "GET", Path: "/a/{id}", Function: "F", Authorizer: "A", KeyRequired: true, TenantFrom: "tenant"},
		{Method: "ANY", Path: "/a/{id}", Function: "F", Authorizer: "A", KeyRequired: true, TenantFrom: "tenant"},
		{Method: "POST", Path: "/b", Function: "F"},
		{Method: "PUT", Path: "/b", Function: "F", Authorizer: "B", KeyRequired: true},
	}
	if len(loaded.API.Routes) != len(want) {
		t.Fatalf("routes %+v", loaded.API.Routes)
	}
	for i, route := range loaded.API.Routes {
		if route != want[i] {
			t.Errorf("route %+v, want %+v", route, want[i])
		}
	}
	if plan := loaded.API.Plans[0]; plan.Rate != 5 || plan.Burst != 10 || len(plan.Keys) != 1 || plan.Keys[0] != "key" {
		t.Errorf("plan %+v", plan)
	}
	if f, _ := loaded.Function("F"); !f.PerTenant {
		t.Error("F does not keep tenants apart")
	}
}

func TestBadRoutes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ old, new, want string }{
		"method":           {"get: &get", "fetch: &get", "fetch is no method"},
		"path":             {"/a/{id}:", "a:", "begins with a slash"},
		"type":             {"type: aws_proxy", "type: http_proxy", "only integrations of the type aws_proxy"},
		"integration":      {"httpMethod: POST", "httpMethod: GET", "by POST"},
		"function":         {"functions/${F.Alias}/invocations", "functions/f/invocations", "invokes no function"},
		"statement":        {"${F.Alias}", "${G.Alias}", "API Gateway may not invoke G"},
		"role":             {"credentials: !GetAtt Caller.Arn", "credentials: ''", "API Gateway may not invoke F"},
		"role of others":   {"apigateway.amazonaws.com", "lambda.amazonaws.com", "API Gateway may not invoke F"},
		"parameter":        {"integration.request.header.X-Amz-Tenant-Id", "integration.request.header.X-Tenant", "X-Tenant"},
		"client's tenant":  {"context.authorizer.tenant", "method.request.header.tenant", "from method.request.header.tenant is not supported"},
		"key from clients": {"AUTHORIZER", "HEADER", "only from AUTHORIZER"},
		"foreign plan":     {"Stage: !Ref Api.Stage", "Stage: other", "usage plan Plan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(withRoute, test.old, test.new, 1)
			if _, err := template.Parse([]byte(changed), nil); err == nil || changed == withRoute || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
