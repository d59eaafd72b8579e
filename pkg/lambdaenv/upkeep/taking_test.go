package upkeep

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// holders are who holds deleted roles: 15 of every role. Those of globex cannot be
// changed.
type holders struct {
	taken  map[string]int // from how many, by tenant and role
	parked []sync.Parked
	handed []TakingRequest
	fails  error // parking, and handing over
}

func (h *holders) HeldRoles(ctx context.Context, t tenant.ID, id string, _ sync.HeldRole) (sync.HeldPage, error) {
	if h.taken[t.String()+"/"+id] == 15 {
		return sync.HeldPage{}, ctx.Err()
	}
	return sync.HeldPage{Roles: []sync.Held{{HeldRole: sync.HeldRole{ID: id}}}}, ctx.Err()
}

func (h *holders) TakeRole(ctx context.Context, t tenant.ID, r sync.HeldRole) (int, bool, error) {
	if t.String() == "globex" {
		return 0, true, errors.New("throttled")
	}
	if h.taken == nil {
		h.taken = map[string]int{}
	}
	h.taken[t.String()+"/"+r.ID] += 5
	return 5, h.taken[t.String()+"/"+r.ID] < 15, ctx.Err()
}

func (h *holders) Park(ctx context.Context, p sync.Parked) error {
	h.parked = append(h.parked, p)
	return cmp.Or(h.fails, ctx.Err())
}

func (h *holders) handOver(ctx context.Context, request TakingRequest) error {
	h.handed = append(h.handed, request)
	return cmp.Or(h.fails, ctx.Err())
}

func (h *holders) function(log *slog.Logger) taking {
	return taking{store: h, queue: h, handOver: h.handOver, pace: sync.Pace{Tenants: 1, Reserve: time.Second}, log: log}
}

func decodeEvent(t *testing.T, text string) TakingEvent {
	t.Helper()
	var event TakingEvent
	if err := json.Unmarshal([]byte(text), &event); err != nil {
		t.Fatal(err)
	}
	return event
}

const deletions = `{"Records":[
	{"eventName":"REMOVE","dynamodb":{"SequenceNumber":"1","ApproximateCreationDateTime":1700000000,"Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"ROLE#A"}}}},
	{"eventName":"REMOVE","dynamodb":{"SequenceNumber":"2","ApproximateCreationDateTime":1700000000,"Keys":{"pk":{"S":"TENANT#globex"},"sk":{"S":"ROLE#B"}}}},
	{"dynamodb":{"SequenceNumber":"3","Keys":"what is this"}},
	{"eventName":"REMOVE","dynamodb":{"SequenceNumber":"4","ApproximateCreationDateTime":1700000001,"Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"ROLE#C"}}}}
]}`

func failures(t *testing.T, answer any) []string {
	t.Helper()
	response, ok := answer.(events.DynamoDBEventResponse)
	if !ok {
		t.Fatalf("answer %+v", answer)
	}
	failed := []string{}
	for _, failure := range response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed
}

func TestTakingFromStream(t *testing.T) {
	var log bytes.Buffer
	h := &holders{}
	answer, err := h.function(slog.New(slog.NewJSONHandler(&log, nil))).handle(t.Context(), decodeEvent(t, deletions))
	if failed := failures(t, answer); err != nil || !slices.Equal(failed, []string{"2"}) {
		t.Errorf("failed %v, %v", failed, err)
	}
	if h.taken["acme/A"] != 15 || h.taken["acme/C"] != 15 || len(h.handed) > 0 {
		t.Errorf("taken %v, handed over %+v", h.taken, h.handed)
	}
	if len(h.parked) != 1 || h.parked[0].SequenceNumber != "3" {
		t.Errorf("parked %+v", h.parked)
	}
	wantTakingLine(t, log.String())
}

// wantTakingLine checks the batch's one line, and that its metrics are complete.
func wantTakingLine(t *testing.T, text string) {
	t.Helper()
	var line struct {
		Level                                                                                     string
		Records, RolesTaken, DeletionsDone, DeletionsHandedOver, DeletionsFailed, DeletionsParked int
		DeletionLag                                                                               []float64
		Tenants                                                                                   []struct {
			Tenant                   string
			Records, Users, Failures int
			LagMS                    int64 `json:"lagMs"`
		}
		Errors []string
		AWS    struct {
			CloudWatchMetrics []struct{ Metrics []struct{ Name string } }
		} `json:"_aws"`
	}
	if err := json.Unmarshal([]byte(text), &line); err != nil || strings.Count(text, "\n") != 1 {
		t.Fatalf("want one line: %v\n%s", err, text)
	}
	if line.Level != "ERROR" || line.Records != 4 || line.RolesTaken != 30 || line.DeletionsDone != 2 || line.DeletionsHandedOver != 0 || line.DeletionsFailed != 1 || line.DeletionsParked != 1 || len(line.Errors) != 2 || len(line.DeletionLag) != 2 {
		t.Errorf("line %s", text)
	}
	if len(line.Tenants) != 2 || line.Tenants[0].Tenant != "acme" || line.Tenants[0].Users != 30 || line.Tenants[0].LagMS < 1000 || line.Tenants[1].Failures != 1 {
		t.Errorf("tenants of line %s", text)
	}
	var raw map[string]any
	_ = json.Unmarshal([]byte(text), &raw) // it was read above
	metrics := line.AWS.CloudWatchMetrics
	if len(metrics) != 1 || len(metrics[0].Metrics) != 6 {
		t.Fatalf("metrics of line %s", text)
	}
	for _, m := range metrics[0].Metrics {
		if raw[m.Name] == nil {
			t.Errorf("metric %s is missing", m.Name)
		}
	}
}

// TestTakingHandsItselfOn: without time, the records of each tenant become a
// request; they come again only if nobody takes it.
func TestTakingHandsItselfOn(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(time.Second/2))
	defer cancel()
	for _, fails := range []error{nil, errors.New("no function")} {
		h := &holders{fails: fails}
		answer, err := h.function(silent).handle(ctx, decodeEvent(t, deletions))
		want := []string{}
		if fails != nil {
			want = []string{"1", "2", "3", "4"}
		}
		if failed := failures(t, answer); err != nil || !slices.Equal(failed, want) || len(h.taken) > 0 || len(h.handed) != 2 {
			t.Errorf("handing over fails with %v: failed %v, taken %v, handed over %+v, %v", fails, failed, h.taken, h.handed, err)
		}
		for _, request := range h.handed {
			if got := fmt.Sprint(request.Tenant, request.Roles, request.Since.Unix()); got != "acme[A C] 1700000000" && got != "globex[B] 1700000000" {
				t.Errorf("handed over %s", got)
			}
		}
	}
}

func TestTakingRequest(t *testing.T) {
	h := &holders{}
	ask := func(text string) (TakingReport, error) {
		answer, err := h.function(silent).handle(t.Context(), decodeEvent(t, text))
		report, _ := answer.(TakingReport)
		return report, err
	}
	for _, text := range []string{`{}`, `{"tenant":"acme"}`, `{"roles":["A"]}`, `{"tenant":"ACME","roles":["A"]}`} {
		if report, err := ask(text); err == nil {
			t.Errorf("%s: %+v", text, report)
		}
	}
	if report, err := ask(`{"tenant":"acme","roles":["A","C"]}`); err != nil || report != (TakingReport{Users: 30, Complete: true}) {
		t.Errorf("two roles: %+v, %v", report, err)
	}
	if report, err := ask(`{"tenant":"acme","roles":["A"]}`); err != nil || report != (TakingReport{Complete: true}) {
		t.Errorf("again: %+v, %v", report, err)
	}
	if report, err := ask(`{"tenant":"acme","roles":["D"],"since":"2026-11-22T11:04:56.144Z","until":"2026-11-22T11:05:00Z"}`); err != nil || report != (TakingReport{}) {
		t.Errorf("no time: %+v, %v", report, err)
	}
	if len(h.handed) != 1 || fmt.Sprint(h.handed[0].Tenant, h.handed[0].Roles) != "acme[D]" || h.handed[0].Since.UnixMilli() != 1795345496144 || !h.handed[0].Until.IsZero() {
		t.Errorf("handed over %+v", h.handed)
	}
	if report, err := ask(`{"tenant":"globex","roles":["B"]}`); err != nil || report != (TakingReport{Parked: true}) {
		t.Errorf("a request that fails: %+v, %v", report, err)
	}
	if len(h.parked) != 1 || h.parked[0].Tenant != "globex" || !strings.Contains(h.parked[0].Reason, "role B of tenant globex from its holders: throttled") {
		t.Errorf("parked %+v", h.parked)
	}
	h.fails = errors.New("no queue")
	if _, err := ask(`{"tenant":"globex","roles":["B"]}`); !errors.Is(err, h.fails) {
		t.Errorf("a request that can neither be done nor parked: %v", err)
	}
}
