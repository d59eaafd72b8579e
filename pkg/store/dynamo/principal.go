package dynamo

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// Principals implements auth.PrincipalStore. It reads the page's own bytes.
func (s *Store) Principals(ctx context.Context, t tenant.ID, behind string, limit int) ([]auth.Principal, bool, error) {
	in := prefixed(partition(t), principalPrefix)
	if behind != "" {
		in.from += behind + "\x00"
	}
	items, more, err := s.page(ctx, in, limit)
	if err != nil {
		return nil, false, fmt.Errorf("read principals: %w", err)
	}
	principals := make([]auth.Principal, len(items))
	for i, it := range items {
		principals[i] = auth.Principal{ID: it.text(sortKey)[len(principalPrefix):], Roles: slices.Sorted(maps.Keys(it.object("roles")))}
	}
	return principals, more, nil
}

// encodePrincipal writes a principal that holds these roles.
func encodePrincipal(t tenant.ID, id string, roles []user.Role) item {
	it := principalKey(t, id).attributes()
	it.setObject("roles", encodeHeldRoles(roles))
	return it
}

// rolesToHold returns roles as they are held. One that does not exist is a
// *resource.ValueError.
func (s *Store) rolesToHold(ctx context.Context, t tenant.ID, ids []string) ([]user.Role, error) {
	known, err := s.RolesByID(ctx, t, ids)
	if err != nil {
		return nil, err
	}
	held := make([]user.Role, len(ids))
	for i, id := range ids {
		r, exists := known[id]
		if !exists {
			return nil, &resource.ValueError{Attribute: "roles", Problem: resource.UnknownRole, Detail: fmt.Sprintf("There is no role %s: name only roles that exist.", id)}
		}
		held[i] = user.Role{ID: id, Created: r.Created}
	}
	return held, nil
}
