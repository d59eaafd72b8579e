package simulation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// lastSteps is how many steps a result shows.
const lastSteps = 80

// trace notes every step. Two runs that differ anywhere have different hashes.
type trace struct {
	hash  hash.Hash
	steps int
	last  []string
}

func newTrace() *trace { return &trace{hash: sha256.New()} }

// note adds a step; depth is how deep it is inside other operations.
func (t *trace) note(depth int, format string, arguments ...any) {
	line := fmt.Sprintf("%6d %s%s", t.steps, strings.Repeat("    ", depth), fmt.Sprintf(format, arguments...))
	t.steps++
	t.hash.Write([]byte(line + "\n"))
	t.last = append(t.last, line)
	if len(t.last) > 2*lastSteps {
		t.last = append([]string(nil), t.last[lastSteps:]...)
	}
}

func (t *trace) sum() string { return hex.EncodeToString(t.hash.Sum(nil)) }

func (t *trace) tail() []string { return t.last[max(len(t.last)-lastSteps, 0):] }
