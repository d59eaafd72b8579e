package infra_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/template"
	"github.com/rolecall/rolecall/infra/queries"
)

// loadOperations reads the stack in the stack, with the parameters that it is given.
func loadOperations(t *testing.T, around *template.Template) *template.Template {
	t.Helper()
	stack := around.Resources["Operations"]
	if stack.Type != "AWS::CloudFormation::Stack" || stack.Properties["TemplateURL"] != "infra/operations.yaml" {
		t.Fatalf("Operations is %+v", stack)
	}
	given, _ := stack.Properties["Parameters"].(map[string]any)
	parameters := map[string]string{}
	for name, value := range given {
		parameters[name] = fmt.Sprint(value)
	}
	loaded, err := template.Load("operations.yaml", parameters)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

var entry = regexp.MustCompile(`^\S.*: see '(.+)' in infra/runbook\.md\.$`)

// TestAlarms: each tells the topic, says which entry of the runbook is about it, and is not
// alarmed by silence.
func TestAlarms(t *testing.T) {
	t.Parallel()
	runbook, err := os.ReadFile("runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	around := load(t)
	operations := loadOperations(t, around)
	const topic = "arn:aws:sns:us-east-1:000000000000:AlarmTopic"
	for _, resources := range []map[string]template.Resource{around.Resources, operations.Resources} {
		for id, resource := range resources {
			if resource.Type != "AWS::CloudWatch::Alarm" {
				continue
			}
			p := resource.Properties
			named := entry.FindStringSubmatch(fmt.Sprint(p["AlarmDescription"]))
			if named == nil || !strings.Contains(string(runbook), "\n## "+named[1]+"\n") {
				t.Errorf("%s names no entry of the runbook: %v", id, p["AlarmDescription"])
			}
			if !slices.Equal(texts(p["AlarmActions"]), []string{topic}) || !slices.Equal(texts(p["OKActions"]), []string{topic}) || p["TreatMissingData"] != "notBreaching" {
				t.Errorf("%s tells %v and %v; silence is %v", id, p["AlarmActions"], p["OKActions"], p["TreatMissingData"])
			}
		}
	}
	for _, f := range around.Functions {
		checkFunctionAlarm(t, operations, f, "Throttles")
	}
	for _, source := range around.EventSources {
		f, _ := around.Function(source.Function)
		p := operations.Resources[f.LogicalID+"Behind"].Properties
		if p["MetricName"] != "IteratorAge" || fmt.Sprint(p["Dimensions"]) != fmt.Sprint([]any{map[string]any{"Name": "FunctionName", "Value": f.Name}}) {
			t.Errorf("nothing tells that %s is behind: %v", f.LogicalID, p)
		}
	}
}

// TestAlarmsThatMatter: these are there, whatever else is.
func TestAlarmsThatMatter(t *testing.T) {
	t.Parallel()
	resources := loadOperations(t, load(t)).Resources
	for id, metrics := range map[string]string{
		"ApiServerErrors": "AWS/ApiGateway 5XXError, AWS/ApiGateway Count", "ApiLatency": "AWS/ApiGateway Latency",
		"RecordsFailed": "Rolecall RecordsFailed", "DeletionsFailed": "Rolecall DeletionsFailed", "ParkedRecordsWaiting": "AWS/SQS ApproximateNumberOfMessagesVisible",
		"Drift": "Rolecall DriftRepaired, Rolecall DeletedRolesTaken", "TenantsNotReconciled": "Rolecall TenantsNotReconciled", "RefusedCalls": "Rolecall Refused",
		"InvocationsGivenUp": "AWS/Lambda AsyncEventsDropped, AWS/Lambda AsyncEventsDropped",
		"TableThrottles":     "AWS/DynamoDB ReadThrottleEvents, AWS/DynamoDB WriteThrottleEvents", "TableSystemErrors": strings.Repeat("AWS/DynamoDB SystemErrors, ", 7) + "AWS/DynamoDB SystemErrors",
	} {
		if got := strings.Join(metricsOf(resources[id].Properties), ", "); got != metrics {
			t.Errorf("%s looks at %s, want %s", id, got, metrics)
		}
	}
}

// metricsOf answers the metrics of an alarm, with their namespaces.
func metricsOf(properties map[string]any) []string {
	if properties["Metrics"] == nil {
		return []string{fmt.Sprint(properties["Namespace"], " ", properties["MetricName"])}
	}
	var out []string
	for _, m := range properties["Metrics"].([]any) {
		if stat, ok := m.(map[string]any)["MetricStat"].(map[string]any); ok {
			of := stat["Metric"].(map[string]any)
			out = append(out, fmt.Sprint(of["Namespace"], " ", of["MetricName"]))
		}
	}
	return out
}

// TestQueryDefinitions: the saved queries are the files, and look into the functions' logs.
func TestQueryDefinitions(t *testing.T) {
	t.Parallel()
	around := load(t)
	resources := loadOperations(t, around).Resources
	var all, stream []string
	for _, f := range around.Functions {
		all = append(all, "/aws/lambda/local/"+f.Folder)
	}
	for _, source := range around.EventSources {
		f, _ := around.Function(source.Function)
		stream = append(stream, "/aws/lambda/local/"+f.Folder)
	}
	slices.Sort(all)
	saved, err := queries.All()
	if err != nil {
		t.Fatal(err)
	}
	defined := 0
	for _, resource := range resources {
		if resource.Type == "AWS::Logs::QueryDefinition" {
			defined++
		}
	}
	if defined != len(saved) {
		t.Errorf("%d queries are defined, there are %d", defined, len(saved))
	}
	for _, q := range saved {
		p := resources[pascal(q.Name)+"Query"].Properties
		if p["QueryString"] != q.Text || p["Name"] != "local/"+q.Name {
			t.Errorf("%s is %v\nwant %s", q.Name, p, q.Text)
		}
		want := all
		if strings.HasPrefix(q.Name, "sync-") {
			want = stream
		}
		if got := slices.Sorted(slices.Values(texts(p["LogGroupNames"]))); !slices.Equal(got, want) {
			t.Errorf("%s looks into %v, want %v", q.Name, got, want)
		}
	}
}

type widget struct {
	Type                string
	X, Y, Width, Height int
	Properties          struct {
		Query   string
		Alarms  []string
		Metrics []any
	}
}

func dashboard(t *testing.T, resources map[string]template.Resource) []widget {
	t.Helper()
	var body struct{ Widgets []widget }
	if err := json.Unmarshal([]byte(fmt.Sprint(resources["Dashboard"].Properties["DashboardBody"])), &body); err != nil {
		t.Fatal(err)
	}
	return body.Widgets
}

// TestDashboard: its queries are the saved ones, its alarms all but the functions', and no
// two widgets share a place.
func TestDashboard(t *testing.T) {
	t.Parallel()
	resources := loadOperations(t, load(t)).Resources
	saved, err := queries.All()
	if err != nil {
		t.Fatal(err)
	}
	taken := map[[2]int]bool{}
	var asked, alarms []string
	for _, w := range dashboard(t, resources) {
		for x := w.X; x < w.X+w.Width; x++ {
			for y := w.Y; y < w.Y+w.Height; y++ {
				if taken[[2]int{x, y}] || x >= 24 {
					t.Errorf("a widget at %d, %d is in the way of another", w.X, w.Y)
				}
				taken[[2]int{x, y}] = true
			}
		}
		alarms = append(alarms, w.Properties.Alarms...)
		if w.Type != "log" {
			continue
		}
		i := slices.IndexFunc(saved, func(q queries.Query) bool {
			_, text, _ := strings.Cut(q.Text, "\n")
			return strings.HasSuffix(w.Properties.Query, "' | "+strings.TrimSuffix(text, "\n"))
		})
		if i < 0 || !strings.HasPrefix(w.Properties.Query, "SOURCE '/aws/lambda/local/") {
			t.Errorf("the dashboard asks what is not saved: %s", w.Properties.Query)
			continue
		}
		asked = append(asked, saved[i].Name)
	}
	if want := []string{"server-errors", "noisy-tenants-by-requests", "noisy-tenants-by-units", "refused-calls", "sync-lag", "sync-failures"}; !slices.Equal(asked, want) {
		t.Errorf("the dashboard asks %v, want %v", asked, want)
	}
	var want []string
	for id, resource := range resources {
		if resource.Type == "AWS::CloudWatch::Alarm" && !strings.HasSuffix(id, "Throttles") || id == "TableThrottles" {
			want = append(want, "arn:aws:cloudwatch:us-east-1:000000000000:alarm:"+id)
		}
	}
	slices.Sort(want)
	if slices.Sort(alarms); !slices.Equal(alarms, want) {
		t.Errorf("the dashboard shows the alarms %v, want %v", alarms, want)
	}
}

var searched = regexp.MustCompile(`SEARCH\('\{Rolecall,\w+\} MetricName="(\w+)"'`)

// TestOwnMetrics: the functions write each of their own metrics that an alarm or the
// dashboard looks at.
func TestOwnMetrics(t *testing.T) {
	t.Parallel()
	resources := loadOperations(t, load(t)).Resources
	looked := map[string]bool{}
	for _, resource := range resources {
		if resource.Type == "AWS::CloudWatch::Alarm" {
			for _, metric := range metricsOf(resource.Properties) {
				if name, ok := strings.CutPrefix(metric, "Rolecall "); ok {
					looked[name] = true
				}
			}
		}
	}
	for _, w := range dashboard(t, resources) {
		for _, metric := range w.Properties.Metrics {
			parts, _ := metric.([]any)
			if parts[0] == "Rolecall" {
				looked[fmt.Sprint(parts[1])] = true
			}
			for _, match := range searched.FindAllStringSubmatch(fmt.Sprint(parts...), -1) {
				looked[match[1]] = true
			}
		}
	}
	written := ""
	if err := filepath.WalkDir("../pkg/lambdaenv", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		written += string(source)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(looked) < 10 {
		t.Errorf("only %v are looked at", looked)
	}
	for name := range looked {
		if !strings.Contains(written, fmt.Sprintf("%q", name)) {
			t.Errorf("no function writes the metric %s", name)
		}
	}
}
