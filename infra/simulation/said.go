package simulation

import (
	"fmt"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/permission"
)

// createSet makes a set, all of whose names are said.
func (t *tenantModel) createSet(set permission.Set, sight map[string]modelRole, commit int) {
	s := &modelSet{Set: bare(set), said: map[permission.Code]map[string]int{}, reason: commit}
	t.sets[set.ID] = s
	for id, codes := range codesByRole(set.Items) {
		s.say(id, codes, sight[id].life)
	}
}

// replaceSet makes a set what a client sent when it met old. Of what it sends of
// a role, that is said which old does not name and which does not follow from the
// role's switch; of what it repeats, it says nothing. sight is the roles as they
// were when the client's words were understood.
func (t *tenantModel) replaceSet(old, sent permission.Set, sight map[string]modelRole, commit int) error {
	s := t.sets[sent.ID]
	s.Set = bare(sent)
	s.reason = commit
	was, is := codesByRole(old.Items), codesByRole(sent.Items)
	for _, id := range slices.Sorted(maps.Keys(union(was, is))) {
		if slices.Equal(was[id], is[id]) {
			continue
		}
		r, seen := sight[id]
		if !seen {
			return fmt.Errorf("nobody looked at %s, which the client names otherwise than the set", id)
		}
		var said []permission.Code
		for _, code := range is[id] {
			if s.said[code][id] == r.life && r.life != 0 || !slices.Contains(was[id], code) && !t.follows(sent.ID, r, code) {
				said = append(said, code)
			}
		}
		s.say(id, said, r.life)
	}
	for code := range s.said {
		if item, ok := s.Item(code); !ok || !item.Limited {
			delete(s.said, code)
		}
	}
	return nil
}

// say notes what is said of a role, in place of what was.
func (s *modelSet) say(id string, codes []permission.Code, life int) {
	for _, roles := range s.said {
		delete(roles, id)
	}
	for _, code := range codes {
		if s.said[code] == nil {
			s.said[code] = map[string]int{}
		}
		s.said[code][id] = life
	}
}
