package stack

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rolecall/rolecall/infra/local/template"
)

func TestAtRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Hour+time.Minute)
		defer cancel()
		start := time.Now()
		var runs []time.Duration
		atRate(ctx, time.Hour, func(at time.Time) { runs = append(runs, at.Sub(start)) })
		if want := []time.Duration{time.Hour, 2 * time.Hour, 3 * time.Hour}; !slices.Equal(runs, want) {
			t.Errorf("runs after %v, want %v", runs, want)
		}
	})
}

func TestScheduledEvent(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 4, 5, 6, 7, 8, time.FixedZone("", 3600))
	if event := scheduledEvent(template.Schedule{Input: `{"a":1}`}, at); string(event) != `{"a":1}` {
		t.Errorf("event %s", event)
	}
	var event map[string]any
	if err := json.Unmarshal(scheduledEvent(template.Schedule{Event: "Hourly", Source: "aws.events"}, at), &event); err != nil {
		t.Fatal(err)
	}
	if event["source"] != "aws.events" || event["time"] != "2026-03-04T04:06:07Z" || event["detail-type"] != "Scheduled Event" {
		t.Errorf("event %v", event)
	}
}
