package dynamo

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
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
	return decodeToken(t, it), nil
}

// NoteUse implements auth.TokenStore at 2 write units. A token that has been
// revoked in between stays so.
func (s *Store) NoteUse(ctx context.Context, hash auth.TokenHash, day string) error {
	tx := s.newTransaction()
	tx.update(tokenHashKey(hash), item{"lastUsed": text(day)}, nil, present, resource.ErrNotFound)
	if err := s.commit(ctx, tx); !errors.Is(err, resource.ErrNotFound) {
		return err
	}
	return nil
}

// CreateToken stores a token with its principal's roles, together with the audit
// record. An existing principal gets these roles in place of its own, whatever
// roles have the ids then: it is for tests and local databases.
func (s *Store) CreateToken(ctx context.Context, by audit.Actor, p auth.Principal, token auth.Token, hash auth.TokenHash) error {
	tx := s.newTransaction()
	held := make([]user.Role, len(p.Roles))
	for i, id := range p.Roles {
		held[i].ID = id
	}
	tx.put(encodePrincipal(token.Tenant, p.ID, held), condition{}, nil)
	putToken(tx, token, hash)
	tx.record(token.Tenant, s.tokenCreated(by, token))
	return s.commit(ctx, tx)
}

// IssueToken implements auth.TokenKeeper.
func (s *Store) IssueToken(ctx context.Context, by audit.Actor, token auth.Token, hash auth.TokenHash, roles []string) error {
	return optimistically(ctx, func() error {
		tx := s.newTransaction()
		if err := s.claimToken(ctx, tx, token, roles); err != nil {
			return err
		}
		putToken(tx, token, hash)
		tx.record(token.Tenant, s.tokenCreated(by, token))
		return s.commit(ctx, tx)
	})
}

func (s *Store) tokenCreated(by audit.Actor, token auth.Token) audit.Record {
	return audit.Record{
		Actor: by, Operation: audit.Create, ResourceType: "Token", ResourceID: token.ID, VersionAfter: 1,
		Attributes: []string{"principal", "expires"}, Time: s.now(),
	}
}

// claimToken counts a new token on its principal, which it makes if it is not
// there. Of two that count at the same time, one has to count again.
func (s *Store) claimToken(ctx context.Context, tx *transaction, token auth.Token, roles []string) error {
	listed, err := s.liveTokens(ctx, token.Tenant)
	if err != nil {
		return err
	}
	others := slices.DeleteFunc(listed, func(it item) bool { return it.text("principal") != token.Principal })
	if len(others) >= auth.MaxTokens {
		return auth.ErrTokenLimit
	}
	return s.touchPrincipal(ctx, tx, token.Tenant, token.Principal, roles)
}

// touchPrincipal makes the principal if it is not there, and else makes the
// transaction fail if somebody else touches it at the same time. It makes it
// fail, too, if the tenant is deleted meanwhile, so that nothing is left behind.
// The roles of a user are not given here.
func (s *Store) touchPrincipal(ctx context.Context, tx *transaction, t tenant.ID, id string, roles []string) error {
	userID, isUser := auth.UserOf(id)
	if isUser && len(roles) > 0 {
		return &resource.ValueError{Attribute: "roles", Problem: resource.Unsupported, Detail: "Roles are given to users by the SCIM API: leave them out."}
	}
	configKey, principalKey := tenantKey(t, configKey), principalKey(t, id)
	found, err := s.batchGet(ctx, []key{configKey, principalKey}, true)
	if err != nil {
		return fmt.Errorf("read principal: %w", err)
	}
	switch configuration := found[configKey]; {
	case configuration == nil:
		return fmt.Errorf("%w: %s", tenant.ErrUnknown, t)
	case stateOf(configuration) == tenant.Deleting:
		return tenant.ErrDeleting
	}
	tx.check(configKey, notDeleting, errStale)
	if isUser {
		tx.check(userKey(t, userID), present, &resource.ValueError{Attribute: "principal", Problem: resource.Unsupported, Detail: fmt.Sprintf("There is no user %s.", userID)})
	}
	if it := found[principalKey]; it != nil {
		unchanged := condition{expression: "attribute_exists(#pk) AND attribute_not_exists(#touched)", names: []string{partitionKey, "touched"}}
		if touched := it["touched"]; touched != nil {
			unchanged = equal("touched", touched)
		}
		tx.update(principalKey, nil, map[string]int64{"touched": 1}, unchanged, errStale)
		return nil
	}
	if len(roles) == 0 && !isUser {
		return &resource.ValueError{Attribute: "roles", Problem: resource.Missing, Detail: fmt.Sprintf("There is no principal %s yet: say which roles it is to hold.", id)}
	}
	held, err := s.rolesToHold(ctx, t, roles)
	if err != nil {
		return err
	}
	tx.put(encodePrincipal(t, id, held), absent, errStale)
	return nil
}

// RotateToken implements auth.TokenKeeper.
func (s *Store) RotateToken(ctx context.Context, by audit.Actor, t tenant.ID, id string, until time.Time, replacement func(auth.Token) (auth.Token, auth.TokenHash)) (auth.Token, error) {
	var token auth.Token
	err := optimistically(ctx, func() error {
		old, oldHash, err := s.listedToken(ctx, t, id)
		if err != nil {
			return err
		}
		var hash auth.TokenHash
		token, hash = replacement(old)
		tx := s.newTransaction()
		if err := s.claimToken(ctx, tx, token, nil); err != nil {
			return err
		}
		putToken(tx, token, hash)
		if until.Before(old.Expires) {
			sooner := item{"expiresAt": moment(until), "expires": number(until.Unix())}
			tx.update(tokenHashKey(oldHash), sooner, nil, present, errStale)
			tx.update(tenantTokenKey(t, id), sooner, nil, present, errStale)
		}
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Update, ResourceType: "Token", ResourceID: id, VersionBefore: 1, VersionAfter: 1,
			Attributes: []string{"expires"}, Time: s.now(),
		})
		tx.record(t, s.tokenCreated(by, token))
		return s.commit(ctx, tx)
	})
	return token, err
}

// RevokeToken implements auth.TokenKeeper.
func (s *Store) RevokeToken(ctx context.Context, by audit.Actor, t tenant.ID, id string) error {
	return optimistically(ctx, func() error {
		_, hash, err := s.listedToken(ctx, t, id)
		if err != nil {
			return err
		}
		tx := s.newTransaction()
		tx.delete(tenantTokenKey(t, id), present, errStale)
		tx.delete(tokenHashKey(hash), condition{}, nil)
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Delete, ResourceType: "Token", ResourceID: id, VersionBefore: 1, Time: s.now(),
		})
		return s.commit(ctx, tx)
	})
}

// listedToken reads a token by its id, and under which hash it is found.
func (s *Store) listedToken(ctx context.Context, t tenant.ID, id string) (auth.Token, auth.TokenHash, error) {
	it, err := s.get(ctx, tenantTokenKey(t, id), true)
	if err != nil {
		return auth.Token{}, auth.TokenHash{}, fmt.Errorf("read token: %w", err)
	}
	token := decodeToken(t, it)
	if it == nil || !s.now().Before(token.Expires) {
		return auth.Token{}, auth.TokenHash{}, resource.ErrNotFound
	}
	hash, err := decodeTokenHash(it.text("hash"))
	return token, hash, err
}

// CountTokens implements auth.TokenKeeper. It reads the bytes of the tenant's
// tokens.
func (s *Store) CountTokens(ctx context.Context, t tenant.ID) (int, error) {
	listed, err := s.liveTokens(ctx, t)
	return len(listed), err
}

// Tokens implements auth.TokenKeeper. It reads the bytes of the tenant's tokens,
// and 0.5 read units for each to tell when it was used.
func (s *Store) Tokens(ctx context.Context, t tenant.ID) ([]auth.Token, error) {
	listed, err := s.liveTokens(ctx, t)
	if err != nil {
		return nil, err
	}
	keys := make([]key, len(listed))
	for i, it := range listed {
		hash, err := decodeTokenHash(it.text("hash"))
		if err != nil {
			return nil, err
		}
		keys[i] = tokenHashKey(hash)
	}
	byHash, err := s.batchGet(ctx, keys, false)
	if err != nil {
		return nil, fmt.Errorf("read use of tokens: %w", err)
	}
	tokens := make([]auth.Token, len(listed))
	for i, it := range listed {
		tokens[i] = decodeToken(t, it)
		tokens[i].LastUsed = byHash[keys[i]].text("lastUsed")
	}
	return tokens, nil
}

// liveTokens reads the items of the tokens that are listed and good.
func (s *Store) liveTokens(ctx context.Context, t tenant.ID) ([]item, error) {
	items, err := s.all(ctx, prefixed(partition(t), tenantTokenPrefix))
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	now := s.now()
	return slices.DeleteFunc(items, func(it item) bool { return !now.Before(it.time("expiresAt")) }), nil
}

// putToken stores a token twice: by its hash, to authenticate, and in its
// tenant, to be listed.
func putToken(tx *transaction, token auth.Token, hash auth.TokenHash) {
	byHash := encodeToken(tokenHashKey(hash), token)
	byHash["tenant"] = text(token.Tenant.String())
	tx.put(byHash, absent, resource.ErrIDTaken)
	listed := encodeToken(tenantTokenKey(token.Tenant, token.ID), token)
	listed["hash"] = text(hash.String())
	tx.put(listed, absent, resource.ErrIDTaken)
}

func encodeToken(k key, token auth.Token) item {
	it := k.attributes()
	it["tokenId"] = text(token.ID)
	it["principal"] = text(token.Principal)
	if token.Client != "" {
		it["client"] = text(token.Client)
	}
	it["created"] = moment(token.Created)
	it["expiresAt"] = moment(token.Expires)
	it["expires"] = number(token.Expires.Unix()) // DynamoDB's TTL, in seconds
	return it
}

func decodeToken(t tenant.ID, it item) auth.Token {
	return auth.Token{
		ID: it.text("tokenId"), Tenant: t, Principal: it.text("principal"), Client: it.text("client"),
		Created: it.time("created"), Expires: it.time("expiresAt"), LastUsed: it.text("lastUsed"),
	}
}

func decodeTokenHash(text string) (hash auth.TokenHash, err error) {
	bytes, err := hex.DecodeString(text)
	if err != nil || copy(hash[:], bytes) != len(hash) {
		return hash, errors.New("a token's hash cannot be read")
	}
	return hash, nil
}
