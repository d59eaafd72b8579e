package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/eventsource"
	"github.com/rolecall/rolecall/infra/local/queue"
)

func TestQueued(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if lines, err := queued(filepath.Join(dir, "none")); len(lines) != 0 || err != nil {
		t.Errorf("no folder: %q, %v", lines, err)
	}
	var batch eventsource.ParkedMessage
	batch.RequestContext.Condition, batch.RequestContext.ApproximateInvokeCount = eventsource.RetryAttemptsExhausted, 21
	batch.BatchInfo = eventsource.BatchInfo{ShardID: "shard-1", StartSequenceNumber: "7", EndSequenceNumber: "8", BatchSize: 2, StreamARN: "arn:aws:dynamodb:…"}
	parked, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	q := queue.New("ParkedRecords", filepath.Join(dir, "ParkedRecords"), time.Minute)
	for _, body := range []string{string(parked), `{"tenant":"acme",` + "\n\t" + `"why":"` + strings.Repeat("ü", 200) + `"}`} {
		if _, err := q.Send(body); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := q.Receive(1, time.Minute); err != nil { // what is hidden is listed too
		t.Fatal(err)
	}
	lines, err := queued(dir)
	if err != nil || len(lines) != 2 {
		t.Fatalf("lines %q, %v", lines, err)
	}
	for i, want := range []string{
		"  ParkedRecords  RetryAttemptsExhausted  2 records, 21 attempts, shard shard-1, sequence 7 to 8",
		`  ParkedRecords  {"tenant":"acme", "why":"` + strings.Repeat("ü", 95) + "…",
	} {
		at, text, _ := strings.Cut(lines[i], "  ")
		if _, err := time.Parse(time.RFC3339, at); err != nil || "  "+text != want {
			t.Errorf("line %q, want a time and %q", lines[i], want)
		}
	}
}

func TestQueuedNeedsAFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "queues")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := queued(file); err == nil || !strings.Contains(err.Error(), "list queues") {
		t.Errorf("error %v", err)
	}
}
