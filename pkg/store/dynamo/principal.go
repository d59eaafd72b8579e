package dynamo

import (
	"context"
	"fmt"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/tenant"
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
		principals[i] = auth.Principal{ID: it.text(sortKey)[len(principalPrefix):], Roles: sorted(it.texts("roles"))}
	}
	return principals, more, nil
}

func encodePrincipal(t tenant.ID, p auth.Principal) item {
	it := principalKey(t, p.ID).attributes()
	it.setTexts("roles", p.Roles)
	return it
}
