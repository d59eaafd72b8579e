package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func (s *set) names(role string) bool {
	for _, ids := range s.items {
		if slices.Contains(ids, role) {
			return true
		}
	}
	return false
}

func (s *set) body() object {
	items := []object{}
	for _, code := range ids(s.items) {
		items = append(items, object{"id": code, "parameter": strings.Join(s.items[code], "|")})
	}
	return object{"schemas": []string{setURN}, "name": s.name, "permissionSetItems": items}
}

// setBody is a permission set as clients see it.
type setBody struct {
	ID, Name           string
	Meta               meta
	PermissionSetItems []struct {
		ID        string
		Parameter *string
	}
}

// items are the roles that a set names, by permission.
func (s *setBody) items() map[string][]string {
	items := map[string][]string{}
	for _, i := range s.PermissionSetItems {
		if i.Parameter != nil {
			items[i.ID] = slices.DeleteFunc(strings.Split(*i.Parameter, "|"), func(id string) bool { return id == "" })
		}
	}
	return items
}

func (c *client) checkSet(id string, a *answer) error {
	return compare(a, func(got *setBody) error { return c.compareSet(id, got, false) })
}

// compareSet compares a set with the model. Until the stream is drained, the set may
// still name roles that were deleted.
func (c *client) compareSet(id string, got *setBody, drained bool) error {
	want, items := c.sets[id], got.items()
	wrong := got.ID != id || got.Name != want.name || !c.versionsOfSet(want).holds(got.Meta.version()) ||
		!slices.Equal(slices.Sorted(maps.Keys(items)), ids(want.items))
	for code, said := range want.items {
		live := c.live(said)
		for _, role := range items[code] {
			wrong = wrong || !slices.Contains(said, role) || drained && !slices.Contains(live, role)
		}
		for _, role := range live {
			wrong = wrong || !slices.Contains(items[code], role)
		}
	}
	if wrong {
		return fmt.Errorf("and is %q %v at %d, not %+v of which the roles %v are deleted", got.Name, items, got.Meta.version(), *want, c.gone(want))
	}
	return nil
}
