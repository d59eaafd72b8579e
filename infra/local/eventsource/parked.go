package eventsource

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Why a batch was parked.
const (
	RetryAttemptsExhausted = "RetryAttemptsExhausted"
	RecordAgeExceeded      = "RecordAgeExceeded"
)

// ParkedMessage is what Lambda sends to the on-failure queue of a stream event source: where the records are, not the records.
type ParkedMessage struct {
	RequestContext struct {
		RequestID              string `json:"requestId"`
		FunctionARN            string `json:"functionArn"`
		Condition              string `json:"condition"`
		ApproximateInvokeCount int    `json:"approximateInvokeCount"`
	} `json:"requestContext"`
	ResponseContext *ResponseContext `json:"responseContext,omitempty"` // absent if the function never answered
	Version         string           `json:"version"`
	Timestamp       string           `json:"timestamp"`
	BatchInfo       BatchInfo        `json:"DDBStreamBatchInfo"`
}

// ResponseContext tells of the function's last answer.
type ResponseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError,omitempty"`
}

// BatchInfo says where in the stream the records of a parked batch are.
type BatchInfo struct {
	ShardID                         string `json:"shardId"`
	StartSequenceNumber             string `json:"startSequenceNumber"`
	EndSequenceNumber               string `json:"endSequenceNumber"`
	ApproximateArrivalOfFirstRecord string `json:"approximateArrivalOfFirstRecord"`
	ApproximateArrivalOfLastRecord  string `json:"approximateArrivalOfLastRecord"`
	BatchSize                       int    `json:"batchSize"`
	StreamARN                       string `json:"streamArn"`
}

// ListParked returns the messages of the queue kept in the folder dir, oldest first; a folder that is missing has none.
func ListParked(dir string) ([]ParkedMessage, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list parked messages: %w", err)
	}
	var messages []ParkedMessage
	for _, entry := range entries { // in the order of their names, which start with the time
		if !strings.HasSuffix(entry.Name(), ".json") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read parked message: %w", err)
		}
		var message ParkedMessage
		if err := json.Unmarshal(content, &message); err != nil {
			return nil, fmt.Errorf("read parked message %s: %w", entry.Name(), err)
		}
		messages = append(messages, message)
	}
	return messages, nil
}

// queue keeps messages in a folder, or in memory if it has none.
type queue struct {
	dir    string
	mu     sync.Mutex
	memory []ParkedMessage
}

func (q *queue) send(message ParkedMessage) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.dir == "" {
		q.memory = append(q.memory, message)
		return nil
	}
	content, err := json.MarshalIndent(message, "", "  ")
	if err != nil {
		return fmt.Errorf("park batch: %w", err)
	}
	name := fmt.Sprintf("%020d-%s.json", time.Now().UnixNano(), rand.Text())
	if err := writeFile(filepath.Join(q.dir, name), content, true); err != nil {
		return fmt.Errorf("park batch: %w", err)
	}
	return nil
}

func (q *queue) list() ([]ParkedMessage, error) {
	if q.dir != "" {
		return ListParked(q.dir)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Clone(q.memory), nil
}

// writeFile puts a whole file in place at once; durable makes it outlive a power cut.
func writeFile(path string, content []byte, durable bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = temporary.Write(content)
	if err == nil && durable {
		err = temporary.Sync()
	}
	err = cmp.Or(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}
