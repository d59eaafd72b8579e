package dynamo

import (
	"encoding/base64"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// The roles that a permission set names are spread over buckets: items of a
// few KB, each holding the roles from its own first code up to the first code
// of the next bucket. The sort key is the index. The bucket of a role is the
// last one that does not begin behind it, found by reading one item; a whole
// set is a query that returns its roles in order.
//
// Buckets change only in transactions that also raise the revision of the
// set, so a revision belongs to exactly one content.
type bucket struct {
	set      string
	first    string // lower bound of its roles; "" in the set's first bucket
	revision int64  // of the set, when the bucket was last written; 0 if never
	roles    map[string]member
	dirty    bool // differs from what is stored
}

// member is how a set names a role: under which of its limited permissions, and
// under which of them because a client said so. The others follow from the
// role's updatePermissionSet.
type member struct {
	codes []permission.Code
	said  []permission.Code
	about incarnation // of the role that the client meant; "" when nothing is said
}

// incarnation tells a role from others that have had its id before it, well
// enough: what is said of one must not pass to the next.
type incarnation string

func incarnationOf(r *role.Role) incarnation {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], uint64(r.Created.UnixMilli()))
	return incarnation(base64.RawURLEncoding.EncodeToString(bytes[5:]))
}

// saidOf returns the permissions under which a client has named this very role.
func (m member) saidOf(r *role.Role) []permission.Code {
	if r == nil || m.about != incarnationOf(r) {
		return nil
	}
	return m.said
}

// memberOf names r under codes, of which a client has said some. Nothing is said
// of a role that does not exist.
func memberOf(r *role.Role, codes, said []permission.Code) member {
	m := member{codes: codes}
	if r == nil {
		return m
	}
	for _, code := range said {
		if slices.Contains(codes, code) {
			m.said, m.about = append(m.said, code), incarnationOf(r)
		}
	}
	return m
}

// maxBucketBytes keeps a transaction that writes one bucket, or splits it in
// two, within the write units of a role change. A write is charged for the
// larger of the item before and after, so a bucket fits two units.
const maxBucketBytes = 2000

// encodeBucket groups the roles by their permissions, of which there are few
// combinations, so that a role costs little more than its code. A role of which
// something is said stands as <code>#<incarnation>.
func encodeBucket(t tenant.ID, b *bucket) item {
	byGroup := map[group][]string{}
	for _, id := range slices.Sorted(maps.Keys(b.roles)) {
		m := b.roles[id]
		if m.about != "" {
			id += "#" + string(m.about)
		}
		byGroup[m.group()] = append(byGroup[m.group()], id)
	}
	var groups []item
	for g, roles := range byGroup {
		it := item{}
		it.setTexts("permissions", strings.Fields(g.codes))
		it.setTexts("said", strings.Fields(g.said))
		it.setTexts("roles", roles)
		groups = append(groups, it)
	}
	it := bucketKey(t, b.set, b.first).attributes()
	it["revision"] = number(b.revision)
	it["groups"] = list(groups)
	return it
}

func decodeBucket(it item) *bucket {
	b := &bucket{revision: it.number("revision"), roles: map[string]member{}}
	b.set, b.first = bucketOwner(it.text(sortKey))
	for _, group := range it.list("groups") {
		codes, said := codesOf(group.texts("permissions")), codesOf(group.texts("said"))
		for _, text := range group.texts("roles") {
			id, about, _ := strings.Cut(text, "#")
			b.roles[id] = member{codes, said, incarnation(about)}
		}
	}
	return b
}

func codesOf(texts []string) []permission.Code {
	var codes []permission.Code
	for _, text := range sorted(texts) {
		codes = append(codes, permission.Code(text))
	}
	return codes
}

// group is what the roles of a group have in common: codes, sorted, separated
// by spaces.
type group struct{ codes, said string }

func (m member) group() group { return group{joinCodes(m.codes), joinCodes(m.said)} }

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
	if b.pieces() == 1 {
		return []*bucket{b}
	}
	ids := slices.Sorted(maps.Keys(b.roles))
	total := 0
	for _, id := range ids {
		total += len(id)
	}
	pieces := b.pieces()
	piece := &bucket{set: b.set, first: b.first, revision: b.revision, roles: map[string]member{}}
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

// pieces is how many buckets split returns, at most.
func (b *bucket) pieces() int {
	const roomy = maxBucketBytes * 3 / 4
	if b.size() <= maxBucketBytes {
		return 1
	}
	return (b.size() + roomy - 1) / roomy
}

// size estimates the bytes of b's item, a little too high.
func (b *bucket) size() int {
	const overhead = 200 // keys, attribute names, version
	size := overhead
	groups := map[group]bool{}
	for id, m := range b.roles {
		size += len(id)
		if m.about != "" {
			size += len("#") + len(m.about)
		}
		groups[m.group()] = true
	}
	for g := range groups {
		size += len(g.codes) + len(g.said) + 55
	}
	return size
}

// bucketsFor spreads the roles of a new set, all of which are said, over
// buckets.
func bucketsFor(set permission.Set, roles map[string]*role.Role) []*bucket {
	b := emptyBucket(set.ID)
	for id, codes := range codesByRole(set.Items) {
		b.roles[id] = memberOf(roles[id], codes, codes)
	}
	buckets := b.split()
	for _, piece := range buckets {
		piece.revision = firstRevision(set.Created)
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
	case len(m.codes) == 0 && !named, named && before.group() == m.group() && before.about == m.about:
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
