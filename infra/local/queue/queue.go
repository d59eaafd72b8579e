// Package queue keeps the messages of an SQS standard queue in a folder, a file each, or in memory. Several processes may use
// one folder at the same time. A file holds the body alone, for people to read; its name holds the rest.
package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// DefaultVisibilityTimeout is that of a queue that sets none.
const DefaultVisibilityTimeout = 30 * time.Second

// Queue is a standard queue: a message is received at least once, in no order that one may rely on.
type Queue struct {
	name       string
	visibility time.Duration
	files      folder
}

// Message is a message that was sent and not deleted.
type Message struct {
	ID   string
	Body string
	Sent time.Time
	// ReceiveCount says how many times it was received.
	ReceiveCount int
	// VisibleAt is when it can be received again; the zero time before its first receive.
	VisibleAt time.Time
	// ReceiptHandle stands for the latest receive; empty before the first.
	ReceiptHandle string
}

// ErrReceiptHandle says that a receipt handle is none that Receive returned.
var ErrReceiptHandle = errors.New("the receipt handle is not valid")

// New returns the queue kept in the folder dir, which the first message makes, or one in memory if dir is empty. A received
// message is hidden for the visibility timeout, unless the receiver says otherwise.
func New(name, dir string, visibilityTimeout time.Duration) *Queue {
	q := &Queue{name: name, visibility: visibilityTimeout, files: disk(dir)}
	if dir == "" {
		q.files = &memory{content: map[string][]byte{}}
	}
	return q
}

// Name of the queue.
func (q *Queue) Name() string { return q.name }

// VisibilityTimeout is the queue's own.
func (q *Queue) VisibilityTimeout() time.Duration { return q.visibility }

// Send adds a message; once it returns, the message outlives this process, and a power cut.
func (q *Queue) Send(body string) (Message, error) {
	n := newName(time.Now())
	if err := q.files.write(n.String(), []byte(body)); err != nil {
		return Message{}, fmt.Errorf("send to queue %s: %w", q.name, err)
	}
	return n.message(body), nil
}

// Receive returns at most limit visible messages, the longest sent first, and hides them for the timeout.
func (q *Queue) Receive(limit int, timeout time.Duration) ([]Message, error) {
	names, err := q.names()
	if err != nil {
		return nil, fmt.Errorf("receive from queue %s: %w", q.name, err)
	}
	var received []Message
	for _, from := range names {
		now := time.Now()
		if len(received) == limit || !from.visible(now) {
			continue
		}
		message, err := q.take(from, from.receivedUntil(now.Add(timeout)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // another receiver was faster
		}
		if err != nil {
			return nil, fmt.Errorf("receive from queue %s: %w", q.name, err)
		}
		received = append(received, message)
	}
	return received, nil
}

// take renames first: of several receivers only one can.
func (q *Queue) take(from, to name) (Message, error) {
	if err := q.files.rename(from.String(), to.String()); err != nil {
		return Message{}, err
	}
	body, err := q.files.read(to.String())
	return to.message(string(body)), err
}

// Delete removes the message that a receive returned. As with SQS, nothing happens, and is no error, when the message was
// received again since, or is gone.
func (q *Queue) Delete(receiptHandle string) error {
	n, ok := parseReceiptHandle(receiptHandle)
	if !ok {
		return ErrReceiptHandle
	}
	if err := q.files.remove(n.String()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete from queue %s: %w", q.name, err)
	}
	return nil
}

// Count returns how many messages can be received now, and how many are hidden.
func (q *Queue) Count() (visible, hidden int, err error) {
	names, err := q.names()
	if err != nil {
		return 0, 0, fmt.Errorf("count queue %s: %w", q.name, err)
	}
	now := time.Now()
	for _, n := range names {
		if n.visible(now) {
			visible++
		}
	}
	return visible, len(names) - visible, nil
}

// Messages returns every message, hidden or not, the longest sent first, and receives none.
func (q *Queue) Messages() ([]Message, error) {
	for {
		messages, err := q.list()
		if errors.Is(err, fs.ErrNotExist) {
			continue // one was received or deleted meanwhile
		}
		if err != nil {
			return nil, fmt.Errorf("list queue %s: %w", q.name, err)
		}
		return messages, nil
	}
}

func (q *Queue) list() ([]Message, error) {
	names, err := q.names()
	if err != nil {
		return nil, err
	}
	var messages []Message
	for _, n := range names {
		body, err := q.files.read(n.String())
		if err != nil {
			return nil, err
		}
		messages = append(messages, n.message(string(body)))
	}
	return messages, nil
}

// names returns those of messages, in the order of sending, which is that of the alphabet.
func (q *Queue) names() ([]name, error) {
	files, err := q.files.names()
	if err != nil {
		return nil, err
	}
	var names []name
	for _, file := range files {
		if n, ok := parseName(file); ok {
			names = append(names, n)
		}
	}
	return names, nil
}
