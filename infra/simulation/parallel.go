package simulation

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
)

// parallel makes a call that may run at the same time as others. Whether it
// fails follows from what it asks for, and how many calls came before all of
// them: not from which comes first.
func (w *wire) parallel(op *operation, c call) (*http.Response, error) {
	if !w.simulation.calm {
		d, err := w.diceOf(op, c)
		if err != nil {
			return nil, err
		}
		if faults := drawFaults(d, c); c.attempt <= len(faults) {
			f := faults[c.attempt-1]
			op.disturbed.Store(true)
			w.simulation.tally.add(ParallelFailed)
			return f.outcome(c)
		}
	}
	return w.send(c)
}

// diceOf returns dice that are the same for the same question, whatever the order
// of its fields.
func (w *wire) diceOf(op *operation, c call) (dice, error) {
	var question any
	if err := json.Unmarshal(c.body, &question); err != nil {
		return dice{}, err
	}
	sorted, err := json.Marshal(question)
	if err != nil {
		return dice{}, err
	}
	hash := fnv.New64a()
	for _, n := range []uint64{w.simulation.options.Seed, uint64(op.number), uint64(op.calls)} {
		_ = binary.Write(hash, binary.BigEndian, n)
	}
	_, _ = hash.Write(sorted)
	return dice{rand.New(rand.NewPCG(hash.Sum64(), 0))}, nil
}
