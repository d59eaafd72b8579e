package eventsource

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"github.com/rolecall/rolecall/infra/local/atomicfile"
)

// checkpoints remember how far each shard of a stream is processed, in a file, or in memory if it has no path.
type checkpoints struct {
	path string
	mu   sync.Mutex
	kept position
}

type position struct {
	StreamARN string               `json:"streamArn"`
	Shards    map[string]shardMark `json:"shards"`
}

type shardMark struct {
	SequenceNumber string `json:"sequenceNumber,omitempty"` // the last one finished
	Finished       bool   `json:"finished,omitempty"`       // the shard is closed and processed to its end
}

func openCheckpoints(path string) (*checkpoints, error) {
	c := &checkpoints{path: path}
	if path == "" {
		return c, nil
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read checkpoints: %w", err)
	}
	if err := json.Unmarshal(content, &c.kept); err != nil {
		return nil, fmt.Errorf("read checkpoints %s: %w", path, err)
	}
	return c, nil
}

// use forgets what is kept for another stream, whose sequence numbers say nothing about this one, and reports whether nothing
// is kept for this one.
func (c *checkpoints) use(streamARN string) (fresh bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept.StreamARN != streamARN || c.kept.Shards == nil {
		c.kept = position{StreamARN: streamARN, Shards: map[string]shardMark{}}
	}
	return len(c.kept.Shards) == 0
}

func (c *checkpoints) get(shardID string) shardMark {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept.Shards[shardID]
}

func (c *checkpoints) set(streamARN, shardID string, mark shardMark) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept.StreamARN != streamARN {
		return nil // a worker of a stream that is gone
	}
	c.kept.Shards[shardID] = mark
	return c.save()
}

// retain forgets shards that the stream no longer lists.
func (c *checkpoints) retain(listed map[string]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id := range c.kept.Shards {
		if !listed[id] {
			delete(c.kept.Shards, id)
		}
	}
}

func (c *checkpoints) save() error {
	if c.path == "" {
		return nil
	}
	content, err := json.Marshal(c.kept)
	if err != nil {
		return fmt.Errorf("save checkpoints: %w", err)
	}
	if err := atomicfile.Write(c.path, content, false); err != nil {
		return fmt.Errorf("save checkpoints: %w", err)
	}
	return nil
}
