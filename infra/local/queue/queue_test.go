package queue_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rolecall/rolecall/infra/local/queue"
)

// each runs a test on a queue on disk and on one in memory, its time being that of a bubble: it moves when the test sleeps.
func each(t *testing.T, test func(t *testing.T, q *queue.Queue)) {
	t.Helper()
	for name, dir := range map[string]string{"disk": filepath.Join(t.TempDir(), "queues", "jobs"), "memory": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { test(t, queue.New("jobs", dir, time.Minute)) })
		})
	}
}

func send(t *testing.T, q *queue.Queue, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		if _, err := q.Send(body); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Nanosecond) // so that their order is certain
	}
}

func receive(t *testing.T, q *queue.Queue, limit int, timeout time.Duration) []queue.Message {
	t.Helper()
	messages, err := q.Receive(limit, timeout)
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

func wantBodies(t *testing.T, what string, messages []queue.Message, want ...string) {
	t.Helper()
	var got []string
	for _, m := range messages {
		got = append(got, m.Body)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func TestAReceivedMessageIsHidden(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, q *queue.Queue) {
		wantBodies(t, "nothing sent", receive(t, q, 10, time.Minute))
		send(t, q, "a", "b", "c")
		first := receive(t, q, 2, time.Minute)
		wantBodies(t, "first receive", first, "a", "b")
		wantBodies(t, "what is left", receive(t, q, 10, 2*time.Minute), "c")
		wantBodies(t, "all are hidden", receive(t, q, 10, time.Minute))
		if visible, hidden, err := q.Count(); visible != 0 || hidden != 3 || err != nil {
			t.Errorf("count %d and %d, %v", visible, hidden, err)
		}
		time.Sleep(time.Minute)
		if visible, hidden, err := q.Count(); visible != 2 || hidden != 1 || err != nil {
			t.Errorf("a minute later: count %d and %d, %v", visible, hidden, err)
		}
		second := receive(t, q, 10, 0)
		wantBodies(t, "after the timeout", second, "a", "b")
		if first[0].ID != second[0].ID || first[0].ReceiveCount != 1 || second[0].ReceiveCount != 2 || first[0].ReceiptHandle == second[0].ReceiptHandle {
			t.Errorf("received %+v and then %+v", first[0], second[0])
		}
		wantBodies(t, "no timeout, not hidden", receive(t, q, 1, 0), "a")
	})
}

func TestDelete(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, q *queue.Queue) {
		send(t, q, "a", "b")
		first := receive(t, q, 2, time.Minute)
		time.Sleep(time.Minute)
		again := receive(t, q, 1, time.Minute) // a
		for _, handle := range []string{first[0].ReceiptHandle, first[1].ReceiptHandle, first[1].ReceiptHandle} {
			if err := q.Delete(handle); err != nil {
				t.Fatal(err)
			}
		}
		messages, err := q.Messages()
		if err != nil {
			t.Fatal(err)
		}
		wantBodies(t, "an old handle deletes nothing, an expired one its message", messages, "a")
		if err := q.Delete(again[0].ReceiptHandle); err != nil {
			t.Fatal(err)
		}
		if visible, hidden, err := q.Count(); visible+hidden != 0 || err != nil {
			t.Errorf("%d messages left, %v", visible+hidden, err)
		}
	})
}

func TestReceiptHandlesAreChecked(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, q *queue.Queue) {
		send(t, q, "a")
		messages, err := q.Messages()
		if err != nil || len(messages) != 1 || messages[0].ReceiptHandle != "" || messages[0].ReceiveCount != 0 {
			t.Fatalf("messages %+v, %v", messages, err)
		}
		never := fmt.Sprintf("%020d-%s", messages[0].Sent.UnixNano(), messages[0].ID)
		for _, handle := range []string{"", "x", "../" + never, never, never + ".0-" + strings.Repeat("0", 20), never + ".1-" + strings.Repeat("9", 20)} {
			if err := q.Delete(handle); !errors.Is(err, queue.ErrReceiptHandle) {
				t.Errorf("delete %q: %v", handle, err)
			}
		}
	})
}

// TestFolderIsForPeople: a file is a body; what is no message does no harm.
func TestFolderIsForPeople(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		".new-123": "half", "notes.txt": "mine", "01700000000000000000-B4C2.json": `{"version":"1.0"}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	q := queue.New("jobs", dir, time.Minute)
	messages, err := q.Messages()
	if err != nil || len(messages) != 1 || messages[0].ID != "B4C2" || messages[0].Sent.UnixNano() != 1_700_000_000_000_000_000 {
		t.Fatalf("messages %+v, %v", messages, err)
	}
	sent, err := q.Send("no JSON at all")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%020d-%s.json", sent.Sent.UnixNano(), sent.ID)))
	if err != nil || string(content) != "no JSON at all" {
		t.Errorf("file %q, %v", content, err)
	}
}

// TestReceiversShareAFolder: queues on one folder share nothing else, as those of two processes.
func TestReceiversShareAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const count = 200
	for i := range count {
		send(t, queue.New("jobs", dir, time.Minute), fmt.Sprint(i))
	}
	var mu sync.Mutex
	seen := map[string]int{}
	var receivers sync.WaitGroup
	for range 4 {
		receivers.Go(func() {
			q := queue.New("jobs", dir, time.Minute)
			for {
				messages, err := q.Receive(3, time.Hour)
				if err != nil {
					t.Error(err)
				}
				if len(messages) == 0 {
					return
				}
				mu.Lock()
				for _, m := range messages {
					seen[m.Body]++
				}
				mu.Unlock()
				if _, err := q.Messages(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	receivers.Wait()
	for i := range count {
		if seen[fmt.Sprint(i)] != 1 {
			t.Errorf("message %d was received %d times", i, seen[fmt.Sprint(i)])
		}
	}
}

func TestFaultsOfTheFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	q := queue.New("jobs", file, time.Minute)
	_, sending := q.Send("a")
	_, receiving := q.Receive(1, time.Minute)
	_, listing := q.Messages()
	_, _, counting := q.Count()
	for _, err := range []error{sending, receiving, listing, counting} {
		if err == nil || !strings.Contains(err.Error(), "queue jobs") {
			t.Errorf("error %v", err)
		}
	}
}
