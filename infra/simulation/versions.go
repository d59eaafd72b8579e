package simulation

import (
	"errors"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// versions remembers each set as it was read after the last write to it.
type versions map[setName]*version

type setName struct {
	tenant tenant.ID
	set    string
}

type version struct {
	permission.Set
	moved map[string]int // by role: the commit in which the stream last moved it
}

// observe reads a set after each transaction that wrote of it. So it sees every
// version, and:
//
//   - a version has one content, and one lastModified;
//   - each is one higher than the one before, and has another content;
//   - between two moves of a role by the stream, something happened that is a
//     reason for the second: the role was created, deleted or switched, or the set
//     was written by a client, or was configured or not any longer. So one change
//     raises a version once, and replays never do;
//   - a role that the stream moves is named as is right at that moment.
func (s *simulation) observe(op *operation, t tenant.ID, id string) {
	set, err := s.clean.PermissionSet(s.ctx, t, id)
	name := setName{t, id}
	before := s.versions[name]
	switch {
	case errors.Is(err, resource.ErrNotFound):
		delete(s.versions, name)
	case err != nil:
		s.fail(Durable, "%s of %s cannot be read: %v", id, t, err)
	case before == nil || !before.Created.Equal(set.Created):
		if set.Version != 1 {
			s.fail(OneChange, "the new set %s of %s has version %d", id, t, set.Version)
		}
		s.versions[name] = &version{set, map[string]int{}}
		s.contents[nameOf(t, set)] = contentOf(set)
	default:
		s.compare(op, t, before, set)
		before.Set = set
		s.contents[nameOf(t, set)] = contentOf(set)
	}
}

func (s *simulation) compare(op *operation, t tenant.ID, before *version, set permission.Set) {
	same := sameContent(before.Set, set)
	switch {
	case set.Version == before.Version:
		if op.kind == setChange {
			s.tally.add(OnlyReasonChanged)
		}
		if !same || !set.LastModified.Equal(before.LastModified) {
			s.fail(OneChange, "operation %d: version %d of %s of %s has a second content", op.number, set.Version, set.ID, t)
		}
	case set.Version != before.Version+1 || !set.LastModified.After(before.LastModified):
		s.fail(OneChange, "operation %d: %s of %s went from %+v to %+v", op.number, set.ID, t, before.Meta, set.Meta)
	case same:
		s.fail(OneChange, "operation %d: version %d of %s of %s has the content of the one before", op.number, set.Version, set.ID, t)
	case op.kind.bySync():
		s.moved(op, t, before, set)
	}
}

// mostMoves is about how many roles of a set one transaction can move.
const mostMoves = 90

// moved judges what the stream wrote.
func (s *simulation) moved(op *operation, t tenant.ID, before *version, set permission.Set) {
	m, moves := s.model.tenants[t], 0
	old, now := codesByRole(before.Items), codesByRole(set.Items)
	if !sameContent(bare(before.Set), bare(set)) {
		s.fail(Present, "operation %d: the stream changed more of %s of %s than its roles", op.number, set.ID, t)
	}
	for _, id := range slices.Sorted(maps.Keys(union(old, now))) {
		if slices.Equal(old[id], now[id]) {
			continue
		}
		moves++
		if last, ok := before.moved[id]; ok && last >= m.lastReason(set.ID, id) {
			s.fail(OneChange, "operation %d: version %d of %s of %s moves %s again, from %v to %v, for no reason", op.number, set.Version, set.ID, t, id, old[id], now[id])
		}
		before.moved[id] = s.commits
		if want := m.wanted(set.ID, id); !slices.Equal(now[id], want) {
			s.fail(Present, "operation %d: version %d of %s of %s names %s under %v, and at that moment has to under %v", op.number, set.Version, set.ID, t, id, now[id], want)
		}
	}
	if moves >= mostMoves {
		s.tally.add(Overflowed)
	}
}

func sameContent(a, b permission.Set) bool {
	return a.ExternalID == b.ExternalID && a.Name == b.Name && slices.EqualFunc(a.Items, b.Items, func(x, y permission.Item) bool {
		return x.Permission == y.Permission && x.Limited == y.Limited && slices.Equal(x.Roles, y.Roles)
	})
}

// bare returns the set without the roles it names.
func bare(set permission.Set) permission.Set {
	set.Items = slices.Clone(set.Items)
	for i := range set.Items {
		set.Items[i].Roles = nil
	}
	return set
}

// codesByRole returns, sorted, under which permissions items name each role.
func codesByRole(items []permission.Item) map[string][]permission.Code {
	codes := map[string][]permission.Code{}
	for _, item := range items {
		for _, id := range item.Roles {
			codes[id] = append(codes[id], item.Permission)
		}
	}
	for _, c := range codes {
		slices.Sort(c)
	}
	return codes
}

func union(a, b map[string][]permission.Code) map[string][]permission.Code {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}
