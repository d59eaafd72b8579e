package main

import (
	"fmt"
	"maps"
	"strings"
)

// checkClient compares what a client's model holds with what there is.
func (s *state) checkClient(c *client) (wrong []string) {
	wrong = append(wrong, differences(c, "role", c.roles, ownedBy(s.roles, func(r *roleBody) bool { return strings.HasPrefix(strings.ToLower(r.Name), c.name+" ") }), c.compareRole)...)
	wrong = append(wrong, differences(c, "set", c.sets, ownedBy(s.sets, func(s *setBody) bool { return strings.HasPrefix(s.Name, c.name+" ") }),
		func(id string, got *setBody) error { return c.compareSet(id, got, true) })...)
	return append(wrong, differences(c, "user", c.users, ownedBy(s.users, func(u *userBody) bool { return strings.HasPrefix(strings.ToLower(u.UserName), c.name+".") }),
		func(id string, got *userBody) error { return c.compareUser(id, got, true) })...)
}

func ownedBy[T any](all map[string]*T, owns func(*T) bool) map[string]*T {
	own := maps.Clone(all)
	maps.DeleteFunc(own, func(_ string, one *T) bool { return !owns(one) })
	return own
}

func differences[W, G any](c *client, kind string, want map[string]*W, got map[string]*G, compare func(id string, got *G) error) (wrong []string) {
	for id, w := range want {
		if got[id] == nil {
			wrong = append(wrong, fmt.Sprintf("the %s %s of %s is lost: %+v", kind, id, c.name, *w))
		} else if err := compare(id, got[id]); err != nil {
			wrong = append(wrong, fmt.Sprintf("the %s %s of %s is there %v", kind, id, c.name, err))
		}
	}
	for id, g := range got {
		if want[id] == nil {
			wrong = append(wrong, fmt.Sprintf("the %s %s of %s is there, and was not created or was deleted: %+v", kind, id, c.name, *g))
		}
	}
	return wrong
}
