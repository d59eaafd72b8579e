package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Configuration implements tenant.ConfigurationStore at 2 read units.
func (s *Store) Configuration(ctx context.Context, t tenant.ID) (tenant.Configuration, error) {
	configKey, issuerKey := tenantKey(t, configKey), tenantKey(t, issuerKey)
	found, err := s.batchGet(ctx, []key{configKey, issuerKey}, true)
	if err != nil {
		return tenant.Configuration{}, fmt.Errorf("read configuration: %w", err)
	}
	if found[configKey] == nil {
		return tenant.Configuration{}, fmt.Errorf("%w: %s", tenant.ErrUnknown, t)
	}
	return decodeConfiguration(found[configKey], found[issuerKey])
}

// Configure implements tenant.ConfigurationStore. The sets themselves say, too,
// which of them is configured, so that a write that rests on it fails.
func (s *Store) Configure(ctx context.Context, t tenant.ID, by audit.Actor, change func(tenant.Configuration) (tenant.Configuration, error)) (tenant.Configuration, error) {
	var result tenant.Configuration
	err := optimistically(ctx, func() error {
		old, err := s.Configuration(ctx, t)
		if err != nil {
			return err
		}
		wanted, err := change(old)
		if err != nil {
			return err
		}
		wanted.Created = old.Created
		wanted.InactiveSince = s.inactiveSince(old, wanted.State)
		attributes := changedConfiguration(old, wanted)
		if result = wanted; len(attributes) == 0 {
			return nil
		}
		if old.State == tenant.Deleting {
			return tenant.ErrDeleting
		}
		tx := s.newTransaction()
		tx.changeConfiguration(t, old, wanted)
		tx.record(t, audit.Record{
			Actor: by, Operation: audit.Update, ResourceType: "Tenant", ResourceID: t.String(), Attributes: attributes, Time: s.now(),
		})
		return s.commit(ctx, tx)
	})
	if err != nil {
		return tenant.Configuration{}, err
	}
	return result, nil
}

// inactiveSince is when a tenant that is to have this state has been, or is,
// taken out of use.
func (s *Store) inactiveSince(old tenant.Configuration, state tenant.State) time.Time {
	switch {
	case state == tenant.Active:
		return time.Time{}
	case old.State == tenant.Active:
		return s.now()
	default:
		return old.InactiveSince
	}
}

// changeConfiguration writes what differs. It fails if the configuration is not
// what it was.
func (tx *transaction) changeConfiguration(t tenant.ID, old, wanted tenant.Configuration) {
	unchanged := condition{
		"#" + ConfiguredSet + " = :set AND #state = :state AND #limits = :limits", []string{ConfiguredSet, "state", "limits"},
		item{":set": text(old.ConfiguredPermissionSet), ":state": text(string(old.State)), ":limits": text(old.Limits.String())},
	}
	tx.update(tenantKey(t, configKey), item{
		ConfiguredSet: text(wanted.ConfiguredPermissionSet), "state": text(string(wanted.State)), "limits": text(wanted.Limits.String()),
		"inactiveSince": momentOrNone(wanted.InactiveSince),
	}, nil, unchanged, errStale)
	if before, after := old.ConfiguredPermissionSet, wanted.ConfiguredPermissionSet; before != after {
		tx.update(setKey(t, after), item{"configured": boolean(true)}, nil, present, resource.ErrNotFound)
		tx.update(setKey(t, before), item{"configured": boolean(false)}, nil, present, errStale)
	}
	if !reflect.DeepEqual(old.Issuer, wanted.Issuer) {
		tx.changeIssuer(t, old.Issuer, wanted.Issuer)
	}
}

// changeIssuer replaces a tenant's issuer, and the way to the tenant from what its
// JWTs say.
func (tx *transaction) changeIssuer(t tenant.ID, old, wanted *tenant.Issuer) {
	var before, after key
	unchanged := absent
	if old != nil {
		before, unchanged = issuerHashKey(old.URL, old.Audience), equal("issuer", encodeIssuer(*old))
	}
	if wanted != nil {
		after = issuerHashKey(wanted.URL, wanted.Audience)
		it := tenantKey(t, issuerKey).attributes()
		it["issuer"] = encodeIssuer(*wanted)
		tx.put(it, unchanged, errStale)
	} else {
		tx.delete(tenantKey(t, issuerKey), unchanged, errStale)
	}
	if before == after {
		return
	}
	if old != nil {
		tx.delete(before, equal("tenant", text(t.String())), errStale)
	}
	if wanted != nil {
		it := after.attributes()
		it["tenant"] = text(t.String())
		tx.put(it, absent, tenant.ErrIssuerTaken)
	}
}

// TenantOfIssuer implements auth.TokenStore at 0.5 read units.
func (s *Store) TenantOfIssuer(ctx context.Context, issuer, audience string) (tenant.ID, error) {
	it, err := s.get(ctx, issuerHashKey(issuer, audience), false)
	if err != nil {
		return tenant.ID{}, fmt.Errorf("read issuer: %w", err)
	}
	if it == nil {
		return tenant.ID{}, resource.ErrNotFound
	}
	return tenant.ParseID(it.text("tenant"))
}

// changedConfiguration names the attributes in which two configurations differ.
func changedConfiguration(a, b tenant.Configuration) []string {
	var names []string
	if a.ConfiguredPermissionSet != b.ConfiguredPermissionSet {
		names = append(names, ConfiguredSet)
	}
	if a.State != b.State {
		names = append(names, "state")
	}
	if a.Limits != b.Limits {
		names = append(names, "limits")
	}
	if !reflect.DeepEqual(a.Issuer, b.Issuer) {
		names = append(names, "issuer")
	}
	return names
}

// encodeIssuer writes an issuer as JSON: DynamoDB need not look into it. Maps are
// written in the order of their keys, so equal issuers are equal texts.
func encodeIssuer(i tenant.Issuer) types.AttributeValue {
	encoded, _ := json.Marshal(i) // strings only: cannot fail
	return text(string(encoded))
}

// notDeleting is true of the configuration of a tenant that may still change.
var notDeleting = condition{
	"attribute_exists(#pk) AND #state <> :deleting", []string{partitionKey, "state"}, item{":deleting": text(string(tenant.Deleting))},
}

func stateOf(it item) tenant.State { return tenant.State(it.text("state")) }

func encodeConfiguration(t tenant.ID, c tenant.Configuration) item {
	it := tenantKey(t, configKey).attributes()
	it[ConfiguredSet] = text(c.ConfiguredPermissionSet)
	it["state"] = text(string(c.State))
	it["limits"] = text(c.Limits.String())
	it["created"] = moment(c.Created)
	it["inactiveSince"] = momentOrNone(c.InactiveSince)
	return it
}

func decodeConfiguration(it, issuer item) (tenant.Configuration, error) {
	limits, err := tenant.ParseLimits(it.text("limits"))
	if err != nil {
		return tenant.Configuration{}, fmt.Errorf("read configuration: %w", err)
	}
	c := tenant.Configuration{
		ConfiguredPermissionSet: it.text(ConfiguredSet), State: stateOf(it), Limits: limits, Created: it.time("created"),
	}
	if it.number("inactiveSince") != 0 {
		c.InactiveSince = it.time("inactiveSince")
	}
	if issuer == nil {
		return c, nil
	}
	c.Issuer = &tenant.Issuer{}
	if err := json.Unmarshal([]byte(issuer.text("issuer")), c.Issuer); err != nil {
		return tenant.Configuration{}, fmt.Errorf("read issuer: %w", err)
	}
	return c, nil
}
