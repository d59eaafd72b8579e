package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/pkg/audit"
)

// binaries are the compiled functions.
var binaries string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "rolecall-functions-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binaries = dir
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// TestChaos is a short run: each kind of fault hits something, and everything holds.
func TestChaos(t *testing.T) {
	report, err := chaos(t.Context(), options{
		stack: stack.Options{Root: "../..", BinDir: binaries, DataDir: t.TempDir(), Log: testLog{t}},
		seed:  7, duration: 10 * time.Second, tenants: 2, clients: 2, thinking: 20 * time.Millisecond,
		progress: func(text string) { t.Log(text) },
	})
	if report == nil {
		t.Fatal(err)
	}
	for _, text := range report.violations {
		t.Error(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	for k := range kinds {
		if report.run.counts.of(k) == 0 {
			t.Errorf("it never happened: %s", k)
		}
	}
	var printed strings.Builder
	report.print(&printed)
	t.Log(printed.String())
}

// testLog shows the service's log lines where a test fails.
type testLog struct{ t *testing.T }

func (l testLog) Write(p []byte) (int, error) {
	if l.t.Context().Err() == nil {
		l.t.Log(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

func TestSchedule(t *testing.T) {
	t.Parallel()
	for _, span := range []time.Duration{4 * time.Second, 8 * time.Second, 48 * time.Second} {
		faults := schedule(rand.New(rand.NewPCG(1, 2)), span)
		if again := schedule(rand.New(rand.NewPCG(1, 2)), span); !reflect.DeepEqual(faults, again) {
			t.Errorf("%s: the same seed has two schedules", span)
		}
		times := map[kind]int{}
		for i, f := range faults {
			times[f.kind]++
			if f.at < 0 || f.at >= span || i > 0 && f.at < faults[i-1].at {
				t.Errorf("%s: %s is to come at %s", span, f.kind, f.at)
			}
		}
		for k := range kinds {
			if times[k] < max(1, int(span/round)) {
				t.Errorf("%s: %s comes %d times", span, k, times[k])
			}
		}
	}
}

func TestCheckFlow(t *testing.T) {
	t.Parallel()
	record := func(before, after int64) auditRecord {
		operation := audit.Update
		switch {
		case before == 0:
			operation = audit.Create
		case after == 0:
			operation = audit.Delete
		}
		return auditRecord{Operation: operation, VersionBefore: before, VersionAfter: after}
	}
	for _, test := range []struct {
		records []auditRecord
		version int64
		every   bool
		ok      bool
	}{
		{nil, 0, true, true},
		{[]auditRecord{record(0, 1)}, 1, true, true},
		{[]auditRecord{record(0, 1)}, 0, true, false},
		{[]auditRecord{record(0, 1)}, 2, true, false},
		{[]auditRecord{record(0, 1)}, 2, false, true}, // the stream changed it
		{[]auditRecord{record(0, 1), record(1, 2), record(2, 0)}, 0, true, true},
		{[]auditRecord{record(0, 1), record(1, 2), record(2, 0), record(0, 1)}, 1, true, true},
		{[]auditRecord{record(1, 2), record(0, 1), record(1, 2)}, 2, true, false}, // two changes of one version
		{[]auditRecord{record(0, 1), record(1, 2), record(1, 2)}, 3, false, false},
		{[]auditRecord{record(0, 1), record(2, 3)}, 3, true, false}, // a change without a record
		{[]auditRecord{record(0, 1), record(2, 3)}, 3, false, true},
		{[]auditRecord{record(0, 1), record(2, 3)}, 2, false, false}, // one that is lost
	} {
		if problem := checkFlow(test.records, test.version, test.every); (problem == "") != test.ok {
			t.Errorf("%+v up to %d, every %t: %q", test.records, test.version, test.every, problem)
		}
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	created := expected{operation: audit.Create, resourceType: "Role", id: "R", after: 1}
	record := auditRecord{RequestID: "1", Principal: "c1", Operation: audit.Create, ResourceType: "Role", ResourceID: "R", VersionAfter: 1}
	other := record
	other.ResourceID = "S"
	for name, test := range map[string]struct {
		note    func(*ledger)
		records []auditRecord
		wrong   int
	}{
		"one of one":          {func(l *ledger) { l.note("c1", "1", created) }, []auditRecord{record}, 0},
		"none of one":         {func(l *ledger) { l.note("c1", "1", created) }, nil, 1},
		"two of one":          {func(l *ledger) { l.note("c1", "1", created) }, []auditRecord{record, record}, 1},
		"another of one":      {func(l *ledger) { l.note("c1", "1", created) }, []auditRecord{other}, 2},
		"one of none":         {func(l *ledger) { l.note("c1", "1") }, []auditRecord{record}, 1},
		"one that may be":     {func(l *ledger) { l.allow("c1", "1", 1) }, []auditRecord{record}, 0},
		"none that may be":    {func(l *ledger) { l.allow("c1", "1", 1) }, nil, 0},
		"two where one may":   {func(l *ledger) { l.allow("c1", "1", 1) }, []auditRecord{record, other}, 1},
		"of nobody's request": {func(l *ledger) { l.note("c1", "2") }, []auditRecord{record}, 1},
		"without an answer":   {func(l *ledger) { l.note("c1", "") }, []auditRecord{record}, 0},
		"another's":           {func(l *ledger) { l.note("c2", "1", created) }, []auditRecord{record}, 2},
		"of others":           {func(l *ledger) {}, []auditRecord{{RequestID: "1", Principal: "operator"}}, 0},
	} {
		l := newLedger()
		test.note(l)
		if wrong := l.compare(test.records, map[string]bool{"c1": true, "c2": true}); len(wrong) != test.wrong {
			t.Errorf("%s: %q", name, wrong)
		}
	}
}

func TestOutages(t *testing.T) {
	t.Parallel()
	var o outages
	request := func(begun, ended time.Time) bool { return o.during(&answer{begun: begun, ended: ended}) }
	before := time.Now()
	time.Sleep(time.Millisecond)
	end := o.begin()
	time.Sleep(time.Millisecond)
	meanwhile := time.Now()
	if !request(before, meanwhile) || !request(meanwhile, meanwhile) || request(before, before) {
		t.Error("while it lasts")
	}
	time.Sleep(time.Millisecond)
	end()
	time.Sleep(time.Millisecond)
	after := time.Now()
	if !request(before, after) || !request(meanwhile, after) || request(after, after) || request(before, before) {
		t.Error("when it is over")
	}
}
