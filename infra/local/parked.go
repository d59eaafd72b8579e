package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rolecall/rolecall/infra/local/eventsource"
	"github.com/rolecall/rolecall/infra/local/queue"
	"github.com/rolecall/rolecall/infra/local/stack"
)

// parked lists what the event sources gave up, and whatever else is in the queues.
func parked(p place) error {
	lines, err := queued(stack.QueuesDir(p.data))
	if err != nil {
		return err
	}
	if len(lines) == 0 {
		lines = []string{"nothing is parked"}
	}
	fmt.Println(strings.Join(lines, "\n"))
	return nil
}

// queued describes every message of the queues in a folder, a line each.
func queued(queues string) ([]string, error) {
	entries, err := os.ReadDir(queues)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list queues: %w", err)
	}
	var lines []string
	for _, entry := range entries {
		messages, err := queue.New(entry.Name(), filepath.Join(queues, entry.Name()), queue.DefaultVisibilityTimeout).Messages()
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			lines = append(lines, fmt.Sprintf("%s  %s  %s", m.Sent.UTC().Format("2006-01-02T15:04:05.000Z"), entry.Name(), describe(m.Body)))
		}
	}
	return lines, nil
}

// describe says what an event source gave up, or shows the beginning of another body.
func describe(body string) string {
	if m, ok := eventsource.ParseParked(body); ok {
		return fmt.Sprintf("%s  %d records, %d attempts, shard %s, sequence %s to %s",
			m.RequestContext.Condition, m.BatchInfo.BatchSize, m.RequestContext.ApproximateInvokeCount,
			m.BatchInfo.ShardID, m.BatchInfo.StartSequenceNumber, m.BatchInfo.EndSequenceNumber)
	}
	const width = 120
	text := []rune(strings.Join(strings.Fields(body), " "))
	if len(text) > width {
		return string(text[:width]) + "…"
	}
	return string(text)
}
