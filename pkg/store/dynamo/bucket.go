package dynamo

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// The roles that a permission set names are spread over buckets: items of a
// few KB, each holding the roles from its own first code up to the first code
// of the next bucket. The sort key is the index. The bucket of a role is the
// last one that does not begin behind it, found by reading one item; a whole
// set is a query that returns its roles in order.
//
// Buckets change only in transactions that also raise the version of the
// set, so a version belongs to exactly one content.
type bucket struct {
	set     string
	first   string // lower bound of its roles; "" in the set's first bucket
	version int64  // of the set, when the bucket was last written; 0 if never
	roles   map[string]member
	dirty   bool // differs from what is stored
}

// member is how a set names a role: under which of its limited permissions, and
// whether a client said so. What no client said follows the role's
// updatePermissionSet.
type member struct {
	codes    []permission.Code
	explicit bool
}

// maxBucketBytes keeps a transaction that writes one bucket, or splits it in
// two, within the write units of a role change. A write is charged for the
// larger of the item before and after, so a bucket fits two units.
const maxBucketBytes = 2000

// encodeBucket groups the roles by their permissions, of which there are few
// combinations, so that a role costs little more than its code.
func encodeBucket(t tenant.ID, b *bucket) item {
	byGroup := map[group][]string{}
	for _, id := range slices.Sorted(maps.Keys(b.roles)) {
		g := b.roles[id].group()
		byGroup[g] = append(byGroup[g], id)
	}
	var groups []item
	for g, ids := range byGroup {
		it := item{
			"permissions": &types.AttributeValueMemberSS{Value: strings.Split(g.codes, " ")},
			"roles":       &types.AttributeValueMemberSS{Value: ids},
		}
		if g.explicit {
			it["explicit"] = boolean(true)
		}
		groups = append(groups, it)
	}
	it := bucketKey(t, b.set, b.first).attributes()
	it["version"] = number(b.version)
	it["groups"] = list(groups)
	return it
}

func decodeBucket(it item) *bucket {
	b := &bucket{version: it.number("version"), roles: map[string]member{}}
	b.set, b.first = bucketOwner(it.text(sortKey))
	for _, group := range it.list("groups") {
		var codes []permission.Code
		for _, code := range sorted(group.texts("permissions")) {
			codes = append(codes, permission.Code(code))
		}
		for _, id := range group.texts("roles") {
			b.roles[id] = member{codes, group.boolean("explicit")}
		}
	}
	return b
}

// group is what the roles of a group have in common.
type group struct {
	codes    string // sorted, separated by spaces
	explicit bool
}

func (m member) group() group { return group{joinCodes(m.codes), m.explicit} }

func joinCodes(codes []permission.Code) string {
	texts := make([]string, len(codes))
	for i, code := range codes {
		texts[i] = string(code)
	}
	slices.Sort(texts)
	return strings.Join(texts, " ")
}

// split returns the buckets that b's roles need: none when it has no roles, b
// itself while it is small enough, else pieces of even size with room to grow.
// The first piece keeps b's lower bound.
func (b *bucket) split() []*bucket {
	if len(b.roles) == 0 {
		return nil
	}
	if b.size() <= maxBucketBytes {
		return []*bucket{b}
	}
	ids := slices.Sorted(maps.Keys(b.roles))
	total := 0
	for _, id := range ids {
		total += len(id)
	}
	const roomy = maxBucketBytes * 3 / 4
	pieces := (b.size() + roomy - 1) / roomy
	piece := &bucket{set: b.set, first: b.first, version: b.version, roles: map[string]member{}}
	split := []*bucket{piece}
	bytes := 0
	for _, id := range ids {
		if bytes >= total/pieces && len(split) < pieces {
			piece = &bucket{set: b.set, first: id, roles: map[string]member{}}
			split = append(split, piece)
			bytes = 0
		}
		piece.roles[id] = b.roles[id]
		bytes += len(id)
	}
	return split
}

// size estimates the bytes of b's item, a little too high.
func (b *bucket) size() int {
	const overhead = 200 // keys, attribute names, version
	size := overhead
	groups := map[group]bool{}
	for id, m := range b.roles {
		size += len(id)
		groups[m.group()] = true
	}
	for g := range groups {
		size += len(g.codes) + 55
	}
	return size
}

// bucketsFor spreads the roles of a new set over buckets.
func bucketsFor(set permission.Set, explicit bool) []*bucket {
	b := emptyBucket(set.ID)
	for id, codes := range codesByRole(set.Items) {
		b.roles[id] = member{codes, explicit}
	}
	buckets := b.split()
	for _, piece := range buckets {
		piece.version = set.Version
	}
	return buckets
}

// codesByRole returns, for each role that items name, the permissions under
// which they do.
func codesByRole(items []permission.Item) map[string][]permission.Code {
	codes := map[string][]permission.Code{}
	for _, permissionItem := range items {
		for _, id := range permissionItem.Roles {
			codes[id] = append(codes[id], permissionItem.Permission)
		}
	}
	return codes
}

func emptyBucket(set string) *bucket {
	return &bucket{set: set, roles: map[string]member{}}
}

// name makes the bucket name the role like this, or not at all if there are no
// permissions, and reports whether that changed anything.
func (b *bucket) name(id string, m member) bool {
	before, named := b.roles[id]
	switch {
	case len(m.codes) == 0 && !named, named && before.group() == m.group():
		return false
	case len(m.codes) == 0:
		delete(b.roles, id)
	default:
		b.roles[id] = m
	}
	b.dirty = true
	return true
}

// sorted returns the values in byte order; DynamoDB keeps no order in sets.
func sorted(values []string) []string {
	slices.Sort(values)
	return values
}
