package dynamo

import (
	"context"
	"fmt"
	"slices"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// CreateClient implements auth.ClientStore.
func (s *Store) CreateClient(ctx context.Context, by audit.Actor, c auth.Client, roles []string) error {
	return optimistically(ctx, func() error {
		tx := s.newTransaction()
		if err := s.touchPrincipal(ctx, tx, c.Tenant, c.Principal, roles); err != nil {
			return err
		}
		tx.put(encodeClient(c), absent, resource.ErrIDTaken)
		tx.record(c.Tenant, audit.Record{
			Actor: by, Operation: audit.Create, ResourceType: "Client", ResourceID: c.ID, VersionAfter: 1,
			Attributes: []string{"name", "principal", "secrets"}, Time: s.now(),
		})
		return s.commit(ctx, tx)
	})
}

// UpdateClient implements auth.ClientStore.
func (s *Store) UpdateClient(ctx context.Context, by audit.Actor, t tenant.ID, id string, change func(auth.Client) (auth.Client, error)) (auth.Client, error) {
	var result auth.Client
	err := optimistically(ctx, func() error {
		it, err := s.clientItem(ctx, t, id)
		if err != nil {
			return err
		}
		old := decodeClient(t, it)
		changed, err := change(old)
		if err != nil {
			return err
		}
		var attributes []string
		if changed.Name != old.Name {
			attributes = append(attributes, "name")
		}
		if !slices.Equal(changed.Secrets, old.Secrets) {
			attributes = append(attributes, "secrets")
		}
		changed.ID, changed.Tenant, changed.Principal, changed.Created = old.ID, old.Tenant, old.Principal, old.Created
		if result = changed; len(attributes) == 0 {
			return nil
		}
		tx := s.newTransaction()
		tx.put(encodeClient(changed), equal("secrets", it["secrets"]), errStale)
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Update, ResourceType: "Client", ResourceID: id, VersionBefore: 1, VersionAfter: 1,
			Attributes: attributes, Time: s.now(),
		})
		return s.commit(ctx, tx)
	})
	return result, err
}

// DeleteClient implements auth.ClientStore.
func (s *Store) DeleteClient(ctx context.Context, by audit.Actor, t tenant.ID, id string) error {
	tx := s.newTransaction()
	tx.delete(clientKey(t, id), present, resource.ErrNotFound)
	tx.record(t, audit.Record{
		Actor: by, Operation: audit.Delete, ResourceType: "Client", ResourceID: id, VersionBefore: 1, Time: s.now(),
	})
	return s.commit(ctx, tx)
}

// Client implements auth.ClientStore at 1 read unit.
func (s *Store) Client(ctx context.Context, t tenant.ID, id string) (auth.Client, error) {
	it, err := s.clientItem(ctx, t, id)
	if err != nil {
		return auth.Client{}, err
	}
	return decodeClient(t, it), nil
}

// ClientExists implements auth.TokenStore at 1 read unit.
func (s *Store) ClientExists(ctx context.Context, t tenant.ID, id string) (bool, error) {
	it, err := s.get(ctx, clientKey(t, id), true)
	return it != nil, err
}

func (s *Store) clientItem(ctx context.Context, t tenant.ID, id string) (item, error) {
	it, err := s.get(ctx, clientKey(t, id), true)
	if err != nil {
		return nil, fmt.Errorf("read client: %w", err)
	}
	if it == nil {
		return nil, resource.ErrNotFound
	}
	return it, nil
}

// Clients implements auth.ClientStore.
func (s *Store) Clients(ctx context.Context, t tenant.ID) ([]auth.Client, error) {
	items, err := s.all(ctx, prefixed(partition(t), clientPrefix))
	if err != nil {
		return nil, fmt.Errorf("read clients: %w", err)
	}
	clients := make([]auth.Client, len(items))
	for i, it := range items {
		clients[i] = decodeClient(t, it)
	}
	return clients, nil
}

// CountClients implements auth.ClientStore. It reads the bytes of all clients.
func (s *Store) CountClients(ctx context.Context, t tenant.ID) (int, error) {
	return s.count(ctx, prefixed(partition(t), clientPrefix))
}

// GrantToken implements auth.ClientStore. The token is found by its hash only: its
// short life is all there is to list or revoke.
func (s *Store) GrantToken(ctx context.Context, by audit.Actor, token auth.Token, hash auth.TokenHash) error {
	it := encodeToken(tokenHashKey(hash), token)
	it["tenant"] = text(token.Tenant.String())
	tx := s.newTransaction()
	tx.put(it, absent, resource.ErrIDTaken)
	tx.record(token.Tenant, audit.Record{
		Actor: by, Operation: audit.Create, ResourceType: "Token", ResourceID: token.ID, VersionAfter: 1,
		Attributes: []string{"client", "expires", "principal"}, Time: s.now(),
	})
	return s.commit(ctx, tx)
}

func encodeClient(c auth.Client) item {
	it := clientKey(c.Tenant, c.ID).attributes()
	it["name"] = text(c.Name)
	it["principal"] = text(c.Principal)
	it["created"] = moment(c.Created)
	secrets := make([]item, len(c.Secrets))
	for i, secret := range c.Secrets {
		secrets[i] = item{"hash": text(secret.Hash.String()), "created": moment(secret.Created)}
	}
	it["secrets"] = list(secrets)
	return it
}

func decodeClient(t tenant.ID, it item) auth.Client {
	c := auth.Client{
		ID: it.text(sortKey)[len(clientPrefix):], Tenant: t, Name: it.text("name"), Principal: it.text("principal"), Created: it.time("created"),
	}
	for _, element := range it.list("secrets") {
		if hash, err := decodeTokenHash(element.text("hash")); err == nil { // never a hash that could be guessed
			c.Secrets = append(c.Secrets, auth.ClientSecret{Hash: hash, Created: element.time("created")})
		}
	}
	return c
}
