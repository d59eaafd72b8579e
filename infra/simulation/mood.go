package simulation

import (
	"time"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// mood is how fast the stream is for a while.
type mood struct {
	steps    int // that it lasts
	delivery int // weight
}

// live lets clients and the stream go on until enough roles have changed.
func (s *simulation) live() {
	for range max(len(s.model.ids)/4, 1) {
		s.onboardNext()
	}
	every := max(s.options.Changes/(len(s.model.ids)+1), 1)
	for s.changes < s.options.Changes && !s.stopped() {
		if due := len(s.model.ids)/4 + s.changes/every; len(s.model.tenants) < min(due, len(s.model.ids)) || len(s.model.tenants) == 0 {
			s.onboardNext()
		}
		s.shaken = tenant.ID{}
		s.step()
		if s.model.tenants[s.shaken] != nil && s.dice.chance(quietChance) {
			s.quiet(s.shaken)
		}
		s.checkSettled()
	}
}

func (s *simulation) step() {
	d := s.dice
	if s.mood.steps--; s.mood.steps < 0 {
		s.mood = mood{d.between(20, 120), pick(d, []int{1, 5, 15, 40})}
	}
	if d.chance(0.01) {
		s.clock.pass(time.Duration(d.between(1, 100)) * time.Minute)
	}
	if len(s.model.tenants) == 0 {
		return
	}
	f := focus{tenant: s.someTenant(d)}
	switch d.weighted(60, 14, 2, 1, s.mood.delivery, 2, 2, 4) {
	case 0:
		s.changeRole(d, 0, f)
	case 1:
		s.changeSet(d, 0, f)
	case 2:
		s.configure(d, 0, f)
	case 3:
		s.rotate(0, f)
	case 4:
		s.deliverSome(d, 0, f)
	case 5:
		s.replayOld(d, 0)
	case 6:
		s.redriveOne(d, 0)
	default:
		s.readSets(d, f)
	}
}

// someTenant returns rather one with many roles.
func (s *simulation) someTenant(d dice) tenant.ID {
	for {
		t := s.model.ids[d.IntN(len(s.model.tenants))]
		if s.model.tenants[t].large || d.chance(0.4) {
			return t
		}
	}
}
