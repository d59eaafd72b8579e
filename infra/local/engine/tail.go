package engine

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// tail passes output on and keeps its last kilobytes, to quote in an error.
type tail struct {
	next io.Writer
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if excess := len(t.kept) - 4096; excess > 0 {
		t.kept = bytes.Clone(t.kept[excess:])
	}
	if t.next != nil {
		_, _ = t.next.Write(p) // a log that fails must not stop the engine
	}
	return len(p), nil
}

// last returns the last line written.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := strings.TrimSpace(string(t.kept))
	return text[strings.LastIndexByte(text, '\n')+1:]
}
