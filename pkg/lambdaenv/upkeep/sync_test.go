package upkeep

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// memory notes what it is asked to bring in line; it fails for globex.
type memory struct {
	sync.Store
	asked  []string
	parked []sync.Parked
}

func (m *memory) BringInLine(_ context.Context, t tenant.ID, looks []sync.Look, _ func(sync.View) []permission.Code) ([]sync.SetChange, error) {
	if t.String() == "globex" {
		return nil, errors.New("throttled")
	}
	change := sync.SetChange{Set: "FS_RLASG", Version: 2}
	for _, look := range looks {
		m.asked = append(m.asked, t.String()+"/"+look.Role)
		change.Roles = append(change.Roles, sync.RoleChange{Role: look.Role})
	}
	return []sync.SetChange{change}, nil
}

func (m *memory) Park(_ context.Context, p sync.Parked) error {
	m.parked = append(m.parked, p)
	return nil
}

func TestSyncHandler(t *testing.T) {
	var event StreamEvent
	err := json.Unmarshal([]byte(`{"Records":[
		{"dynamodb":{"SequenceNumber":"1","Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"ROLE#A"}}}},
		{"dynamodb":{"SequenceNumber":"2","Keys":{"pk":{"S":"TENANT#globex"},"sk":{"S":"ROLE#B"}}}},
		{"dynamodb":{"SequenceNumber":"3","Keys":"what is this"}},
		{"dynamodb":{"SequenceNumber":"4","Keys":{"pk":{"S":"TENANT#acme"},"sk":{"S":"ROLE#C"}},"NewImage":{"lastModified":{"N":"1700000000000"}}}},
		{"dynamodb":{"SequenceNumber":"5","Keys":{"pk":{"S":"TENANT#globex"},"sk":{"S":"ROLE#D"}}}}
	]}`), &event)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	store := &memory{}
	handle := SyncHandler(store, store, slog.New(slog.NewJSONHandler(&log, nil)), sync.Pace{})
	response, err := handle(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, failure := range response.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	if want := []string{"2", "5"}; !slices.Equal(failed, want) {
		t.Errorf("failed %v, want %v", failed, want)
	}
	if want := []string{"acme/A", "acme/C"}; !slices.Equal(store.asked, want) {
		t.Errorf("asked %v, want %v", store.asked, want)
	}
	if len(store.parked) != 1 || store.parked[0].SequenceNumber != "3" {
		t.Errorf("parked %+v", store.parked)
	}
	wantLine(t, log.String())
}

// wantLine checks the batch's one line, and that its metrics are complete.
func wantLine(t *testing.T, text string) {
	t.Helper()
	if strings.Count(text, "\n") != 1 {
		t.Fatalf("want one line:\n%s", text)
	}
	var line struct {
		Level                                                                 string
		Records, RecordsApplied, RecordsSkipped, RecordsFailed, RecordsParked int
		Lag                                                                   []float64
		Tenants                                                               []struct {
			Tenant                                       string
			Records, ChangedSets, ChangedRoles, Failures int
			LagMS                                        int64 `json:"lagMs"`
		}
		Errors []string
		AWS    struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace string
				Metrics   []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	if err := json.Unmarshal([]byte(text), &line); err != nil {
		t.Fatal(err)
	}
	if line.Level != "ERROR" || line.Records != 5 || line.RecordsApplied != 2 || line.RecordsSkipped != 0 || line.RecordsFailed != 2 || line.RecordsParked != 1 || len(line.Errors) != 2 {
		t.Errorf("line %s", text)
	}
	if len(line.Tenants) != 2 || line.Tenants[0].Tenant != "acme" || line.Tenants[0].ChangedRoles != 2 || line.Tenants[0].LagMS < 1000 || line.Tenants[1].Failures != 2 {
		t.Errorf("tenants of line %s", text)
	}
	var raw map[string]any
	_ = json.Unmarshal([]byte(text), &raw) // it was read above
	metrics := line.AWS.CloudWatchMetrics
	if len(metrics) != 1 || metrics[0].Namespace != "Rolecall" || len(metrics[0].Metrics) != 5 || line.AWS.Timestamp == 0 {
		t.Fatalf("metrics of line %s", text)
	}
	for _, m := range metrics[0].Metrics {
		if raw[m.Name] == nil || m.Unit == "" {
			t.Errorf("metric %s is %v, in %q", m.Name, raw[m.Name], m.Unit)
		}
	}
}
