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
	m, err := measureEngine(context.Background(), root)
	if err != nil {
		t.Fatal(err)
	}
	p, err := loadPrices()
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
	if want := tables(m, p); shown != want {
		t.Errorf("the README says\n%s\nand not\n%s\nRun: go run ./infra/cost -write", shown, want)
	}
}

func TestFormula(t *testing.T) {
	t.Parallel()
	p := prices{
		APIGatewayRequests: 3.5, LambdaRequests: 0.2, LambdaGBSeconds: 0.00001, ReadUnits: 0.1, WriteUnits: 0.5,
		StorageGBMonth: 0.25, BackupGBMonth: 0.2, LogGB: 0.5,
		FunctionGB: 0.5, MillisecondsOfRequest: 2, MillisecondsOfCall: 4, RequestsOfTokenAMinute: 10, LogBytesOfRequest: 1000,
	}
	request, authorizer, stream := usage{read: 4, write: 8, calls: 2}, usage{read: 2.5, calls: 2}, usage{read: 4, write: 6, calls: 2}
	for _, test := range []struct {
		name      string
		got, want float64
	}{
		{"a function", p.function(request), 0.2 + 10e-3*0.5*1e6*0.00001 + 0.4 + 4},
		{"a request", p.ofMillion(request, authorizer, nil), 3.5 + 4.65 + (0.2+0.05+0.25)/10 + 0.5},
		{"a request that wakes the stream's function", p.ofMillion(request, authorizer, &stream), 3.5 + 4.65 + 0.05 + 0.5 + 0.2 + 0.05 + 0.4 + 3},
		{"idle tenants", p.ofIdle(10_000, usage{read: 4, calls: 2}), 0.01*0.45 + 30.4*0.65/1000},
	} {
		if math.Abs(test.got-test.want) > 1e-9 {
			t.Errorf("%s costs %f, want %f", test.name, test.got, test.want)
		}
	}
}

func TestPressure(t *testing.T) {
	t.Parallel()
	even := load{tenants: 1000, changes: 0.5, units: 8, audit: 2, seconds: 0.03, limit: defaultTenantRate}
	p := even.at(1000)
	if p.throttled != 0 || math.Abs(p.requests-1000) > 1e-6 || math.Abs(p.tableWrites-4000) > 1e-6 || math.Abs(p.hottestTenant-4) > 1e-9 || math.Abs(p.functionsAtOnce-30) > 1e-6 {
		t.Errorf("1,000 requests of 1,000 like tenants: %+v", p)
	}
	if p.partitions < 8 || p.hottest > partitionWrites || p.hottest < 4000/float64(p.partitions) {
		t.Errorf("4,000 write units need more than the first 4 partitions: %+v", p)
	}
	if p := even.at(20_000); p.throttled != 1000 || math.Abs(p.requests-10_000) > 1e-6 {
		t.Errorf("twice what the tenants' limits allow: %+v", p)
	}
	skewed := even
	skewed.skew, skewed.limit = 1.5, math.Inf(1)
	sent, name, _ := skewed.firstLimit()
	if name != "one tenant's items, before its partition splits" {
		t.Errorf("a skewed load reaches first: %s", name)
	}
	if share := skewed.shares()[0]; math.Abs(sent*share*skewed.changes*skewed.units-partitionWrites) > partitionWrites/50 {
		t.Errorf("it does at %.0f requests a second", sent)
	}
}
