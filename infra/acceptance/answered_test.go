package acceptance_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// told are all that a line about a request may tell.
var told = []string{
	"timestamp", "level", "message", "requestId", "gatewayRequestId", "operation", "tenant", "method", "resource", "status", "durationMs", "readUnits", "writeUnits", "calls", "coldStart", "error",
	"_aws", "Operation", "TenantClass", "Requests", "ServerErrors", "Throttled", "Unauthorized", "Duration", "ReadUnits", "WriteUnits", "ColdStart",
}

// checkAnswered: each function names itself in its lines as its folder is called, and
// the lines tell nothing of what was asked for.
func checkAnswered(t *testing.T, s service, log string) {
	t.Helper()
	var folders, operations []string
	for _, f := range s.Template().Functions {
		folders = append(folders, f.Folder)
	}
	units := 0.0
	for text := range strings.Lines(log) {
		var line map[string]any
		if json.Unmarshal([]byte(text), &line) != nil || line["message"] != "answered" {
			continue
		}
		operation, _ := line["operation"].(string)
		operations = append(operations, operation)
		read, _ := line["readUnits"].(float64)
		units += read
		resource, _ := line["resource"].(string)
		if !slices.Contains(folders, operation) || line["requestId"] == nil || line["durationMs"] == nil || strings.Contains(resource, "/acme/") {
			t.Errorf("a request is logged as %s", text)
		}
		for name := range maps.Keys(line) {
			if !slices.Contains(told, name) {
				t.Errorf("a request's line tells %s: %s", name, text)
			}
		}
	}
	slices.Sort(operations)
	if operations = slices.Compact(operations); len(operations) < 20 || !slices.Contains(operations, "authorize") || !slices.Contains(operations, "sync-permission-sets") || units == 0 {
		t.Errorf("lines of %v, with %.1f read units", operations, units)
	}
}
