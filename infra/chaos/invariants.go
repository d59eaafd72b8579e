package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/rolecall/rolecall/pkg/resource"
)

// checkSets: the configured set names each role that is to be a member, and no set
// names one that there is not.
func (s *state) checkSets() (wrong []string) {
	for id, set := range s.sets {
		for code, named := range set.items() {
			for _, role := range named {
				if s.roles[role] == nil {
					wrong = append(wrong, fmt.Sprintf("%s names under %s the role %s, which does not exist", id, code, role))
				} else if r := s.roles[role]; id == configuredSet && !r.UpdatePermissionSet && !r.Extension.BuiltIn {
					wrong = append(wrong, fmt.Sprintf("%s names under %s the role %s, which has no updatePermissionSet", id, code, role))
				}
			}
		}
	}
	configured := s.sets[configuredSet]
	if configured == nil || configured.items()["M_U_ROLES"] == nil {
		return append(wrong, "the configured set is not there or takes no roles")
	}
	for code, named := range configured.items() {
		for id, role := range s.roles {
			if role.UpdatePermissionSet && !slices.Contains(named, id) {
				wrong = append(wrong, fmt.Sprintf("%s does not name under %s the role %s", configuredSet, code, id))
			}
		}
	}
	return wrong
}

// checkRoles: no role grants a set that there is not.
func (s *state) checkRoles() (wrong []string) {
	for id, role := range s.roles {
		for _, set := range role.Extension.PermissionSets.ids() {
			if s.sets[set] == nil {
				wrong = append(wrong, fmt.Sprintf("the role %s grants the set %s, which does not exist", id, set))
			}
		}
	}
	return wrong
}

// checkUsers: no user holds a role that there is not.
func (s *state) checkUsers() (wrong []string) {
	for id, user := range s.users {
		for _, role := range user.Roles.ids() {
			if s.roles[role] == nil {
				wrong = append(wrong, fmt.Sprintf("the user %s holds the role %s, which does not exist", id, role))
			}
		}
	}
	return wrong
}

// checkNames: no two roles and no two users have the same name.
func (s *state) checkNames() (wrong []string) {
	names := map[string]string{}
	note := func(kind, name, id string) {
		key := kind + resource.Fold(name)
		if other := names[key]; other != "" {
			wrong = append(wrong, fmt.Sprintf("the %s %s and %s have the name %q", kind, other, id, name))
		}
		names[key] = id
	}
	for id, role := range s.roles {
		note("roles", role.Name, id)
	}
	for id, user := range s.users {
		note("users", user.UserName, id)
	}
	return wrong
}

// checkLists: totals are right, the other surface lists the same, and the index finds
// who holds a role.
func (s *state) checkLists() (wrong []string, err error) {
	c := s.clients[0]
	for path, want := range map[string]int{"/Roles": len(s.roles), "/PermissionSets": len(s.sets), "/Users": len(s.users)} {
		var list struct{ TotalResults int }
		if err := c.insist(&operation{name: "count", method: http.MethodGet, on: standardSurface, path: path + "?" + url.Values{"count": {"0"}}.Encode()}, &list); err != nil {
			return nil, err
		}
		all, err := walk[struct{ ID string }](c, standardSurface, path, "")
		if err != nil {
			return nil, err
		}
		if list.TotalResults != want || len(all) != want {
			wrong = append(wrong, fmt.Sprintf("%s has %d resources, and is counted as %d; on the standard surface it has %d", path, want, list.TotalResults, len(all)))
		}
	}
	holders := map[string][]string{}
	for id, user := range s.users {
		for _, role := range user.Roles.ids() {
			holders[role] = append(holders[role], id)
		}
	}
	for id := range s.roles {
		found, err := walk[struct{ ID string }](c, tenantSurface, "/Users", fmt.Sprintf("roles.value eq %q", id))
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, one := range found {
			ids = append(ids, one.ID)
		}
		slices.Sort(ids)
		if want := slices.Sorted(slices.Values(holders[id])); !slices.Equal(ids, want) {
			wrong = append(wrong, fmt.Sprintf("the role %s is held by %v, and the index finds %v", id, want, ids))
		}
	}
	return wrong, nil
}

// checkStored: what users hold, as it is stored, exists: clients are not shown the
// rest.
func (r *run) checkStored(ctx context.Context, s *state) (wrong []string, err error) {
	store := r.store()
	for in, more := (resource.Span{}), true; more; {
		users, some, err := store.Users(ctx, s.id, in, 100)
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			in = in.Behind(u.ID)
			for _, held := range u.Roles {
				role, err := store.RolesByID(ctx, s.id, []string{held.ID})
				if err != nil {
					return nil, err
				}
				if now, exists := role[held.ID]; !exists || !now.Created.Equal(held.Created) {
					wrong = append(wrong, fmt.Sprintf("of the user %s the deleted role %s of %s is stored", u.ID, held.ID, held.Created))
				}
			}
		}
		more = some
	}
	return wrong, nil
}
