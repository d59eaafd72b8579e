package main

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/iam"
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

func TestLastOf(t *testing.T) {
	t.Parallel()
	record := func(id, operation string) auditRecord { return auditRecord{ID: id, Operation: operation} }
	for name, test := range map[string]struct {
		records []auditRecord
		last    string
	}{
		"none":                      {nil, ""},
		"a creation":                {[]auditRecord{record("1", audit.Create)}, "1"},
		"in any order":              {[]auditRecord{record("3", audit.Update), record("1", audit.Create), record("2", audit.Update)}, "3"},
		"without a creation":        {[]auditRecord{record("1", audit.Update)}, "1"},
		"a deletion":                {[]auditRecord{record("1", audit.Create), record("2", audit.Delete)}, ""},
		"created again":             {[]auditRecord{record("1", audit.Create), record("2", audit.Delete), record("3", audit.Create)}, "3"},
		"created again, held back":  {[]auditRecord{record("1", audit.Create), record("2", audit.Create), record("3", audit.Delete)}, ""},
		"and changed, as it may be": {[]auditRecord{record("1", audit.Create), record("2", audit.Create), record("3", audit.Delete), record("4", audit.Update)}, ""},
	} {
		last := ""
		if r := lastOf(test.records); r != nil {
			last = r.ID
		}
		if last != test.last {
			t.Errorf("%s: %q", name, last)
		}
	}
}

func TestAnswerInPart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		operation, request, whole, part string
	}{
		"page": {"Query", `{}`,
			`{"Count":3,"Items":[{"pk":{"S":"P"},"sk":{"S":"A"}},{"pk":{"S":"P"},"sk":{"S":"B"}},{"pk":{"S":"P"},"sk":{"S":"C"}}],"ScannedCount":3}`,
			`{"Count":1,"Items":[{"pk":{"S":"P"},"sk":{"S":"A"}}],"LastEvaluatedKey":{"pk":{"S":"P"},"sk":{"S":"A"}},"ScannedCount":1}`},
		"page of one": {"Query", `{}`, `{"Count":1,"Items":[{"pk":{"S":"P"},"sk":{"S":"A"}}]}`, ``},
		"count":       {"Query", `{}`, `{"Count":3}`, ``},
		"batch": {"BatchGetItem", `{"RequestItems":{"T":{"ConsistentRead":true,"Keys":[{"pk":{"S":"P"},"sk":{"S":"A"}},{"pk":{"S":"P"},"sk":{"S":"B"}}]}}}`,
			`{"Responses":{"T":[{"pk":{"S":"P"},"sk":{"S":"B"}},{"pk":{"S":"P"},"sk":{"S":"A"}}]},"UnprocessedKeys":{}}`,
			`{"Responses":{"T":[{"pk":{"S":"P"},"sk":{"S":"A"}}]},"UnprocessedKeys":{"T":{"Keys":[{"pk":{"S":"P"},"sk":{"S":"B"}}],"ConsistentRead":true}}}`},
		"batch of one": {"BatchGetItem", `{"RequestItems":{"T":{"Keys":[{"pk":{"S":"P"},"sk":{"S":"A"}}]}}}`, `{"Responses":{"T":[]}}`, ``},
	} {
		w := httptest.NewRecorder()
		cut := answerInPart(w, httptest.NewRequest("POST", "/", nil), &try{name: test.operation, Call: iam.Call{
			Payload: []byte(test.request), Serve: func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(test.whole)) },
		}})
		if want := cmp.Or(test.part, test.whole); w.Body.String() != want || cut != (test.part != "") {
			t.Errorf("%s: %t %s", name, cut, w.Body)
		}
	}
}

func TestBugs(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	b := &bugs{Writer: &log}
	lines := `12:00:00.000 get-role: {"level":"ERROR","message":"request failed","error":"no such table","status":500}
12:00:00.001 get-role: {"level":"ERROR","message":"request failed","error":"throttled","status":503}
12:00:00.002 GET /scim/v2/Roles 500 get-role
`
	for line := range strings.Lines(lines) {
		if n, err := b.Write([]byte(line)); n != len(line) || err != nil {
			t.Errorf("write %q: %d, %v", line, n, err)
		}
	}
	if log.String() != lines || len(b.lines) != 1 || !strings.Contains(b.lines[0], "no such table") {
		t.Errorf("of %s kept %q", log.String(), b.lines)
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]report{
		"PASSED":               {complete: true},
		"FAILED, 1 violations": {complete: true, violations: []string{"lost"}},
		"FAILED, 3 violations": {violations: []string{"lost"}, more: 2},
		"NONE":                 {},
	} {
		if got := r.verdict(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", want, got)
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
