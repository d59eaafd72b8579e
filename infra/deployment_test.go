package infra_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/template"
)

// loadWith reads the template with parameters.
func loadWith(t *testing.T, parameters map[string]string) *template.Template {
	t.Helper()
	loaded, err := template.Load("../template.yaml", parameters)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// TestOwnRoles: each function has a role of its own that only Lambda may assume. Beside
// what the function calls, it writes to the function's log and to X-Ray, and nothing else
// but for the stream's functions, as which the event source reads.
func TestOwnRoles(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	for _, f := range loaded.Functions {
		id := f.LogicalID + "Role"
		if want := "arn:aws:iam::000000000000:role/" + id; f.RoleARN != want || loaded.Resources[id].Type != "AWS::IAM::Role" {
			t.Errorf("%s has the role %s, want %s", f.LogicalID, f.RoleARN, want)
		}
		want := []iam.Statement{
			{Sid: "WriteLog", Effect: "Allow", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resources: []string{"arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/local/" + f.Folder + ":*"}},
			{Sid: "SendTraces", Effect: "Allow", Actions: []string{"xray:PutTraceSegments", "xray:PutTelemetryRecords"}, Resources: []string{"*"}},
		}
		if slices.ContainsFunc(loaded.EventSources, func(s template.EventSource) bool { return s.Function == f.LogicalID }) {
			want = slices.Insert(want, 0, iam.Statement{
				Sid: "PollStream", Effect: "Allow", Actions: []string{"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"},
				Resources: []string{loaded.Tables[0].ARN + "/stream/*"},
			})
		}
		if got := fmt.Sprintf("%+v", f.Platform); got != fmt.Sprintf("%+v", want) {
			t.Errorf("Lambda may as %s: %s\nwant %+v", id, got, want)
		}
	}
}

// TestPolicies: nothing is allowed by a managed policy, nor all of a service's actions,
// nor on everything: but traces, which know no resource, and reading alarms, which CodeDeploy
// may ask of all kinds.
func TestPolicies(t *testing.T) {
	t.Parallel()
	within := regexp.MustCompile(`^arn:[^*]+(:log-group:/aws/lambda/local/[a-z-]+:|/stream/|:function:local-)\*$`)
	for _, parameters := range []map[string]string{nil, {"Stage": "prod", "TenantCredentials": "session-tags"}} {
		loaded := loadWith(t, parameters)
		for id, resource := range loaded.Resources {
			if resource.Properties["ManagedPolicyArns"] != nil || resource.Type == "AWS::Serverless::Function" && (resource.Properties["Policies"] != nil || resource.Properties["Role"] == nil) {
				t.Errorf("%s has policies that are not written out", id)
			}
			if resource.Type != "AWS::IAM::Role" {
				continue
			}
			for _, s := range statementsOf(resource) {
				for _, action := range texts(s["Action"]) {
					if strings.Contains(action, "*") {
						t.Errorf("%s allows %s", id, action)
					}
					for _, on := range texts(s["Resource"]) {
						if strings.Contains(on, "*") && !within.MatchString(on) && (on != "*" || !strings.HasPrefix(action, "xray:Put") && action != "cloudwatch:DescribeAlarms") {
							t.Errorf("%s allows %s on %s", id, action, on)
						}
					}
				}
			}
		}
	}
}

// statementsOf answers the statements of a role's policies, or of a resource's policy.
func statementsOf(resource template.Resource) []map[string]any {
	policies, _ := resource.Properties["Policies"].([]any)
	if policies == nil {
		policies = []any{resource.Properties}
	}
	var out []map[string]any
	for _, policy := range policies {
		document, _ := policy.(map[string]any)["PolicyDocument"].(map[string]any)
		statements, _ := document["Statement"].([]any)
		for _, statement := range statements {
			out = append(out, statement.(map[string]any))
		}
	}
	return out
}

// texts answers one text, or a list of them.
func texts(value any) []string {
	if list, ok := value.([]any); ok {
		var out []string
		for _, item := range list {
			out = append(out, fmt.Sprint(item))
		}
		return out
	}
	return []string{fmt.Sprint(value)}
}

// TestLogGroups: each function has one, and none is kept for ever.
func TestLogGroups(t *testing.T) {
	t.Parallel()
	loaded := loadWith(t, map[string]string{"LogRetentionInDays": "90"})
	for _, f := range loaded.Functions {
		config, _ := loaded.Resources[f.LogicalID].Properties["LoggingConfig"].(map[string]any)
		if group := loaded.Resources[f.LogicalID+"Logs"]; config["LogGroup"] != "/aws/lambda/local/"+f.Folder || group.Properties["LogGroupName"] != config["LogGroup"] {
			t.Errorf("%s writes to %v; its log group is %v", f.LogicalID, config["LogGroup"], group.Properties)
		}
	}
	for id, resource := range loaded.Resources {
		if resource.Type == "AWS::Logs::LogGroup" && resource.Properties["RetentionInDays"] != "90" {
			t.Errorf("%s keeps its lines for %v days", id, resource.Properties["RetentionInDays"])
		}
	}
}

// TestErrorsAlarms: each function has one that tells whom it may concern. That of the
// authorizer leaves out what the function says is a 401.
func TestErrorsAlarms(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	for _, f := range loaded.Functions {
		if f.LogicalID != "Authorize" {
			checkFunctionAlarm(t, loaded, f, "Errors")
		}
	}
	alarm := loaded.Resources["AuthorizeErrors"].Properties
	if got, want := metricsOf(alarm), []string{"AWS/Lambda Errors", "AWS/Lambda Invocations", "Rolecall Unauthorized"}; !slices.Equal(got, want) {
		t.Errorf("the authorizer's alarm looks at %v, want %v", got, want)
	}
	for _, m := range alarm["Metrics"].([]any) {
		stat, _ := m.(map[string]any)["MetricStat"].(map[string]any)
		if stat == nil {
			continue
		}
		of := stat["Metric"].(map[string]any)
		want := map[string]string{"AWS/Lambda": "[map[Name:FunctionName Value:Authorize]]", "Rolecall": "[map[Name:Operation Value:authorize]]"}[fmt.Sprint(of["Namespace"])]
		if fmt.Sprint(of["Dimensions"]) != want || stat["Stat"] != "Sum" {
			t.Errorf("the authorizer's alarm looks at %v", stat)
		}
	}
}

// checkFunctionAlarm: an alarm counts one of Lambda's metrics of the function.
func checkFunctionAlarm(t *testing.T, in *template.Template, f template.Function, metric string) {
	t.Helper()
	alarm := in.Resources[f.LogicalID+metric]
	p := alarm.Properties
	if want := fmt.Sprint([]any{map[string]any{"Name": "FunctionName", "Value": f.Name}}); alarm.Type != "AWS::CloudWatch::Alarm" || p["Namespace"] != "AWS/Lambda" || p["MetricName"] != metric ||
		p["Statistic"] != "Sum" || fmt.Sprint(p["Threshold"]) != "0" || p["ComparisonOperator"] != "GreaterThanThreshold" || fmt.Sprint(p["Dimensions"]) != want {
		t.Errorf("%s%s is %s %v", f.LogicalID, metric, alarm.Type, p)
	}
}

// TestAliases: functions of API and stream are reached by an alias, which moves bit by bit
// in prod, and back when their alarm says so. Where it moves at once, no alarm can keep it
// from that. Operators invoke by the function's name.
func TestAliases(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		parameters map[string]string
		want       string
	}{
		{map[string]string{"Stage": "dev"}, "AllAtOnce"},
		{map[string]string{"Stage": "staging"}, "AllAtOnce"},
		{map[string]string{"Stage": "prod"}, "Canary10Percent5Minutes"},
		{map[string]string{"Stage": "prod", "Canary": "off"}, "AllAtOnce"},
	} {
		loaded := loadWith(t, test.parameters)
		for _, f := range loaded.Functions {
			p := loaded.Resources[f.LogicalID].Properties
			preference, _ := p["DeploymentPreference"].(map[string]any)
			if slices.Contains(operators, f.LogicalID) {
				if p["AutoPublishAlias"] != nil || preference != nil {
					t.Errorf("%s has an alias, which operators do not invoke", f.LogicalID)
				}
				continue
			}
			var alarms []string
			if test.want != "AllAtOnce" {
				alarms = []string{f.LogicalID + "Errors"}
			}
			if p["AutoPublishAlias"] != "live" || preference["Type"] != test.want || preference["Role"] != "arn:aws:iam::000000000000:role/DeployRole" || !slices.Equal(texts(preference["Alarms"]), alarms) {
				t.Errorf("%v: %s has the alias %v, and is deployed by %v", test.parameters, f.LogicalID, p["AutoPublishAlias"], preference)
			}
		}
	}
	source, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"FunctionArn: !Ref Authorize.Alias", "AutoPublishAliasAllProperties: true"} {
		if !strings.Contains(string(source), want) {
			t.Errorf("the template does not say %s", want)
		}
	}
}

// TestProtection: in prod the table cannot be deleted. Nobody sends to the queue without
// TLS, nor but by the roles of the stream's functions.
func TestProtection(t *testing.T) {
	t.Parallel()
	for stage, want := range map[string]bool{"dev": false, "staging": false, "prod": true} {
		if got := loadWith(t, map[string]string{"Stage": stage}).Resources["Table"].Properties["DeletionProtectionEnabled"]; got != want {
			t.Errorf("in %s the table's deletion protection is %v", stage, got)
		}
	}
	loaded := load(t)
	policy := loaded.Resources["ParkedRecordsPolicy"]
	statements := map[string]map[string]any{}
	for _, s := range statementsOf(policy) {
		if s["Effect"] != "Deny" || s["Principal"] != "*" || s["Resource"] != loaded.Queues[0].ARN {
			t.Errorf("policy of the queue: %v", s)
		}
		statements[fmt.Sprint(s["Sid"])] = s
	}
	if s := statements["DenyWithoutTLS"]; s["Action"] != "sqs:*" || fmt.Sprint(s["Condition"]) != "map[Bool:map[aws:SecureTransport:false]]" {
		t.Errorf("without TLS: %v", s)
	}
	senders := []string{}
	for _, source := range loaded.EventSources {
		f, _ := loaded.Function(source.Function)
		senders = append(senders, f.RoleARN)
	}
	if s := statements["DenyOtherSenders"]; s["Action"] != "sqs:SendMessage" || fmt.Sprint(s["Condition"]) != fmt.Sprintf("map[ArnNotEquals:map[aws:PrincipalArn:%v]]", senders) {
		t.Errorf("other senders: %v, want %v to send", s, senders)
	}
}

// TestResourceCount: CloudFormation takes 500 resources in a stack; there is to be room.
func TestResourceCount(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	count, most := expanded(loaded), 450
	t.Logf("template.yaml expands to %d resources, infra/operations.yaml has %d", count, len(loadOperations(t, loaded).Resources))
	if operations := len(loadOperations(t, loaded).Resources); count > most || operations > most {
		t.Errorf("%d and %d resources, more than %d", count, operations, most)
	}
}

// expanded counts what SAM makes of a template.
func expanded(loaded *template.Template) int {
	count := len(loaded.Resources) + 2 // the API's stage and deployment
	aliases := false
	for id, resource := range loaded.Resources {
		if resource.Type == "AWS::Serverless::Function" && resource.Properties["AutoPublishAlias"] != nil {
			count += 3 // version, alias, deployment group
			aliases = true
		}
		if resource.Type == "AWS::Serverless::Function" && resource.Properties["Role"] == nil {
			panic(id + " has a role that SAM makes")
		}
	}
	if aliases {
		count++ // CodeDeploy's application
	}
	return count + len(loaded.API.Authorizers) + // a permission each
		len(loaded.EventSources) + 2*len(loaded.Schedules) // a rule and a permission
}

// TestParameters: what cannot be an address or an ARN is refused before anything is made.
func TestParameters(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, value string
		want        bool
	}{
		{"AlarmEmail", "ops@example.com", true},
		{"AlarmEmail", "ops", false},
		{"WebAclArn", "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/rolecall/1a2b", true},
		{"WebAclArn", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/rolecall/1a2b", false},
		{"TableKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/1a2b", true},
		{"TableKeyArn", "alias/rolecall", false},
		{"LogRetentionInDays", "31", false},
		{"Canary", "no", false},
	} {
		if _, err := template.Load("../template.yaml", map[string]string{test.name: test.value}); (err == nil) != test.want {
			t.Errorf("%s=%s: %v", test.name, test.value, err)
		}
	}
	loaded := loadWith(t, map[string]string{"AlarmEmail": "ops@example.com", "TableKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1a2b"})
	table, _ := loaded.Resources["Table"].Properties["SSESpecification"].(map[string]any)
	if loaded.Resources["AlarmSubscription"].Absent || !loaded.Resources["WebAclAssociation"].Absent || table["KMSMasterKeyId"] != "arn:aws:kms:eu-west-1:123456789012:key/1a2b" {
		t.Errorf("subscription %+v, association %+v, table %v", loaded.Resources["AlarmSubscription"], loaded.Resources["WebAclAssociation"], table)
	}
}

// TestStage: the API logs calls as JSON, each with its tenant, and takes no more than it is
// to take.
func TestStage(t *testing.T) {
	t.Parallel()
	loaded := loadWith(t, map[string]string{"ThrottlingRateLimit": "7", "ThrottlingBurstLimit": "9"})
	p := loaded.Resources["Api"].Properties
	if want := []any{map[string]any{"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": "7", "ThrottlingBurstLimit": "9"}}; fmt.Sprint(p["MethodSettings"]) != fmt.Sprint(want) {
		t.Errorf("method settings %v", p["MethodSettings"])
	}
	// Its metrics are kept by its name, which the import of the document sets, too.
	document, _ := p["DefinitionBody"].(map[string]any)
	if p["OpenApiVersion"] == nil || p["OpenApiVersion"] != document["openapi"] {
		t.Errorf("the API's version of OpenAPI is %v, so SAM makes a second stage; the document's is %v", p["OpenApiVersion"], document["openapi"])
	}
	if info, _ := document["info"].(map[string]any); info["title"] != template.StackName || p["Name"] != template.StackName {
		t.Errorf("the API is called %v and %v", p["Name"], info["title"])
	}
	access, _ := p["AccessLogSetting"].(map[string]any)
	var line map[string]string
	if err := json.Unmarshal([]byte(fmt.Sprint(access["Format"])), &line); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(fmt.Sprint(access["Format"]), "\n") || line["tenant"] != "$context.authorizer.tenant" || line["requestId"] != "$context.requestId" || line["status"] == "" || line["latency"] == "" {
		t.Errorf("the access log is %v", line)
	}
	if want := "arn:aws:logs:us-east-1:000000000000:log-group:/aws/apigateway/local"; access["DestinationArn"] != want {
		t.Errorf("the access log goes to %v, want %s", access["DestinationArn"], want)
	}
}

var stagePart = regexp.MustCompile(`(?s)\[(\w+)\.deploy\.parameters\]\n(.*?)(?:\n\n|$)`)

// TestSamconfig: each stage's parameters are the template's, and the place of its code
// changes with the parameter that functions see.
func TestSamconfig(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../samconfig.toml")
	if err != nil {
		t.Fatal(err)
	}
	var stages []string
	for _, part := range stagePart.FindAllStringSubmatch(string(source), -1) {
		values := map[string]string{}
		for line := range strings.SplitSeq(part[2], "\n") {
			name, value, _ := strings.Cut(line, " = ")
			values[name] = strings.Trim(value, `"`)
		}
		parameters := map[string]string{}
		for parameter := range strings.FieldsSeq(values["parameter_overrides"]) {
			name, value, _ := strings.Cut(parameter, "=")
			parameters[name] = value
		}
		loadWith(t, parameters)
		if stage := part[1]; parameters["Stage"] != stage || values["s3_prefix"] != "rolecall-"+stage+"/"+parameters["TenantCredentials"] || !strings.Contains(string(source), "stack_name = \"rolecall-"+stage+"\"") {
			t.Errorf("%s: %v", stage, values)
		}
		stages = append(stages, part[1])
	}
	if want := []string{"dev", "staging", "prod"}; !slices.Equal(stages, want) {
		t.Errorf("stages %v, want %v", stages, want)
	}
	if strings.Contains(string(source), "cached =") {
		t.Error("a cached build misses changes of pkg/")
	}
}
