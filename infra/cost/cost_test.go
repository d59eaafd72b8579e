package main

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// TestReadme: the README's tables are what is measured now.
func TestReadme(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	want, err := report(context.Background(), root, usual)
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, shown, _, err := around(string(readme))
	if err != nil {
		t.Fatal(err)
	}
	if shown != want {
		t.Errorf("the README says\n%s\nand not\n%s\nRun: go run ./infra/cost -write", shown, want)
	}
}

func TestFormula(t *testing.T) {
	t.Parallel()
	p := prices{
		APIGatewayRequests: 3.5, LambdaRequests: 0.2, LambdaGBSeconds: 0.00001, ReadUnits: 0.1, WriteUnits: 0.5, Traces: 5, LogGB: 0.5, DataOutGB: 0.1,
		StorageGBMonth: 0.25, BackupGBMonth: 0.15, AlarmMetricMonth: 0.1, DashboardMonth: 3, KeyMonth: 1,
		FunctionGB: 0.5, MillisecondsOfInvocation: 2, MillisecondsOfCall: 4, RequestsOfTokenAMinute: 10,
		TracedPart: 0.05, LogBytesOfInvocation: 1000, LogBytesOfRequest: 600, HeaderBytesOfAnswer: 500,
	}
	request, authorizer, stream := usage{read: 4, write: 8, calls: 2}, usage{read: 2.5, calls: 2}, usage{read: 4, write: 6, calls: 2}
	// invocation, log, time, units
	const function, ofAuthorizer, woken = 0.2 + 0.5 + 0.05 + 4.4, 0.2 + 0.5 + 0.05 + 0.25, 0.2 + 0.5 + 0.05 + 3.4
	const gateway = 3.5 + 0.3 + 0.25 + 1.5*0.1 // request, log, traces, way out
	for _, test := range []struct {
		name      string
		got, want float64
	}{
		{"a function", p.function(request), function},
		{"a request", p.ofMillion(operation{request: request, answer: 1000}, authorizer), gateway + function + ofAuthorizer/10},
		{"a request that wakes two functions", p.ofMillion(operation{request: request, answer: 1000, stream: []usage{stream, stream}}, authorizer), gateway + function + ofAuthorizer/10 + 2*woken},
		{"a request that leaves an audit record", p.ofMillion(operation{request: request, answer: 1000, kept: 304}, authorizer), gateway + function + ofAuthorizer/10 + 0.304*0.4*400/30.4},
		{"idle tenants", p.ofIdle(10_000, usage{read: 4, calls: 2}), 0.01*0.4 + 30.4*0.45/1000},
		{"an idle stage", p.ofStage(stage{alarmMetrics: 20, dashboards: 1, keys: 2}), 2 + 3 + 2},
	} {
		if math.Abs(test.got-test.want) > 1e-9 {
			t.Errorf("%s costs %f, want %f", test.name, test.got, test.want)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	even := newLoad(1000, 0, defaultTenantRate)
	if r := even.at(1000); math.Abs(r.all-1000) > 1e-6 || math.Abs(r.tenant-1) > 1e-9 || r.partition < 250 || r.partition > 300 || r.throttled != 0 {
		t.Errorf("1,000 requests of 1,000 like tenants: %+v", r)
	}
	if r := even.at(20_000); math.Abs(r.all-10_000) > 1e-6 || r.throttled != 1000 {
		t.Errorf("twice what the tenants' limits allow: %+v", r)
	}
	skewed := newLoad(1000, 1, math.Inf(1)) // the busiest sends 1/7.4855 of all
	if r := skewed.at(1000); math.Abs(r.tenant-1000/7.4855) > 0.01 || r.partition < r.tenant+150 {
		t.Errorf("1,000 requests of 1,000 tenants with a skew of 1: %+v", r)
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	x := mix{reads: 6, writes: 2, tenantReads: 5, tenantWrites: 1.6, changes: 0.2, invocations: 1.1, seconds: 0.02}
	const sharesOfTwo = 2.0 / 3 // the busiest of two tenants at a skew of 1
	for _, test := range []struct {
		name string
		load load
		want map[string]float64
	}{
		{"two tenants without limits", newLoad(2, 1, math.Inf(1)), map[string]float64{
			"the stage's rate": 1000, "the table's reads": 40_000.0 / 6, "one tenant's reads: 600 requests/s of it": 600 / sharesOfTwo,
			"one tenant's audit records: 2500 requests/s of it": 2500 / sharesOfTwo, "Lambda's invocations": 10_000 / 1.1, "Lambda's processes": 50_000,
		}},
		{"two tenants with limits", newLoad(2, 1, 10), map[string]float64{"the stage's rate": math.Inf(1), "one tenant's reads: 600 requests/s of it": math.Inf(1)}},
		{"one tenant at its limit", newLoad(1, 0, 1200), map[string]float64{"one tenant's writes: 625 requests/s of it": 625, "the table's reads": math.Inf(1)}},
	} {
		for _, step := range test.load.ladder(limits(x, stage{requests: 1000})) {
			if want, ok := test.want[step.name]; ok && step.all != want && math.Abs(step.all/want-1) > 1e-4 {
				t.Errorf("%s reach %s at %.0f requests a second, want %.0f", test.name, step.name, step.all, want)
			}
			delete(test.want, step.name)
		}
		if len(test.want) > 0 {
			t.Errorf("%s: no limits %v", test.name, test.want)
		}
	}
	for _, l := range limits(mix{reads: 6, tenantReads: 5, writes: 0.2, invocations: 1, seconds: 0.02}, stage{requests: 1000}) {
		if l.name == "a new table's writes" {
			t.Error("who changes nothing reaches no limit of changes")
		}
	}
}
