package queries

import (
	"slices"
	"strings"
	"testing"
)

func TestAll(t *testing.T) {
	t.Parallel()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for _, q := range all {
		if len(q.Text) > 1000 || !strings.HasSuffix(q.Text, "\n") || len(q.Fields) < 3 || len(q.Messages) == 0 {
			t.Errorf("%s is %+v", q.Name, q)
		}
		fields[q.Name] = strings.Join(q.Messages, ", ") + ": " + strings.Join(q.Fields, " ")
	}
	for name, want := range map[string]string{
		"slowest-operations": "answered: durationMs message operation",
		"cold-starts":        "answered: coldStart durationMs message operation",
		"sync-lag":           "batch applied, deleted roles taken: message tenants.0.failures tenants.0.lagMs tenants.0.records tenants.0.tenant",
		"refused-calls":      "refused: endpoint message method permission reason status tenant",
		"server-errors":      "answered: endpoint error gatewayRequestId level message method operation status tenant",
	} {
		if fields[name] != want {
			t.Errorf("%s reads %q, want %q", name, fields[name], want)
		}
	}
	if asking := Asking(all, "refused"); len(asking) != 1 || asking[0].Name != "refused-calls" || len(Asking(all, "answered")) < 5 {
		t.Errorf("of refused calls ask %+v", asking)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for text, problem := range map[string]string{
		"filter a = 1\n":                               "comment",
		"# It answers.\nfilter a = 1\n# more\n":        "comment",
		"# It answers.\nfilter a = 1\n| statz b\n":     "unknown command",
		"# It answers.\nfilter a = 1\n|| sort b\n":     "unknown command",
		"# It answers.\n":                              "unknown command",
		"# It answers.\nfilter a = \"x\n":              "quotation",
		"# It answers.\nstats sum(a as b by c\n":       "not closed",
		"# It answers.\nstats sum(a)) as b by c\n":     "not opened",
		"# It answers.\nstats median(a) as b by c\n":   "unknown function",
		"# It answers.\nfilter message in [\"a\" b\n":  "not closed",
		"# It answers.\nfilter a = 1\n| limit 20\n":    "",
		"# It answers.\nfields @timestamp, tenant.0\n": "",
	} {
		q, err := parse("test", text)
		if problem == "" && err != nil || problem != "" && (err == nil || !strings.Contains(err.Error(), problem)) {
			t.Errorf("%q: %+v, %v; want %q", text, q, err, problem)
		}
	}
	q, err := parse("test", "# It answers.\nfilter message in [\"one\", \"two\"] and (not ispresent(x.y) or z like \"w v\")\n| stats count(*) as n, sum(2 * t) by bin\n| sort n desc\n")
	if want := []string{"bin", "message", "t", "x.y", "z"}; err != nil || !slices.Equal(q.Fields, want) || !slices.Equal(q.Messages, []string{"one", "two"}) {
		t.Errorf("%+v, %v; want %v", q, err, want)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	q := Query{Fields: []string{"a", "list.1.b", "list.2.b", "text.0", "z"}}
	got, err := q.Missing("{\"a\":null}\n{\"list\":[{},{\"b\":false}],\"text\":\"x\"}\n")
	if want := []string{"list.2.b", "text.0", "z"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if _, err := q.Missing("START RequestId\n"); err == nil {
		t.Error("text is taken for JSON")
	}
}
