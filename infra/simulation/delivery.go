package simulation

import (
	"slices"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// deliveries is what became of the stream's records.
type deliveries struct {
	waiting []record // in the order of the stream, but for those that come again
	batches [][]record
	parked  map[tenant.ID]string // tenants to be reconciled, from behind a role on
}

func newDeliveries() deliveries { return deliveries{parked: map[tenant.ID]string{}} }

// maxBatch is how many records a batch holds, and maxTries how often one is tried
// before it is parked.
const (
	maxBatch = 100
	maxTries = 6
)

// deliverSome takes some of the waiting records and does something to them.
func (s *simulation) deliverSome(d dice, depth int, f focus) {
	batch := s.take(d, f)
	if len(batch) == 0 {
		return
	}
	switch d.weighted(66, 6, 6, 8, 8, 3, 3) {
	case 0:
		s.deliverOrReturn(d, depth, batch)
	case 1:
		s.tally.add(Duplicated)
		s.deliver(d, depth, batch)
		s.deliverOrReturn(d, depth, batch)
	case 2:
		s.tally.add(Doubled)
		s.deliverOrReturn(d, depth, doubled(d, batch))
	case 3:
		s.tally.add(Split)
		half := len(batch) / 2
		s.deliverOrReturn(d, depth, batch[:half])
		s.deliverOrReturn(d, depth, batch[half:])
	case 4:
		s.tally.add(Truncated)
		n := d.IntN(len(batch))
		s.comeAgain(batch[n:])
		s.deliverOrReturn(d, depth, batch[:n])
	case 5:
		s.tally.add(WhollyFailed)
		s.deliver(d, depth, batch)
		s.comeAgain(batch)
	default:
		s.park(depth, batch)
	}
}

// take returns records of which, of each item, those that come first were
// delivered before or come first in the batch.
func (s *simulation) take(d dice, f focus) []record {
	most := d.between(1, maxBatch)
	switch d.weighted(50, 30, 20) {
	case 0:
		return s.takeFirst(most, func(record) bool { return true })
	case 1:
		s.tally.add(Reordered)
		return reordered(d, s.takeFirst(most, func(r record) bool { return (len(r.item)+int(r.item[len(r.item)-1]))%3 != most%3 }))
	default:
		return s.takeFirst(most, func(r record) bool { return r.tenant == f.tenant })
	}
}

// deliverOf delivers, in order, what waits of a tenant.
func (s *simulation) deliverOf(d dice, depth int, t tenant.ID) {
	s.deliverOrReturn(d, depth, s.takeFirst(maxBatch, func(r record) bool { return r.tenant == t }))
}

// takeFirst takes the first waiting records of those items that are wanted.
func (s *simulation) takeFirst(most int, wanted func(record) bool) []record {
	var taken, left []record
	for _, r := range s.mail.waiting {
		if len(taken) < most && wanted(r) {
			taken = append(taken, r)
		} else {
			left = append(left, r)
		}
	}
	s.mail.waiting = left
	return taken
}

// reordered shuffles records, but keeps those of an item in order.
func reordered(d dice, batch []record) []record {
	shuffled := slices.Clone(batch)
	d.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	type item struct {
		tenant tenant.ID
		sort   string
	}
	inOrder := map[item][]record{}
	for _, r := range batch {
		of := item{r.tenant, r.item}
		inOrder[of] = append(inOrder[of], r)
	}
	for i, r := range shuffled {
		of := item{r.tenant, r.item}
		shuffled[i] = inOrder[of][0]
		inOrder[of] = inOrder[of][1:]
	}
	return shuffled
}

// doubled repeats some of the records.
func doubled(d dice, batch []record) []record {
	more := some(d, batch, 0.3)
	return slices.Concat(batch, more)[:min(len(batch)+len(more), maxBatch)]
}

// deliverOrReturn delivers a batch, and has those of its records come again that
// failed, until they are parked.
func (s *simulation) deliverOrReturn(d dice, depth int, batch []record) {
	if len(batch) == 0 {
		return
	}
	done := s.deliver(d, depth, batch)
	switch {
	case done == len(batch):
	case done > 0:
		s.tally.add(PartlyFailed)
		s.comeAgain(batch[done:])
	default:
		s.comeAgain(batch)
	}
}

// comeAgain puts records back before all others, and parks those that came too
// often.
func (s *simulation) comeAgain(batch []record) {
	var again, given []record
	for _, r := range batch {
		if r.tries++; r.tries > maxTries {
			given = append(given, r)
		} else {
			again = append(again, r)
		}
	}
	s.mail.waiting = slices.Concat(again, s.mail.waiting)
	if len(given) > 0 {
		s.park(0, given)
	}
}

// park drops records: their tenants have to be reconciled.
func (s *simulation) park(depth int, batch []record) {
	s.tally.add(Parked)
	s.mail.batches = append(s.mail.batches, batch)
	for _, t := range tenantsOf(batch) {
		s.mail.parked[t] = ""
		s.trace.note(depth, "%s has parked records", t)
	}
}

func tenantsOf(batch []record) []tenant.ID {
	var tenants []tenant.ID
	for _, r := range batch {
		if !r.tenant.IsZero() && !slices.Contains(tenants, r.tenant) {
			tenants = append(tenants, r.tenant)
		}
	}
	return tenants
}
