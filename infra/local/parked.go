package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/rolecall/rolecall/infra/local/eventsource"
	"github.com/rolecall/rolecall/infra/local/stack"
)

// parked lists what the event sources gave up.
func parked(p place) error {
	queues := stack.QueuesDir(p.data)
	entries, err := os.ReadDir(queues)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("list queues: %w", err)
	}
	count := 0
	for _, entry := range entries {
		messages, err := eventsource.ListParked(eventsource.QueueDir(queues, entry.Name()))
		if err != nil {
			return err
		}
		for _, m := range messages {
			count++
			fmt.Printf("%s  %s  %s  %d records, %d attempts, shard %s, sequence %s to %s\n",
				m.Timestamp, entry.Name(), m.RequestContext.Condition, m.BatchInfo.BatchSize, m.RequestContext.ApproximateInvokeCount,
				m.BatchInfo.ShardID, m.BatchInfo.StartSequenceNumber, m.BatchInfo.EndSequenceNumber)
		}
	}
	if count == 0 {
		fmt.Println("nothing is parked")
	}
	return nil
}
