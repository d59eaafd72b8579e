package main

import (
	"slices"

	"github.com/rolecall/rolecall/pkg/resource"
)

// model is what the service holds of one client's resources.
type model struct {
	roles map[string]*role // by id, as all
	sets  map[string]*set
	users map[string]*user
	lives map[string]int // of ids of roles: how many have had it
	freed []string       // names that no role has any more
}

func newModel() *model {
	return &model{roles: map[string]*role{}, sets: map[string]*set{}, users: map[string]*user{}, lives: map[string]int{}}
}

type role struct {
	name, description string
	member            bool // of the configured set
	sets              []string
	version           int64
}

type set struct {
	name  string
	items map[string][]string // ids of roles that the client said, by permission; deleted ones, too
	// version is the latest that an answer told. The stream raises it when it takes
	// deleted roles out.
	version int64
}

type user struct {
	userName, externalID, displayName, title string
	active                                   bool
	roles                                    map[string]int // lives of the roles that are held, by id; deleted ones, too
	version                                  int64          // as that of a set
}

// put makes a role what it is to be.
func (m *model) put(id string, r role, version int64) {
	old := m.roles[id]
	if old == nil {
		m.lives[id]++
	} else if resource.Fold(old.name) != resource.Fold(r.name) {
		m.freed = append(m.freed, old.name)
	}
	m.freed = slices.DeleteFunc(m.freed, func(name string) bool { return resource.Fold(name) == resource.Fold(r.name) })
	r.version = version
	m.roles[id] = &r
}

func (m *model) delete(id string) {
	m.freed = append(m.freed, m.roles[id].name)
	delete(m.roles, id)
}

// nameTaken tells whether another role has the name.
func (m *model) nameTaken(name, id string) bool {
	return taken(m.roles, func(r *role) string { return r.name }, name, id)
}

// userNameTaken tells whether another user has the name.
func (m *model) userNameTaken(name, id string) bool {
	return taken(m.users, func(u *user) string { return u.userName }, name, id)
}

func taken[T any](have map[string]*T, nameOf func(*T) string, name, id string) bool {
	for other, one := range have {
		if other != id && resource.Fold(nameOf(one)) == resource.Fold(name) {
			return true
		}
	}
	return false
}

// granted tells whether a role grants the set.
func (m *model) granted(set string) bool {
	for _, r := range m.roles {
		if slices.Contains(r.sets, set) {
			return true
		}
	}
	return false
}

// live leaves out the roles that do not exist.
func (m *model) live(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return m.roles[id] == nil })
}

// held are the roles that a user is shown with, sorted.
func (m *model) held(u *user) []string {
	return slices.DeleteFunc(ids(u.roles), func(id string) bool { return m.roles[id] == nil || m.lives[id] != u.roles[id] })
}

// hold is what a user is made to hold.
func (m *model) hold(ids []string) map[string]int {
	held := map[string]int{}
	for _, id := range ids {
		held[id] = m.lives[id]
	}
	return held
}

// versions are those that a user may have: each role that was deleted is, or was,
// taken by a change.
func (m *model) versions(u *user) span {
	return span{u.version, u.version + int64(len(u.roles)-len(m.held(u)))}
}

// gone are the roles that a set was to name and that do not exist.
func (m *model) gone(s *set) []string {
	var gone []string
	for _, ids := range s.items {
		for _, id := range ids {
			if m.roles[id] == nil {
				gone = append(gone, id)
			}
		}
	}
	slices.Sort(gone)
	return slices.Compact(gone)
}

// versionsOfSet are those that a set may have.
func (m *model) versionsOfSet(s *set) span {
	return span{s.version, s.version + int64(len(m.gone(s)))}
}
