package simulation

import (
	"encoding/json"
	"net/http"
	"strings"
)

// sequential makes one of the calls that an operation makes one after the other.
// Here others get in between, and operations crash.
func (w *wire) sequential(op *operation, c call) (*http.Response, error) {
	s := w.simulation
	if c.attempt == 1 {
		op.calls++
		op.plan = s.planFor(op, c)
		if op.plan.before {
			s.interrupt(op)
		}
		if op.hounded && c.transaction() {
			s.hound(op)
		}
		if op.plan.crash == crashBefore {
			return nil, s.crash(op)
		}
	} else if op.plan.between {
		op.plan.between = false
		s.interrupt(op)
	}
	if s.stopped() {
		return nil, errGone
	}
	response, err := w.attempt(op, c)
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	if op.plan.after {
		s.interrupt(op)
	}
	if op.plan.crash == crashAfter {
		return nil, s.crash(op)
	}
	return response, nil
}

// attempt sends the call, unless it is to fail this time.
func (w *wire) attempt(op *operation, c call) (*http.Response, error) {
	if c.attempt > len(op.plan.faults) {
		return w.deliver(op, c)
	}
	f := op.plan.faults[c.attempt-1]
	op.disturbed.Store(true)
	w.simulation.tally.add(f.event())
	if f == unprocessed {
		return w.unprocessed(op, c)
	}
	if f.arrives() {
		if _, err := w.deliver(op, c); err != nil {
			return nil, err
		}
	}
	return f.outcome(c)
}

// deliver sends the call, and takes note of what it did.
func (w *wire) deliver(op *operation, c call) (*http.Response, error) {
	if c.name == "BatchGetItem" {
		w.simulation.see(op, keysOf(c))
	}
	response, err := w.send(c)
	if err != nil {
		w.simulation.giveUp(err)
		return nil, err
	}
	if c.transaction() && response.StatusCode == http.StatusOK {
		w.simulation.committed(op)
	}
	return response, nil
}

// crash ends an operation for good.
func (s *simulation) crash(op *operation) error {
	op.dead = true
	op.disturbed.Store(true)
	op.cancel()
	s.tally.add(Crashed)
	if op.large && op.commits > 0 && op.plan.crash == crashAfter {
		s.tally.add(CrashedAfterLargePut)
	}
	s.trace.note(op.depth, "%d crashes at call %d", op.number, op.calls)
	return errGone
}

// batchGet is the request of a BatchGetItem.
type batchGet struct {
	RequestItems map[string]struct {
		Keys           []map[string]map[string]string
		ConsistentRead bool
	}
}

// keysOf returns the sort keys that a BatchGetItem asks for.
func keysOf(c call) []string {
	var request batchGet
	if json.Unmarshal(c.body, &request) != nil {
		return nil
	}
	var keys []string
	for _, of := range request.RequestItems {
		for _, key := range of.Keys {
			keys = append(keys, key["sk"]["S"])
		}
	}
	return keys
}

// see remembers the roles as an operation reads them.
func (s *simulation) see(op *operation, keys []string) {
	for _, key := range keys {
		id, isRole := strings.CutPrefix(key, "ROLE#")
		if !isRole {
			continue
		}
		op.focus = append(op.focus, id)
		if op.kind == setChange {
			op.sight[id] = s.model.tenants[op.tenants[0]].roles[id]
		}
	}
}

// unprocessed reads the first half of the keys, and leaves the others to be asked
// for again.
func (w *wire) unprocessed(op *operation, c call) (*http.Response, error) {
	var request, rest batchGet
	if err := json.Unmarshal(c.body, &request); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(c.body, &rest); err != nil {
		return nil, err
	}
	for table, of := range request.RequestItems {
		left := of
		half := max(len(of.Keys)/2, 1)
		of.Keys, left.Keys = of.Keys[:half], of.Keys[half:]
		request.RequestItems[table], rest.RequestItems[table] = of, left
		if len(left.Keys) == 0 {
			delete(rest.RequestItems, table)
		}
	}
	var err error
	if c.body, err = json.Marshal(request); err != nil {
		return nil, err
	}
	response, err := w.deliver(op, c)
	if err != nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	var result map[string]any
	if err := json.NewDecoder(response.Body).Decode(&result); err != nil {
		return nil, err
	}
	result["UnprocessedKeys"] = rest.RequestItems
	return answer(c, http.StatusOK, result)
}
