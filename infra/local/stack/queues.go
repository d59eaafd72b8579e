package stack

import (
	"path/filepath"

	"github.com/rolecall/rolecall/infra/local/queue"
)

func (s *Stack) openQueues() {
	s.queues = map[string]*queue.Queue{}
	for _, q := range s.template.Queues {
		dir := ""
		if s.options.DataDir != "" {
			dir = filepath.Join(QueuesDir(s.options.DataDir), q.Name)
		}
		s.queues[q.LogicalID] = queue.New(q.Name, dir, q.VisibilityTimeout)
	}
}

func (s *Stack) allQueues() []*queue.Queue {
	var out []*queue.Queue
	for _, q := range s.template.Queues {
		out = append(out, s.queues[q.LogicalID])
	}
	return out
}

// QueuesDir has a folder for each queue of a data folder, by its name.
func QueuesDir(dataDir string) string { return filepath.Join(dataDir, "queues") }

// ParkedRecords answers the messages in the queues of what event sources gave up, oldest first in each. eventsource.ParseParked
// reads those that event sources sent.
func (s *Stack) ParkedRecords() ([]queue.Message, error) {
	var out []queue.Message
	listed := map[string]bool{"": true} // an event source may have no queue
	for _, e := range s.template.EventSources {
		if listed[e.OnFailure] {
			continue
		}
		listed[e.OnFailure] = true
		messages, err := s.queues[e.OnFailure].Messages()
		if err != nil {
			return nil, err
		}
		out = append(out, messages...)
	}
	return out, nil
}

// Queue is the queue with a logical id, nil if there is none.
func (s *Stack) Queue(logicalID string) *queue.Queue { return s.queues[logicalID] }
