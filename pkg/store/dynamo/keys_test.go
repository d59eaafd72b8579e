package dynamo

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func TestRoleOfKey(t *testing.T) {
	for _, test := range []struct {
		partition, sort string
		ok              bool
	}{
		{"TENANT#acme", "ROLE#NEWROLE", true},
		{"TENANT#acme", "ROLENAME#new role", false},
		{"TENANT#acme", "ROLE#", false},
		{"TENANT#acme", "ROLE#A B", false},
		{"TENANT#acme", "CONFIG", false},
		{"TENANT#Acme", "ROLE#A", false},
		{"TENANT#", "ROLE#A", false},
		{"acme", "ROLE#A", false},
		{"", "", false},
	} {
		if _, _, ok := RoleOfKey(test.partition, test.sort); ok != test.ok {
			t.Errorf("RoleOfKey(%q, %q) = %t", test.partition, test.sort, ok)
		}
	}
}

// FuzzKeys proves that different names and ids never share a key, and that
// every key fits DynamoDB.
func FuzzKeys(f *testing.F) {
	f.Add("acme", "NEWROLE", "New Role", "acme-eu", "NEWROLE2", "new role ")
	f.Add("a", "A", strings.Repeat("\u0390", 256), "a", "A", strings.Repeat("\u0390", 255))
	f.Add("a", "A", strings.Repeat("x", 900), "a", "A", strings.Repeat("x", 901))
	f.Fuzz(func(t *testing.T, tenant1, id1, name1, tenant2, id2, name2 string) {
		a, errA := tenant.ParseID(tenant1)
		b, errB := tenant.ParseID(tenant2)
		if errA != nil || errB != nil || resource.CheckCode("id", id1) != nil || resource.CheckCode("id", id2) != nil || !utf8.ValidString(name1) || !utf8.ValidString(name2) {
			return
		}
		for _, pair := range []struct {
			same bool
			x, y key
		}{
			{a == b && id1 == id2, roleKey(a, id1), roleKey(b, id2)},
			{a == b && id1 == id2, setKey(a, id1), setKey(b, id2)},
			{a == b && id1 == id2, principalKey(a, id1), principalKey(b, id2)},
			{a == b && role.FoldName(name1) == role.FoldName(name2), roleNameKey(a, name1), roleNameKey(b, name2)},
			{a == b && id1 == id2, bucketKey(a, id1, id1), bucketKey(b, id2, id2)},
			{false, roleKey(a, id1), roleNameKey(b, name2)},
			{false, setKey(a, id1), bucketKey(b, id2, id2)},
			{false, setKey(a, id1), bucketKey(b, id2, "")},
		} {
			if (pair.x == pair.y) != pair.same {
				t.Errorf("keys %q and %q", pair.x, pair.y)
			}
			if len(pair.x.sort) > 1024 || len(pair.x.partition) > 2048 || !utf8.ValidString(pair.x.sort) {
				t.Errorf("key %q is not possible", pair.x)
			}
		}
		if got, id, ok := RoleOfKey(roleKey(a, id1).partition, roleKey(a, id1).sort); !ok || got != a || id != id1 {
			t.Errorf("RoleOfKey(%q) = %v, %q, %t", roleKey(a, id1), got, id, ok)
		}
		if set, first := bucketOwner(bucketKey(a, id1, id2).sort); set != id1 || first != id2 {
			t.Errorf("bucketOwner = %q, %q", set, first)
		}
	})
}
