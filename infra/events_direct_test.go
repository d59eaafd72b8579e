package infra_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/lambdaenv/operator"
	"github.com/rolecall/rolecall/pkg/lambdaenv/upkeep"
)

// requests are the events of the functions that are invoked directly.
var requests = map[string]any{
	"configure-tenant":       operator.ConfigureRequest{},
	"delete-tenant":          operator.DeleteRequest{},
	"export-tenant":          operator.ExportRequest{},
	"manage-clients":         operator.ClientsRequest{},
	"manage-tokens":          operator.TokensRequest{},
	"onboard-tenant":         operator.OnboardRequest{},
	"rotate-cursor-key":      operator.RotateCursorKeyRequest{},
	"show-tenant":            operator.ShowRequest{},
	"reconcile-tenant":       upkeep.ReconcileRequest{},
	"redrive-parked-records": struct{}{},
	"take-deleted-roles":     upkeep.TakingRequest{},
}

// checkDirect: an operator's event has no member that the function does not know,
// but where this is the case it shows. What a function hands on to itself is as it writes it.
func checkDirect(t *testing.T, file eventFile) {
	t.Helper()
	request := requests[file.function.Folder]
	if request == nil {
		t.Fatalf("which event has %s?", file.function.Folder)
	}
	into := reflect.New(reflect.TypeOf(request)).Interface()
	if strings.HasSuffix(file.name, "-rest") {
		if err := exactly(file.content, into); err != nil {
			t.Error(err)
		}
		return
	}
	decoder := json.NewDecoder(bytes.NewReader(file.content))
	decoder.DisallowUnknownFields()
	unknown := strings.HasSuffix(file.name, "-unknown-member")
	if err := decoder.Decode(into); (err != nil) != unknown {
		t.Errorf("%v; an unknown member: %t", err, unknown)
	}
}

// TestScheduledEvents: there is a file with the event of each schedule.
func TestScheduledEvents(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	for _, schedule := range loaded.Schedules {
		found := false
		for _, file := range eventFiles(t, loaded) {
			found = found || file.function.LogicalID == schedule.Function && string(compacted(file.content)) == string(compacted([]byte(schedule.Input)))
		}
		if !found {
			t.Errorf("no event of %s is %s", schedule.Function, schedule.Input)
		}
	}
}
