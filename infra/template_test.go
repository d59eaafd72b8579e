// Package infra_test checks what linters of template.yaml do not: that
// everything in it is wired to what it is meant for.
package infra_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/template"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
)

func load(t *testing.T) *template.Template {
	t.Helper()
	loaded, err := template.Load("../template.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// TestFunctionsAndFolders: each folder of functions/ is exactly one resource,
// named like it, and the other way round.
func TestFunctionsAndFolders(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("../functions/*")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, folder := range folders {
		want = append(want, "functions/"+filepath.Base(folder))
	}
	var got []string
	for _, f := range load(t).Functions {
		got = append(got, f.CodeURI)
		if f.LogicalID != pascal(f.Folder) {
			t.Errorf("%s is the code of %s, want %s", f.CodeURI, f.LogicalID, pascal(f.Folder))
		}
		if f.Handler != "bootstrap" || f.Runtime != "provided.al2023" || !slices.Equal(f.Architectures, []string{"arm64"}) {
			t.Errorf("%s: handler %s, runtime %s, architectures %v", f.LogicalID, f.Handler, f.Runtime, f.Architectures)
		}
		if f.Environment["TABLE_NAME"] != "Table" {
			t.Errorf("%s: TABLE_NAME is %q", f.LogicalID, f.Environment["TABLE_NAME"])
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("functions of template.yaml: %v\nfolders: %v", got, want)
	}
}

// TestMainsOnlyWire: a main has at most 25 lines.
func TestMainsOnlyWire(t *testing.T) {
	t.Parallel()
	for _, f := range load(t).Functions {
		source, err := os.ReadFile("../" + f.CodeURI + "/main.go")
		if err != nil {
			t.Error(err)
			continue
		}
		if lines := strings.Count(string(source), "\n"); lines > 25 {
			t.Errorf("%s/main.go has %d lines, at most 25 are allowed", f.CodeURI, lines)
		}
	}
}

// TestBuildMethod: without it, sam build does not know how.
func TestBuildMethod(t *testing.T) {
	t.Parallel()
	for id, resource := range load(t).Resources {
		if resource.Type == "AWS::Serverless::Function" && resource.Metadata["BuildMethod"] != "go1.x" {
			t.Errorf("%s: BuildMethod is %v", id, resource.Metadata["BuildMethod"])
		}
	}
}

// unrouted are the functions that are not operations of the API.
var unrouted = slices.Concat([]string{"Authorize", "SyncPermissionSets", "TakeDeletedRoles"}, operators)

// operators are the functions that operators invoke, by explicit names.
var operators = []string{
	"ConfigureTenant", "DeleteTenant", "ExportTenant", "ManageClients", "ManageTokens", "OnboardTenant",
	"ReconcileTenant", "RedriveParkedRecords", "RotateCursorKey", "ShowTenant",
}

// TestOperators: the command line finds what it invokes by the stack's name and the
// folder's.
func TestOperators(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	for _, id := range operators {
		if f, ok := loaded.Function(id); !ok || f.Name != "local-"+f.Folder {
			t.Errorf("%s is named %q", id, f.Name)
		}
	}
}

// TestRoutes: each route reaches the function that its method and path name,
// asks the authorizer, and stands on both surfaces.
func TestRoutes(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	reached := map[string][]string{}
	var tokens []string
	for _, route := range loaded.API.Routes {
		if route.Function == "IssueToken" {
			tokens = append(tokens, route.Method+" "+route.Path+route.Authorizer)
			if route.KeyRequired {
				t.Errorf("%s requires a key", route.Path)
			}
			continue
		}
		want, err := functionOf(route.Method, route.Path)
		if err != nil {
			t.Error(err)
		} else if route.Function != want {
			t.Errorf("%s %s reaches %s, want %s", route.Method, route.Path, route.Function, want)
		}
		authorizer := "TokenAuthorizer"
		if route.Function == "GetServiceProviderConfig" { // where clients learn how to authenticate
			authorizer = ""
		}
		if route.Authorizer != authorizer {
			t.Errorf("%s %s asks the authorizer %q, want %q", route.Method, route.Path, route.Authorizer, authorizer)
		}
		if route.KeyRequired != (authorizer != "") {
			t.Errorf("%s %s requires a key: %t", route.Method, route.Path, route.KeyRequired)
		}
		surface, _, _ := strings.Cut(strings.TrimPrefix(route.Path, "/scim/"), "/")
		reached[route.Function] = append(reached[route.Function], surface)
	}
	for _, f := range loaded.Functions {
		var want []string
		if !slices.Contains(unrouted, f.LogicalID) && f.LogicalID != "IssueToken" {
			want = []string{"v2", "{tenant}"}
		}
		got := slices.Compact(slices.Sorted(slices.Values(reached[f.LogicalID])))
		if !slices.Equal(got, want) {
			t.Errorf("%s is reached on the surfaces %v, want %v", f.LogicalID, got, want)
		}
	}
	// Whoever asks for a token has none.
	if want := []string{"POST /idp/{tenant}/authn/token", "POST /oauth/connect/token", "POST /{tenant}/authn/token"}; !slices.Equal(slices.Sorted(slices.Values(tokens)), want) {
		t.Errorf("token endpoints %q, want %q", tokens, want)
	}
	authorizer := loaded.API.Authorizers["TokenAuthorizer"]
	if f, _ := loaded.Function("Authorize"); authorizer.FunctionARN != f.ARN {
		t.Errorf("the authorizer is %s", authorizer.FunctionARN)
	}
	if want := []string{"management-api", ""}; !slices.Equal(loaded.API.BasePaths, want) {
		t.Errorf("base paths %q, want %q", loaded.API.BasePaths, want)
	}
}

// discovery is what tells clients what the service can do (RFC 7644 section 4),
// with the longest path of each, in segments behind the tenant: a list and its
// items are one function.
var discovery = map[string]int{"ServiceProviderConfig": 2, "ResourceTypes": 3, "Schemas": 3}

// functionOf derives a function's name from a route as SCIM defines it
// (RFC 7644 section 3.2).
func functionOf(method, path string) (string, error) {
	segments := strings.Split(strings.TrimPrefix(path, "/scim/"), "/")
	if segments[0] == "{tenant}" {
		segments = segments[1:]
	}
	if method == "ANY" {
		if !slices.Equal(segments, []string{"v2", "{proxy+}"}) {
			return "", fmt.Errorf("ANY %s: want /scim/[{tenant}/]v2/{proxy+}", path)
		}
		return "RefuseRequest", nil
	}
	if last := len(segments) - 1; method == http.MethodPost && last > 0 && last < 3 && segments[0] == "v2" && segments[last] == ".search" {
		return "Search" + strings.Join(segments[1:last], ""), nil
	}
	if segments[0] != "v2" || len(segments) < 2 || len(segments) > 3 || len(segments) == 3 && segments[2] != "{id}" {
		return "", fmt.Errorf("path %s: want /scim/[{tenant}/]v2/<type>[/{id}]", path)
	}
	types, one := segments[1], strings.TrimSuffix(segments[1], "s")
	if length, ok := discovery[types]; ok && method == http.MethodGet && len(segments) <= length {
		return "Get" + types, nil
	}
	if types == "Me" && len(segments) == 2 {
		return functionOf(method, "/scim/v2/Users/{id}") // the path of the user who calls
	}
	if types == "Bulk" && method == http.MethodPost {
		return types, nil
	}
	switch key := fmt.Sprint(method, " ", len(segments)); key {
	case "GET 2":
		return "List" + types, nil
	case "POST 2":
		return "Create" + one, nil
	case "GET 3":
		return "Get" + one, nil
	case "PUT 3", "POST 3":
		return "Replace" + one, nil
	case "PATCH 3":
		return "Patch" + one, nil
	case "DELETE 3":
		return "Delete" + one, nil
	default:
		return "", fmt.Errorf("%s %s names no operation", method, path)
	}
}

// TestMethods: the header Allow names the methods that have a route, on both
// surfaces.
func TestMethods(t *testing.T) {
	t.Parallel()
	routed := map[string]map[string][]string{"/scim/v2": {}, "/scim/{tenant}/v2": {}} // by surface and path
	for _, route := range load(t).API.Routes {
		for base, methods := range routed {
			if path, ok := strings.CutPrefix(route.Path, base); ok && route.Method != "ANY" {
				methods[path] = append(methods[path], route.Method)
			}
		}
	}
	answered := map[string][]string{}
	for path, allow := range api.Methods() {
		answered[path] = slices.Sorted(strings.SplitSeq(allow, ", "))
	}
	for base, methods := range routed {
		for _, list := range methods {
			slices.Sort(list)
		}
		if !maps.EqualFunc(methods, answered, slices.Equal) {
			t.Errorf("routes below %s: %v\npkg/api answers %v", base, methods, answered)
		}
	}
}

// TestStatements: every statement allows named actions on one resource, and
// calls of the table are bound to the partition keys of tenants or tokens.
func TestStatements(t *testing.T) {
	t.Parallel()
	for _, f := range load(t).Functions {
		for _, s := range f.Statements {
			where := f.LogicalID + "." + s.Sid
			if s.Sid == "" || s.Effect != "Allow" || len(s.Resources) != 1 || strings.Contains(s.Resources[0], "*") {
				t.Errorf("%s: %+v", where, s)
			}
			for _, action := range s.Actions {
				if strings.Contains(action, "*") || action == "dynamodb:Scan" {
					t.Errorf("%s allows %s", where, action)
				}
			}
			if strings.HasPrefix(s.Actions[0], "dynamodb:") && where != "RedriveParkedRecords.ReadStream" { // a stream has no keys
				checkLeadingKeys(t, where, s)
			}
		}
	}
}

func checkLeadingKeys(t *testing.T, where string, s iam.Statement) {
	t.Helper()
	// ForAllValues is true for a call that names no key: Null guards against it.
	if guard := s.Conditions["Null"]["dynamodb:LeadingKeys"]; !slices.Equal(guard, []string{"false"}) {
		t.Errorf("%s: Null condition on dynamodb:LeadingKeys is %v", where, guard)
	}
	operator, want := "ForAllValues:StringLike", []string{"TENANT#*"}
	switch {
	case where == "Authorize.FindBearer":
		want = []string{"TOKEN#*", "ISSUER#*", "TENANT#*"}
	case where == "Authorize.NoteUse":
		want = []string{"TOKEN#*"}
	case where == "IssueToken.WriteToken":
		want = []string{"TOKEN#*", "TENANT#*"}
	case strings.HasPrefix(where, "OnboardTenant."):
		want = []string{"TOKEN#*", "TENANT#*", "TENANTS"}
	case s.Sid == "CountRequests":
		want = []string{"RATE#*"}
	case where == "ConfigureTenant.ChangeIssuer":
		want = []string{"TENANT#*", "ISSUER#*"}
	case where == "ManageTokens.ChangeTokens":
		want = []string{"TENANT#*", "TOKEN#*"}
	case where == "ExportTenant.ReadTokens":
		want = []string{"TOKEN#*"}
	case where == "DeleteTenant.DeleteItems":
		want = []string{"TENANT#*", "TOKEN#*", "ISSUER#*", "TENANTS"}
	case where == "ReconcileTenant.ListTenants" || where == "ShowTenant.ListTenants":
		operator, want = "ForAllValues:StringEquals", []string{"TENANTS"}
	}
	keys := s.Conditions[operator]["dynamodb:LeadingKeys"]
	if !slices.Equal(keys, want) || len(s.Conditions) != 2 {
		t.Errorf("%s: conditions %v, want leading keys %v", where, s.Conditions, want)
	}
}

// TestEventSources: each has bounded retries, answers for single records, and
// a queue of its own for what fails.
func TestEventSources(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	filters := map[string][]string{
		"SyncPermissionSets": {
			`{"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"ROLE#"}]}}}}`,
			`{"eventName":["MODIFY"],"dynamodb":{"Keys":{"sk":{"S":["CONFIG"]}}}}`,
			fmt.Sprintf(`{"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"PSET#"}]}},"NewImage":{%q:{"S":[%q]}}}}`, dynamo.Recheck, dynamo.RecheckAll),
		},
		"TakeDeletedRoles": {`{"eventName":["REMOVE"],"dynamodb":{"Keys":{"sk":{"S":[{"prefix":"ROLE#"}]}}}}`},
	}
	// A stream has two readers at most; a third one throttles the others.
	if len(loaded.EventSources) != len(filters) {
		t.Fatalf("event sources: %+v", loaded.EventSources)
	}
	for _, source := range loaded.EventSources {
		if source.MaxRetries <= 0 || source.MaxRecordAge <= 0 || !source.Bisect || !source.ReportBatchItemFailures {
			t.Errorf("%s: %+v", source.Function, source)
		}
		queue := slices.IndexFunc(loaded.Queues, func(q template.Queue) bool { return q.LogicalID == source.OnFailure })
		if queue < 0 {
			t.Errorf("%s has no failure queue", source.Function)
			continue
		}
		f, _ := loaded.Function(source.Function)
		if !slices.ContainsFunc(f.Statements, func(s iam.Statement) bool {
			return slices.Equal(s.Actions, []string{"sqs:SendMessage"}) && slices.Equal(s.Resources, []string{loaded.Queues[queue].ARN})
		}) {
			t.Errorf("%s must not send to %s", source.Function, source.OnFailure)
		}
		if !slices.Equal(source.Filters, filters[source.Function]) {
			t.Errorf("%s: filters %v", source.Function, source.Filters)
		}
	}
}

// TestUpkeep: drift is looked for every day, by a function that may hand itself
// on as often as it takes, as may the one that takes deleted roles.
func TestUpkeep(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	if len(loaded.Schedules) != 1 || loaded.Schedules[0].Function != "ReconcileTenant" || loaded.Schedules[0].Rate != 24*time.Hour || string(loaded.Schedules[0].Input) != `{"all":true}` {
		t.Errorf("schedules %+v", loaded.Schedules)
	}
	reconcile, _ := loaded.Function("ReconcileTenant")
	if loop := loaded.Resources["ReconcileTenant"].Properties["RecursiveLoop"]; loop != "Allow" || reconcile.Timeout != 15*time.Minute {
		t.Errorf("ReconcileTenant: RecursiveLoop %v, timeout %s", loop, reconcile.Timeout)
	}
	for _, id := range []string{"ReconcileTenant", "RedriveParkedRecords"} {
		f, _ := loaded.Function(id)
		if !slices.ContainsFunc(f.Statements, func(s iam.Statement) bool {
			return slices.Equal(s.Actions, []string{"lambda:InvokeFunction"}) && slices.Equal(s.Resources, []string{reconcile.ARN})
		}) {
			t.Errorf("%s must not invoke ReconcileTenant (%s): %+v", id, reconcile.ARN, f.Statements)
		}
	}
	take, _ := loaded.Function("TakeDeletedRoles")
	if loop := loaded.Resources["TakeDeletedRoles"].Properties["RecursiveLoop"]; loop != "Allow" || !slices.ContainsFunc(take.Statements, func(s iam.Statement) bool {
		return slices.Equal(s.Actions, []string{"lambda:InvokeFunction"}) && slices.Equal(s.Resources, []string{take.ARN})
	}) {
		t.Errorf("TakeDeletedRoles must not go on by itself: RecursiveLoop %v, %+v", loop, take.Statements)
	}
	redrive, _ := loaded.Function("RedriveParkedRecords")
	if redrive.Environment["RECONCILE_FUNCTION"] != reconcile.Name || redrive.Environment["PARKED_RECORDS_URL"] == "" {
		t.Errorf("environment of RedriveParkedRecords: %v", redrive.Environment)
	}
}

// TestGatewayResponses: API Gateway's own answers are SCIM errors.
func TestGatewayResponses(t *testing.T) {
	t.Parallel()
	responses := load(t).API.Responses
	for kind, status := range map[string]int{
		"DEFAULT_4XX": 0, "DEFAULT_5XX": 0, "UNAUTHORIZED": 401, "ACCESS_DENIED": 403, "INVALID_API_KEY": 403, "MISSING_AUTHENTICATION_TOKEN": 404,
		"RESOURCE_NOT_FOUND": 404, "REQUEST_TOO_LARGE": 413, "THROTTLED": 429, "QUOTA_EXCEEDED": 429, "AUTHORIZER_FAILURE": 503, "AUTHORIZER_CONFIGURATION_ERROR": 503,
		"INTEGRATION_FAILURE": 502, "INTEGRATION_TIMEOUT": 504,
	} {
		response, ok := responses[kind]
		if !ok || response.StatusCode != status || response.Headers["Content-Type"] != "application/scim+json" {
			t.Errorf("%s: %+v", kind, response)
		}
		var body struct {
			Schemas        []string
			Status, Detail string
		}
		if err := json.Unmarshal([]byte(response.Body), &body); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if !slices.Equal(body.Schemas, []string{"urn:ietf:params:scim:api:messages:2.0:Error"}) || body.Detail == "" || status != 0 && body.Status != fmt.Sprint(status) {
			t.Errorf("%s: %s", kind, response.Body)
		}
	}
	if responses["UNAUTHORIZED"].Headers["WWW-Authenticate"] != "Bearer" {
		t.Error("UNAUTHORIZED lacks WWW-Authenticate: Bearer")
	}
	for _, kind := range []string{"THROTTLED", "QUOTA_EXCEEDED", "AUTHORIZER_FAILURE", "AUTHORIZER_CONFIGURATION_ERROR"} {
		if responses[kind].Headers["Retry-After"] == "" {
			t.Errorf("%s lacks Retry-After", kind)
		}
	}
}

// legal lists, by property name, the values that AWS takes; linters let some
// wrong ones through.
var legal = map[string][]string{
	"BillingMode":           {"PAY_PER_REQUEST", "PROVISIONED"},
	"AttributeType":         {"S", "N", "B"},
	"KeyType":               {"HASH", "RANGE", "API_KEY"},
	"StreamViewType":        {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"},
	"RecursiveLoop":         {"Allow", "Terminate"},
	"StartingPosition":      {"TRIM_HORIZON", "LATEST"},
	"FunctionResponseTypes": {"ReportBatchItemFailures"},
	"FunctionPayloadType":   {"TOKEN", "REQUEST"},
	"TenantIsolationMode":   {"PER_TENANT"},
	"SecurityPolicy":        {"TLS_1_2"},
	"Effect":                {"Allow", "Deny"},
	"DeletionPolicy":        {"Retain", "Delete", "Snapshot"},
	"UpdateReplacePolicy":   {"Retain", "Delete", "Snapshot"},
	"LogFormat":             {"JSON", "Text"},
	"Types":                 {"REGIONAL", "EDGE", "PRIVATE"},
	"Tracing":               {"Active", "PassThrough"},
	"SSEType":               {"KMS"},
	"RetentionInDays":       {"1", "3", "5", "7", "14", "30", "60", "90", "120", "150", "180", "365", "400", "545", "731", "1096", "1827", "2192", "2557", "2922", "3288", "3653"},
	"Statistic":             {"SampleCount", "Average", "Sum", "Minimum", "Maximum"},
	"ComparisonOperator":    {"GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"},
	"TreatMissingData":      {"breaching", "notBreaching", "ignore", "missing"},
	"Protocol":              {"email"},

	"EvaluateLowSampleCountPercentile": {"evaluate", "ignore"},
}

func TestLegalValues(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	for _, resources := range []map[string]template.Resource{loaded.Resources, loadOperations(t, loaded).Resources} {
		for id, resource := range resources {
			checkLegal(t, id, "", resource.Properties)
			checkLegal(t, id, "", resource.Attributes)
		}
	}
}

func checkLegal(t *testing.T, where, name string, value any) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			checkLegal(t, where+"."+name, name, inner)
		}
	case []any:
		for _, inner := range value {
			checkLegal(t, where, name, inner)
		}
	case string:
		if values, ok := legal[name]; ok && !slices.Contains(values, value) {
			t.Errorf("%s is %q, want one of %v", where, value, values)
		}
	}
}

// TestTable: its data outlives the stack and can be restored.
func TestTable(t *testing.T) {
	t.Parallel()
	table := load(t).Resources["Table"]
	if table.Attributes["DeletionPolicy"] != "Retain" || table.Attributes["UpdateReplacePolicy"] != "Retain" {
		t.Errorf("the table is not retained: %v", table.Attributes)
	}
	recovery, _ := table.Properties["PointInTimeRecoverySpecification"].(map[string]any)
	if fmt.Sprint(recovery["PointInTimeRecoveryEnabled"]) != "true" {
		t.Errorf("point-in-time recovery is %v", recovery)
	}
	for _, name := range []string{"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} {
		if table.Properties[name] != nil {
			t.Errorf("the table has %s", name)
		}
	}
}

func pascal(folder string) string {
	name := ""
	for word := range strings.SplitSeq(folder, "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}
