package dynamo

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Everything of a tenant lies under the partition key TENANT#<id>, so that an
// IAM condition on dynamodb:LeadingKeys is an equality. Only the way from a
// token to its tenant lies elsewhere, under TOKEN#<hash>.
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
//
// Codes hold no '#', so no two keys of these forms can be the same.
const (
	partitionKey = "pk"
	sortKey      = "sk"

	tenantPrefix = "TENANT#"

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

func roleKey(t tenant.ID, id string) key { return tenantKey(t, rolePrefix+id) }

// RoleOfKey returns the role that a primary key belongs to, if it is a role's.
func RoleOfKey(partition, sort string) (t tenant.ID, id string, ok bool) {
	name, inTenant := strings.CutPrefix(partition, tenantPrefix)
	id, isRole := strings.CutPrefix(sort, rolePrefix)
	t, err := tenant.ParseID(name)
	if !inTenant || !isRole || err != nil || resource.CheckCode("id", id) != nil {
		return tenant.ID{}, "", false
	}
	return t, id, true
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
