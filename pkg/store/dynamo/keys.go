package dynamo

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Everything of a tenant lies under the partition key TENANT#<id>, so that an
// IAM condition on dynamodb:LeadingKeys is an equality. Elsewhere lie only the
// ways to a tenant, the list of tenants and the counts of their requests, which
// functions may write that may write nothing of a tenant.
//
//	TENANT#<tenant>  CONFIG                      configuration and cursor keys
//	                 ROLE#<id>                   role
//	                 ROLENAME#<folded name>      holds a role's name
//	                 PSET#<id>                   permission set, without roles
//	                 PSETROLES#<id>#<first>      roles that a set names, from <first> on
//	                 PRINCIPAL#<id>              principal and the roles it holds
//	                 TOKEN#<token id>            token, for listing and revoking
//	                 USER#<id>                   user and the roles it holds
//	                 USERNAME#<folded name>      holds a user's userName
//	                 USEREMAIL#<hash>#<id>       way from an email address to a user
//	                 USEREXTERNALID#<hash>#<id>  way from an externalId to a user
//	                 USERCOUNT#<beginning>       how many users' ids begin so
//	                 HOLDER#<role>#<created>#<id> way from a role to a user who holds it
//	                 CLIENT#<client id>          client that gets tokens, and its secrets' hashes
//	                 ISSUER                      whose JWTs the tenant accepts
//	                 AUDIT#<time>-<random>       audit record
//	TOKEN#<hash>     TOKEN                       token, for authenticating
//	ISSUER#<hash>    ISSUER                      tenant that accepts an issuer's JWTs for an audience
//	TENANTS          <tenant>                    says that the tenant exists
//	RATE#<tenant>    <start>#<seconds>           requests in one window of time
//
// Codes, ids and hashes hold no '#', so no two keys of these forms can be the
// same.
const (
	partitionKey = "pk"
	sortKey      = "sk"

	tenantPrefix     = "TENANT#"
	tenantsPartition = "TENANTS"
	ratePrefix       = "RATE#"
	tokenHashPrefix  = "TOKEN#"

	configKey          = "CONFIG"
	tokenKey           = "TOKEN"
	issuerKey          = "ISSUER"
	clientPrefix       = "CLIENT#"
	rolePrefix         = "ROLE#"
	roleNamePrefix     = "ROLENAME#"
	setPrefix          = "PSET#"
	setRolesPrefix     = "PSETROLES#"
	principalPrefix    = "PRINCIPAL#"
	userPrefix         = "USER#"
	userNamePrefix     = "USERNAME#"
	userEmailPrefix    = "USEREMAIL#"
	userExternalPrefix = "USEREXTERNALID#"
	userCountPrefix    = "USERCOUNT#"
	holderPrefix       = "HOLDER#"
	tenantTokenPrefix  = "TOKEN#"
	auditPrefix        = "AUDIT#"
)

// key is the primary key of one item.
type key struct{ partition, sort string }

func (k key) attributes() item {
	return item{partitionKey: text(k.partition), sortKey: text(k.sort)}
}

func keyOf(it item) key {
	return key{it.text(partitionKey), it.text(sortKey)}
}

func partition(t tenant.ID) string { return tenantPrefix + t.String() }

func tenantKey(t tenant.ID, sort string) key { return key{partition(t), sort} }

func tenantEntryKey(t tenant.ID) key { return key{tenantsPartition, t.String()} }

func roleKey(t tenant.ID, id string) key { return tenantKey(t, rolePrefix+id) }

// Owner is what a primary key tells of an item.
type Owner struct {
	Tenant        tenant.ID
	Role          string // id, of a role's item
	PermissionSet string // id, of a permission set's header
	Configuration bool   // of the tenant's configuration
}

// OwnerOf reads a primary key. It tells nothing but the tenant of items that
// are none of these, and fails for keys outside of any tenant. Of a key that
// names no possible role or set it tells the tenant, too, and fails.
func OwnerOf(partition, sort string) (Owner, error) {
	name, inTenant := strings.CutPrefix(partition, tenantPrefix)
	t, err := tenant.ParseID(name)
	if !inTenant || err != nil {
		return Owner{}, errors.New("the partition key is not a tenant's")
	}
	owner := Owner{Tenant: t, Configuration: sort == configKey}
	if id, ok := strings.CutPrefix(sort, rolePrefix); ok {
		owner.Role, err = id, resource.CheckCode("role id", id)
	}
	if id, ok := strings.CutPrefix(sort, setPrefix); ok {
		owner.PermissionSet, err = id, resource.CheckCode("permission set id", id)
	}
	if err != nil {
		return Owner{Tenant: t}, fmt.Errorf("the sort key names no role or set: %w", err)
	}
	return owner, nil
}

func roleNameKey(t tenant.ID, name string) key {
	return tenantKey(t, roleNamePrefix+nameKey(resource.Fold(name)))
}

// nameKey fits a folded name into DynamoDB's 1,024 bytes of sort key: a longer
// one keeps its beginning, for ranges, and a hash of the whole. A name that
// is not cut never gets as long as one that is.
func nameKey(folded string) string {
	const most = 900
	if len(folded) <= most {
		return folded
	}
	hash := sha256.Sum256([]byte(folded))
	return beginning(folded, most) + "#" + base64.RawURLEncoding.EncodeToString(hash[:])
}

// beginning returns at most so many bytes of text, in whole characters.
func beginning(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}

func setKey(t tenant.ID, id string) key { return tenantKey(t, setPrefix+id) }

func bucketKey(t tenant.ID, set, first string) key {
	return tenantKey(t, setRolesPrefix+set+"#"+first)
}

// bucketOwner takes a bucket's sort key apart.
func bucketOwner(sort string) (set, first string) {
	set, first, _ = strings.Cut(strings.TrimPrefix(sort, setRolesPrefix), "#")
	return set, first
}

func principalKey(t tenant.ID, id string) key { return tenantKey(t, principalPrefix+id) }

func userKey(t tenant.ID, id string) key { return tenantKey(t, userPrefix+id) }

func userNameKey(t tenant.ID, userName string) key {
	return tenantKey(t, userNamePrefix+nameKey(resource.Fold(userName)))
}

// userEmails is where the ways from an email address to users begin.
func userEmails(address string) string {
	return userEmailPrefix + valueHash(resource.Fold(address)) + "#"
}

// userExternalIDs is where the ways from an externalId to users begin.
func userExternalIDs(externalID string) string {
	return userExternalPrefix + valueHash(externalID) + "#"
}

// valueHash stands in keys for a value of any length and characters.
func valueHash(value string) string {
	hash := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// holders is where the ways from a role to its holders begin. Those of a role
// that was deleted, and of another one that got its id, lie apart.
func holders(role string, created time.Time) string {
	return fmt.Sprintf("%s%s#%015d#", holderPrefix, role, created.UnixMilli())
}

// userCountKey is that of the count of the users whose ids begin like this one.
// Ids are random, so the counts are about the same, and few writers meet at one.
func userCountKey(t tenant.ID, id string) key {
	const beginning = 2 // hexadecimal digits
	return tenantKey(t, userCountPrefix+id[:min(beginning, len(id))])
}

func tenantTokenKey(t tenant.ID, id string) key { return tenantKey(t, tenantTokenPrefix+id) }

func clientKey(t tenant.ID, id string) key { return tenantKey(t, clientPrefix+id) }

// issuerHashKey leads from what a JWT says of its issuer and audience to the
// tenant. Both are of any length.
func issuerHashKey(issuer, audience string) key {
	hash := sha256.Sum256([]byte(strconv.Itoa(len(issuer)) + ":" + issuer + audience))
	return key{"ISSUER#" + hex.EncodeToString(hash[:]), issuerKey}
}

func tokenHashKey(hash auth.TokenHash) key { return key{tokenHashPrefix + hash.String(), tokenKey} }

func auditKey(t tenant.ID, id string) key { return tenantKey(t, auditPrefix+id) }
