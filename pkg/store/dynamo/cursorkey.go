package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// cursorKeys is the attribute of a tenant's configuration that holds its cursor
// keys.
const cursorKeys = "cursorKeys"

// CursorKeys implements tenant.CursorKeyStore at 1 read unit.
func (s *Store) CursorKeys(ctx context.Context, t tenant.ID) ([]tenant.CursorKey, error) {
	it, err := s.configurationItem(ctx, t)
	if err != nil {
		return nil, err
	}
	return decodeCursorKeys(it), nil
}

// RotateCursorKeys implements tenant.CursorKeyStore. It writes nothing of the
// configuration but the keys, on the condition that they are still those that
// were read.
func (s *Store) RotateCursorKeys(ctx context.Context, t tenant.ID, by audit.Actor, added tenant.CursorKey) ([]tenant.CursorKey, error) {
	var keys []tenant.CursorKey
	err := optimistically(ctx, func() error {
		it, err := s.configurationItem(ctx, t)
		if err != nil {
			return err
		}
		if stateOf(it) == tenant.Deleting {
			return tenant.ErrDeleting
		}
		keys = tenant.AddCursorKey(decodeCursorKeys(it), added)
		unchanged := condition{"attribute_exists(#pk) AND attribute_not_exists(#" + cursorKeys + ")", []string{partitionKey, cursorKeys}, nil}
		if before := it[cursorKeys]; before != nil {
			unchanged = equal(cursorKeys, before)
		}
		tx := s.newTransaction()
		tx.update(tenantKey(t, configKey), item{cursorKeys: encodeCursorKeys(keys)}, nil, unchanged.and(notDeleting), errStale)
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Update, ResourceType: "Tenant", ResourceID: t.String(), Attributes: []string{cursorKeys}, Time: s.now(),
		})
		return s.commit(ctx, tx)
	})
	return keys, err
}

func encodeCursorKeys(keys []tenant.CursorKey) types.AttributeValue {
	items := make([]item, len(keys))
	for i, k := range keys {
		items[i] = item{"id": number(int64(k.ID)), "secret": &types.AttributeValueMemberB{Value: k.Secret[:]}, "created": moment(k.Created)}
	}
	return list(items)
}

func decodeCursorKeys(it item) []tenant.CursorKey {
	var keys []tenant.CursorKey
	for _, element := range it.list(cursorKeys) {
		k := tenant.CursorKey{ID: uint32(element.number("id")), Created: element.time("created")}
		secret, _ := element["secret"].(*types.AttributeValueMemberB)
		if secret == nil || copy(k.Secret[:], secret.Value) != len(k.Secret) {
			continue // never a key that could be guessed
		}
		keys = append(keys, k)
	}
	return keys
}
