package simulation

import "slices"

// How often something happens to a call, or to an operation.
const (
	faultChance     = 0.04
	outageChance    = 0.15 // of a fault, to outlast the SDK's attempts
	crashChance     = 0.008
	interruptChance = 0.05
	stormChance     = 0.001
	houndChance     = 0.003

	contestedChance          = 0.05
	contestedInterruptChance = 0.4
	largeCrashChance         = 0.15 // right after a large set was written
	quietChance              = 0.3  // after others got in between
)

type crash int

const (
	noCrash crash = iota
	crashBefore
	crashAfter
)

// plan is what happens to a call.
type plan struct {
	before, between, after bool // another operation runs then; between is before the second attempt
	crash                  crash
	faults                 []fault // by attempt
}

func (s *simulation) planFor(op *operation, c call) plan {
	if s.calm {
		return plan{}
	}
	if op.storm && c.transaction() {
		s.tally.add(StormMet)
		return plan{faults: []fault{conflict}}
	}
	d := op.dice
	p := plan{faults: drawFaults(d, c)}
	often := interruptChance
	if op.contested || op.large {
		often = contestedInterruptChance
	}
	if op.depth < maxDepth {
		p.before, p.after = d.chance(often), d.chance(often)
		p.between = len(p.faults) > 0 && d.chance(0.3)
	}
	switch {
	case op.large && c.transaction() && d.chance(largeCrashChance):
		p.crash = crashAfter
	case d.chance(crashChance):
		p.crash = pick(d, []crash{crashBefore, crashAfter})
	}
	return p
}

// drawFaults decides how many attempts of a call fail, and how.
func drawFaults(d dice, c call) []fault {
	if !d.chance(faultChance) {
		return nil
	}
	kinds := []fault{refused, throttled, provisioned, broken, late}
	switch {
	case c.transaction():
		kinds = []fault{refused, throttled, broken, late, lost, lost, lost, conflict, cancelled}
	case c.name == "BatchGetItem":
		kinds = append(kinds, unprocessed, unprocessed, unprocessed)
	}
	first := pick(d, kinds)
	if first == unprocessed {
		return []fault{first}
	}
	switch d.weighted(int(100*(1-outageChance)), int(100*outageChance)) {
	case 0:
		return []fault{first}
	default: // what follows a request that arrived does not arrive
		return append([]fault{first}, slices.Repeat([]fault{refused}, maxAttempts-1)...)
	}
}
