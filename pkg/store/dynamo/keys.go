package dynamo

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Everything of a tenant lies under the partition key TENANT#<id>, so that an
// IAM condition on dynamodb:LeadingKeys is an equality. Elsewhere lie only the
// way from a token to its tenant and the list of tenants.
//
//	TENANT#<tenant>  CONFIG                      configuration and cursor keys
//	                 ROLE#<id>                   role
//	                 ROLENAME#<folded name>      holds a role's name
//	                 PSET#<id>                   permission set, without roles
//	                 PSETROLES#<id>#<first>      roles that a set names, from <first> on
//	                 PRINCIPAL#<id>              principal and the roles it holds
//	                 TOKEN#<token id>            token, for listing and revoking
//	                 AUDIT#<time>#<random>       audit record
//	TOKEN#<hash>     TOKEN                       token, for authenticating
//	TENANTS          <tenant>                    says that the tenant exists
//
// Codes hold no '#', so no two keys of these forms can be the same.
const (
	partitionKey = "pk"
	sortKey      = "sk"

	tenantPrefix     = "TENANT#"
	tenantsPartition = "TENANTS"

	configKey         = "CONFIG"
	tokenKey          = "TOKEN"
	rolePrefix        = "ROLE#"
	roleNamePrefix    = "ROLENAME#"
	setPrefix         = "PSET#"
	setRolesPrefix    = "PSETROLES#"
	principalPrefix   = "PRINCIPAL#"
	tenantTokenPrefix = "TOKEN#"
	auditPrefix       = "AUDIT#"
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
	return tenantKey(t, roleNamePrefix+nameKey(role.FoldName(name)))
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

func tenantTokenKey(t tenant.ID, id string) key { return tenantKey(t, tenantTokenPrefix+id) }

func tokenHashKey(hash auth.TokenHash) key { return key{"TOKEN#" + hash.String(), tokenKey} }

func auditKey(t tenant.ID, at time.Time) key {
	var unique [6]byte
	rand.Read(unique[:])
	return tenantKey(t, auditPrefix+at.UTC().Format("2006-01-02T15:04:05.000Z")+"#"+base64.RawURLEncoding.EncodeToString(unique[:]))
}
