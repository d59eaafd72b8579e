package dynamo

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func TestOwnerOf(t *testing.T) {
	acme, _ := tenant.ParseID("acme")
	for _, test := range []struct {
		partition, sort string
		want            Owner
	}{
		{"TENANT#acme", "ROLE#NEWROLE", Owner{Tenant: acme, Role: "NEWROLE"}},
		{"TENANT#acme", "PSET#FS_RLASG", Owner{Tenant: acme, PermissionSet: "FS_RLASG"}},
		{"TENANT#acme", "CONFIG", Owner{Tenant: acme, Configuration: true}},
		{"TENANT#acme", "PSETROLES#FS_RLASG#", Owner{Tenant: acme}},
		{"TENANT#acme", "ROLENAME#new role", Owner{Tenant: acme}},
		{"TENANT#acme", "", Owner{Tenant: acme}},
	} {
		if got, err := OwnerOf(test.partition, test.sort); got != test.want || err != nil {
			t.Errorf("OwnerOf(%q, %q) = %+v, %v", test.partition, test.sort, got, err)
		}
	}
	for _, sort := range []string{"ROLE#", "ROLE#A B", "PSET#", "PSET#é"} {
		if got, err := OwnerOf("TENANT#acme", sort); err == nil || got != (Owner{Tenant: acme}) {
			t.Errorf("OwnerOf(%q) = %+v, %v", sort, got, err)
		}
	}
	for _, partition := range []string{"TENANT#Acme", "TENANT#", "acme", "", "TENANTS", "TOKEN#acme"} {
		if got, err := OwnerOf(partition, "ROLE#A"); err == nil {
			t.Errorf("OwnerOf(%q) = %+v", partition, got)
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
			{a == b && resource.Fold(name1) == resource.Fold(name2), roleNameKey(a, name1), roleNameKey(b, name2)},
			{a == b && id1 == id2, bucketKey(a, id1, id1), bucketKey(b, id2, id2)},
			{a == b && id1 == id2, userKey(a, id1), userKey(b, id2)},
			{a == b && resource.Fold(name1) == resource.Fold(name2), userNameKey(a, name1), userNameKey(b, name2)},
			{a == b && id1 == id2 && resource.Fold(name1) == resource.Fold(name2), tenantKey(a, userEmails(name1)+id1), tenantKey(b, userEmails(name2)+id2)},
			{a == b && id1 == id2 && name1 == name2, tenantKey(a, userExternalIDs(name1)+id1), tenantKey(b, userExternalIDs(name2)+id2)},
			{a == b && id1 == id2, tenantKey(a, holders(id1, time.UnixMilli(1))+id1), tenantKey(b, holders(id2, time.UnixMilli(1))+id2)},
			{false, tenantKey(a, holders(id1, time.UnixMilli(1))+id1), tenantKey(b, holders(id2, time.UnixMilli(2))+id2)},
			{false, userKey(a, id1), userNameKey(b, name2)},
			{false, userKey(a, id1), userCountKey(b, id2)},
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
		if got, err := OwnerOf(roleKey(a, id1).partition, roleKey(a, id1).sort); err != nil || got != (Owner{Tenant: a, Role: id1}) {
			t.Errorf("OwnerOf(%q) = %+v, %v", roleKey(a, id1), got, err)
		}
		if set, first := bucketOwner(bucketKey(a, id1, id2).sort); set != id1 || first != id2 {
			t.Errorf("bucketOwner = %q, %q", set, first)
		}
	})
}
