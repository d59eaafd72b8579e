package template_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rolecall/rolecall/infra/local/template"
)

func load(t *testing.T) *template.Template {
	t.Helper()
	loaded, err := template.Load("../../../template.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func TestRealFunctions(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	f, ok := loaded.Function("CreateRole")
	if !ok {
		t.Fatal("there is no CreateRole")
	}
	if f.Folder != "create-role" || f.Timeout != 10*time.Second || f.MemoryMB != 512 || f.Runtime != "provided.al2023" {
		t.Errorf("CreateRole = %+v", f)
	}
	if !slices.Equal(f.Architectures, []string{"arm64"}) {
		t.Errorf("architectures = %q", f.Architectures)
	}
	if f.Environment["TABLE_NAME"] != "Table" {
		t.Errorf("TABLE_NAME = %q, want the table's logical id", f.Environment["TABLE_NAME"])
	}
	statement := f.Statements[0] // by an alias to another function's
	if statement.Sid == "" || statement.Resources[0] != "arn:aws:dynamodb:us-east-1:000000000000:table/Table" {
		t.Errorf("first statement = %+v", statement)
	}
	if keys := statement.Conditions["Null"]["dynamodb:LeadingKeys"]; !slices.Equal(keys, []string{"false"}) {
		t.Errorf("Null condition = %q", keys)
	}
	if sync, _ := loaded.Function("SyncPermissionSets"); sync.Timeout != 60*time.Second {
		t.Errorf("own timeout over Globals: %s", sync.Timeout)
	}
}

func TestRealAPI(t *testing.T) {
	t.Parallel()
	api := load(t).API
	if api.StageName != "dev" || !slices.Contains(api.BasePaths, "management-api") || !slices.Contains(api.BasePaths, "") {
		t.Errorf("stage %q, base paths %q", api.StageName, api.BasePaths)
	}
	i := slices.IndexFunc(api.Routes, func(r template.Route) bool {
		return r.Method == "DELETE" && r.Path == "/scim/{tenant}/v2/Roles/{id}"
	})
	if i < 0 || api.Routes[i].Function != "DeleteRole" || api.Routes[i].Authorizer != "TokenAuthorizer" {
		t.Errorf("route of DELETE a role: %d in %+v", i, api.Routes)
	}
	authorizer := api.Authorizers["TokenAuthorizer"]
	if authorizer.FunctionARN != "arn:aws:lambda:us-east-1:000000000000:function:Authorize" || authorizer.TTL != time.Minute {
		t.Errorf("authorizer = %+v", authorizer)
	}
	if !authorizer.Validation.MatchString("bearer dev-acme-admin") || authorizer.Validation.MatchString("Basic dXNlcg==") {
		t.Errorf("validation %s", authorizer.Validation)
	}
	unauthorized := api.Responses["UNAUTHORIZED"]
	if unauthorized.StatusCode != 401 || unauthorized.Headers["WWW-Authenticate"] != "Bearer" {
		t.Errorf("UNAUTHORIZED = %+v", unauthorized)
	}
}

func TestRealTable(t *testing.T) {
	t.Parallel()
	table := load(t).Tables[0]
	if table.Name != "Table" || table.TTLAttribute != "expires" || !aws.ToBool(table.Create.StreamSpecification.StreamEnabled) {
		t.Errorf("table = %+v", table)
	}
	if key, ok := table.PartitionKey("Table"); key != "pk" || !ok {
		t.Errorf("partition key %q", key)
	}
	if key, ok := table.PartitionKey("Other"); ok {
		t.Errorf("partition key %q of another table", key)
	}
}

func TestRealEventSource(t *testing.T) {
	t.Parallel()
	sources := load(t).EventSources
	if len(sources) != 2 || sources[1].Function != "TakeDeletedRoles" {
		t.Fatalf("event sources %+v", sources)
	}
	s := sources[0]
	if s.Function != "SyncPermissionSets" || s.Table != "Table" || s.OnFailure != "ParkedRecords" || !s.Bisect || !s.ReportBatchItemFailures {
		t.Errorf("event source = %+v", s)
	}
	if s.MaxRetries < 0 || s.MaxRecordAge <= 0 || len(s.Filters) == 0 {
		t.Errorf("unbounded event source %+v", s)
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	loaded, err := template.Load("../../../template.yaml", map[string]string{"Stage": "prod", "DomainName": "api.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if loaded.API.StageName != "prod" {
		t.Errorf("stage %q", loaded.API.StageName)
	}
	if name := loaded.Resources["CustomDomain"].Properties["DomainName"]; name != "api.example.com" {
		t.Errorf("domain name %v", name)
	}
	if _, err := template.Load("../../../template.yaml", map[string]string{"Stagee": "prod"}); err == nil {
		t.Error("a parameter that is not declared was taken")
	}
	if _, err := template.Load("../../../template.yaml", map[string]string{"TenantCredentials": "true"}); err == nil || !strings.Contains(err.Error(), "off or session-tags") {
		t.Errorf("a value that is not allowed: %v", err)
	}
}

func TestIntrinsics(t *testing.T) {
	t.Parallel()
	loaded, err := template.Parse([]byte(`
Parameters:
  Size: {Type: Number, Default: 3}
  Name: {Type: String, Default: ""}
Conditions:
  Named: !Not [!Equals [!Ref Name, ""]]
  Big: !And [!Condition Named, {Fn::Or: [!Equals [!Ref Size, 3], {Condition: Named}]}]
Resources:
  Named:
    Type: AWS::SQS::Queue
    Properties: {QueueName: jobs}
  Plain:
    Type: AWS::SQS::Queue
    Properties:
      Ref: !Ref Named
      Long: {Ref: Plain}
      Arn: !GetAtt Named.Arn
      LongArn: {"Fn::GetAtt": [Plain, Arn]}
      Sub: !Sub "${AWS::Region}/${Size}/${Named.Arn}/${!literal}"
      SubWith: !Sub ["${a}-${Named.QueueName}", {a: !Ref Size}]
      SubRef: !Sub "<${Named}>"
      Pseudo: !Sub "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-f.${AWS::URLSuffix}"
      Join: !Join ["-", [a, !Ref Size]]
      Split: !Join ["", !Split ["-", "a-b-c"]]
      If: !If [Big, yes it is, no]
      Gone: !If [Named, 1, !Ref AWS::NoValue]
      Number: 12
      Flag: true
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	properties := loaded.Resources["Plain"].Properties
	const url = "https://sqs.us-east-1.amazonaws.com/000000000000/"
	for name, want := range map[string]any{
		"Ref": url + "jobs", "Long": url + "Plain", "SubRef": "<" + url + "jobs>",
		"Pseudo": "arn:aws:lambda:us-east-1:000000000000:function:local-f.amazonaws.com", "Arn": "arn:aws:sqs:us-east-1:000000000000:jobs", "LongArn": "arn:aws:sqs:us-east-1:000000000000:Plain",
		"Sub": "us-east-1/3/arn:aws:sqs:us-east-1:000000000000:jobs/${literal}", "SubWith": "3-jobs", "Join": "a-3", "Split": "abc", "If": "no",
		"Gone": nil, "Number": 12, "Flag": true,
	} {
		if got := properties[name]; got != want {
			t.Errorf("%s = %#v, want %#v", name, got, want)
		}
	}
	if _, there := properties["Gone"]; there {
		t.Error("AWS::NoValue left its property in place")
	}
}

func TestBadTemplates(t *testing.T) {
	t.Parallel()
	const function = `
Resources:
  Api: {Type: "AWS::Serverless::Api", Properties: {StageName: dev}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties: {}
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/f
`
	for name, test := range map[string]struct{ template, want string }{
		"empty":              {"", "empty"},
		"not yaml":           {"a: [", "parse template"},
		"unknown reference":  {"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {A: !Ref Nothing}\n", "line 4: Nothing"},
		"unknown function":   {"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      A: !Select [0, [a]]\n", "line 5: the intrinsic function Select"},
		"split of one":       {"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      A: !Split [\",\"]\n", "line 5: Split"},
		"unknown long form":  {"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      A: {\"Fn::Base64\": x}\n", "line 5: the intrinsic function Base64"},
		"unknown attribute":  {"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {A: !GetAtt Q.Nope}\n", "line 4: the attribute Nope"},
		"unknown condition":  {"Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: {A: !If [No, 1, 2]}\n", "line 4: there is no condition No"},
		"no parameter value": {"Parameters:\n  P: {Type: String}\nResources: {}\n", "line 2: parameter P"},
		"duplicate":          {"Resources:\n  Q: {Type: a}\n  Q: {Type: b}\n", "line 3"},
		"merge key":          {"A: &a {x: 1}\nResources:\n  Q:\n    <<: *a\n", "line 4: CloudFormation has no merge keys"},
		"no type":            {"Resources:\n  Q: {Properties: {}}\n", "line 2: resource Q has no Type"},
		"managed policy":     {function + "      Policies: [AmazonDynamoDBFullAccess]\n", "line 8: resource F: policies"},
		"policy template":    {function + "      Policies: [{DynamoDBReadPolicy: {TableName: T}}]\n", "only statements"},
		"no effect":          {function + "      Policies: {Statement: {Sid: S, Action: a:b, Resource: '*'}}\n", "policy statement S"},
		"second API":         {function + "  Api2: {Type: 'AWS::Serverless::Api', Properties: {StageName: dev}}\n", "a second API"},
		"unknown event":      {function + "      Events: {E: {Type: S3, Properties: {}}}\n", "event E: event type \"S3\""},
		"event of an API":    {function + "      Events: {E: {Type: Api, Properties: {Method: GET, Path: /}}}\n", "event E: event type \"Api\""},
		"foreign stream":     {function + "      Events: {E: {Type: DynamoDB, Properties: {Stream: x, StartingPosition: LATEST}}}\n", "of no table here"},
		"starting position":  {function + "      Events: {E: {Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: NOW}}}\n", "StartingPosition"},
		"cron":               {function + "      Events: {E: {Type: Schedule, Properties: {Schedule: 'cron(0 * * * ? *)'}}}\n", "event E: the schedule \"cron(0 * * * ? *)\" is not supported locally, only a rate"},
		"no schedule":        {function + "      Events: {E: {Type: ScheduleV2, Properties: {Schedule: rate(1 day)}}}\n", "only a rate"},
		"rate of seconds":    {function + "      Events: {E: {Type: Schedule, Properties: {Schedule: rate(30 seconds)}}}\n", "only a rate"},
		"rate of none":       {function + "      Events: {E: {Type: Schedule, Properties: {Schedule: rate(0 minutes)}}}\n", "only a rate"},
		"rate in plural":     {function + "      Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 minutes)}}}\n", "singular for 1"},
		"rate in singular":   {function + "      Events: {E: {Type: Schedule, Properties: {Schedule: rate(2 day)}}}\n", "singular for 1"},
		"endless rate":       {function + "      Events: {E: {Type: Schedule, Properties: {Schedule: rate(999999 days)}}}\n", "too long"},
		"schedule input":     {function + "      Events: {E: {Type: Schedule, Properties: {Schedule: rate(1 day), Input: '{'}}}\n", "not JSON"},
		"schedule state":     {function + "      Events: {E: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day), State: ON}}}\n", "neither ENABLED nor DISABLED"},
		"schedule that ends": {function + "      Events: {E: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 day), EndDate: 2030-01-01}}}\n", "EndDate"},
		"unknown queue":      {function + "      Events: {E: {Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST, DestinationConfig: {OnFailure: {Destination: q}}}}}\n", "no queue here"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Parse([]byte(test.template), nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestSchedules(t *testing.T) {
	t.Parallel()
	loaded, err := template.Parse([]byte(`
Resources:
  Tidy:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/tidy
      Events:
        A: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
        B: {Type: Schedule, Properties: {Schedule: rate(5 minutes), Input: '{"deep":true}', Enabled: false}}
        C: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 hour), State: ENABLED}}
        D: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(2 days), State: DISABLED}}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []template.Schedule{
		{Function: "Tidy", Event: "A", Rate: time.Minute, Enabled: true, Source: "aws.events"},
		{Function: "Tidy", Event: "B", Rate: 5 * time.Minute, Input: `{"deep":true}`, Source: "aws.events"},
		{Function: "Tidy", Event: "C", Rate: time.Hour, Enabled: true, Source: "aws.scheduler"},
		{Function: "Tidy", Event: "D", Rate: 48 * time.Hour, Source: "aws.scheduler"},
	}
	if !slices.Equal(loaded.Schedules, want) {
		t.Errorf("schedules %+v, want %+v", loaded.Schedules, want)
	}
}

func TestQueuesAndNamedFunctions(t *testing.T) {
	t.Parallel()
	loaded, err := template.Parse([]byte(`
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "${AWS::StackName}-jobs", VisibilityTimeout: 90}}
  Parked: {Type: AWS::SQS::Queue}
  Reconcile:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/reconcile
      FunctionName: !Sub ${AWS::StackName}-reconcile
      Environment: {Variables: {QUEUE_URL: !Ref Jobs}}
      Policies:
        Statement: {Effect: Allow, Action: lambda:InvokeFunction, Resource: !GetAtt Reconcile.Arn}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []template.Queue{
		{LogicalID: "Jobs", Name: "local-jobs", ARN: "arn:aws:sqs:us-east-1:000000000000:local-jobs", VisibilityTimeout: 90 * time.Second},
		{LogicalID: "Parked", Name: "Parked", ARN: "arn:aws:sqs:us-east-1:000000000000:Parked", VisibilityTimeout: 30 * time.Second},
	}
	if !slices.Equal(loaded.Queues, want) {
		t.Errorf("queues %+v, want %+v", loaded.Queues, want)
	}
	f := loaded.Functions[0]
	if f.Name != "local-reconcile" || f.ARN != "arn:aws:lambda:us-east-1:000000000000:function:local-reconcile" || f.Statements[0].Resources[0] != f.ARN {
		t.Errorf("function %+v", f)
	}
	if url := f.Environment["QUEUE_URL"]; url != "https://sqs.us-east-1.amazonaws.com/000000000000/local-jobs" {
		t.Errorf("Ref of a queue %q", url)
	}
}
