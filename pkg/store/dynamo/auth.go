package dynamo

import (
	"context"
	"fmt"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Token implements auth.TokenStore at 0.5 read units.
func (s *Store) Token(ctx context.Context, hash auth.TokenHash) (auth.Token, error) {
	it, err := s.get(ctx, tokenHashKey(hash), false)
	if err != nil {
		return auth.Token{}, fmt.Errorf("read token: %w", err)
	}
	if it == nil {
		return auth.Token{}, resource.ErrNotFound
	}
	t, err := tenant.ParseID(it.text("tenant"))
	if err != nil {
		return auth.Token{}, fmt.Errorf("read token: %w", err)
	}
	return auth.Token{
		ID: it.text("tokenId"), Tenant: t, Principal: it.text("principal"),
		Created: it.time("created"), Expires: it.time("expiresAt"),
	}, nil
}

// Principal implements auth.GrantStore at 1 read unit.
func (s *Store) Principal(ctx context.Context, t tenant.ID, id string) (auth.Principal, error) {
	it, err := s.get(ctx, principalKey(t, id), true)
	if err != nil {
		return auth.Principal{}, fmt.Errorf("read principal: %w", err)
	}
	if it == nil {
		return auth.Principal{}, resource.ErrNotFound
	}
	return auth.Principal{ID: id, Roles: sorted(it.texts("roles"))}, nil
}

// GrantedSets implements auth.GrantStore at 1 read unit for each role and 0.5
// for each set.
func (s *Store) GrantedSets(ctx context.Context, t tenant.ID, roles []string) ([]permission.Set, error) {
	found, err := s.rolesByID(ctx, t, roles)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range found {
		ids = append(ids, r.PermissionSets...)
	}
	headers, err := s.setHeaders(ctx, t, ids)
	if err != nil {
		return nil, err
	}
	sets := make([]permission.Set, len(headers))
	for i, header := range headers {
		sets[i] = header.Set
	}
	return sets, nil
}

// SetNames implements auth.GrantStore at 0.5 read units.
func (s *Store) SetNames(ctx context.Context, t tenant.ID, set permission.Set, code permission.Code, role string) (bool, error) {
	b, err := s.bucketFor(ctx, t, set.ID, role, false)
	if err != nil {
		return false, err
	}
	for _, c := range b.roles[role].codes {
		if c == code {
			return true, nil
		}
	}
	return false, nil
}

// CreateToken stores a token with its principal's roles, all or nothing. An
// existing principal gets these roles in place of its own.
func (s *Store) CreateToken(ctx context.Context, p auth.Principal, token auth.Token, hash auth.TokenHash) error {
	tx := s.newTransaction()
	tx.put(encodePrincipal(token.Tenant, p), condition{}, nil)
	putToken(tx, token, hash)
	return s.commit(ctx, tx)
}

// putToken stores a token twice: by its hash, to authenticate, and in its
// tenant, to be listed.
func putToken(tx *transaction, token auth.Token, hash auth.TokenHash) {
	byHash := tokenHashKey(hash).attributes()
	byHash["tenant"] = text(token.Tenant.String())
	listed := tenantTokenKey(token.Tenant, token.ID).attributes()
	listed["hash"] = text(hash.String())
	for _, it := range []item{byHash, listed} {
		it["tokenId"] = text(token.ID)
		it["principal"] = text(token.Principal)
		it["created"] = moment(token.Created)
		it["expiresAt"] = moment(token.Expires)
		it["expires"] = number(token.Expires.Unix()) // DynamoDB's TTL, in seconds
		tx.put(it, absent, resource.ErrIDTaken)
	}
}

func encodePrincipal(t tenant.ID, p auth.Principal) item {
	it := principalKey(t, p.ID).attributes()
	it.setTexts("roles", p.Roles)
	return it
}
