package main

import (
	"bytes"
	"io"
	"slices"
	"sync"
)

// bugs passes the service's log on, and keeps the lines in which a function says that
// it failed for another reason than what went wrong around it.
type bugs struct {
	io.Writer

	mutex sync.Mutex
	lines []string
}

// found are the lines up to now.
func (b *bugs) found() []string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return slices.Clone(b.lines)
}

// Write takes a line.
func (b *bugs) Write(line []byte) (int, error) {
	if bytes.Contains(line, []byte(`"message":"request failed"`)) && bytes.Contains(line, []byte(`"status":500`)) {
		b.mutex.Lock()
		b.lines = append(b.lines, string(bytes.TrimSpace(line)))
		b.mutex.Unlock()
	}
	return b.Writer.Write(line)
}
