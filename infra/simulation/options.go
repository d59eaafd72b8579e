package simulation

import "fmt"

// Options say what is simulated. The same options are the same run.
type Options struct {
	Seed    uint64
	Tenants int // at the end; the first few are there from the start
	Changes int // of roles, until the stream is drained and everything is checked

	Endpoint string   // of an engine that nothing else uses
	Table    string   // is empty, and has a stream of both images
	Filters  []string // of the function's event source
}

// Result is what came of a run.
type Result struct {
	Trace  string   // a hash of all steps
	Steps  int      // in the trace
	Last   []string // steps
	Counts map[Event]int
}

// Violation says that the contract was broken.
type Violation struct {
	Invariant Invariant
	Detail    string
}

func (v *Violation) Error() string { return fmt.Sprintf("%s: %s", v.Invariant, v.Detail) }

// Invariant is a part of the contract.
type Invariant string

// The contract, and what else must not happen.
const (
	Named     Invariant = "1: a live role with updatePermissionSet is named by the configured set, and nobody else got there by the stream"
	Existing  Invariant = "2: no set names a role that does not exist"
	Said      Invariant = "3: what a client said of a set stands"
	OneChange Invariant = "4: a change moves a set's version once, a replay never, and one version has one content"
	Apart     Invariant = "5: tenants never touch each other"
	Present   Invariant = "what the stream writes follows from the state at that moment"
	Durable   Invariant = "what was written is there, and nothing else"
	InUse     Invariant = "a set that is configured, or granted by a role, exists"
	Answers   Invariant = "without faults nothing fails, and no real record is parked"
)
