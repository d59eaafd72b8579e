package dynamo_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// TestRecheck: a write of a set that cannot check every role it rests on asks for
// a recheck, and every other write takes that back.
func TestRecheck(t *testing.T) {
	t.Parallel()
	client, table := enginetest.Table(t)
	store := dynamo.New(client, table, time.Now)
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := onboard.Onboard(t.Context(), store, acme, actor, time.Now()); err != nil {
		t.Fatal(err)
	}
	var many []string
	for i := range 120 {
		id := fmt.Sprintf("R%03d", i)
		many = append(many, id)
		if _, err := store.CreateRole(t.Context(), acme, actor, role.Role{ID: id, Name: id}); err != nil {
			t.Fatal(err)
		}
	}
	limited := func(code permission.Code, roles ...string) permission.Item {
		return permission.Item{Permission: code, Limited: true, Roles: roles}
	}
	create := func(id string, items ...permission.Item) error {
		_, err := store.CreatePermissionSet(t.Context(), acme, actor, permission.Set{ID: id, Name: id, Items: items})
		return err
	}
	put := func(id string, items ...permission.Item) error {
		_, err := store.UpdatePermissionSet(t.Context(), acme, actor, id, changing(func(set *permission.Set) { set.Items = items }))
		return err
	}
	for _, step := range []struct {
		name, set string
		write     func(string, ...permission.Item) error
		items     []permission.Item
		want      string
	}{
		{"created with few roles", "FS_FEW", create, []permission.Item{limited(permission.ChangeRole, many[:50]...)}, ""},
		{"created with many roles", "FS_MANY", create, []permission.Item{limited(permission.ChangeRole, many...)}, "all"},
		{"few roles change", "FS_MANY", put, []permission.Item{limited(permission.ChangeRole, many[:100]...)}, ""},
		{"many roles change", "FS_MANY", put, []permission.Item{limited(permission.DeleteRole, many...)}, "all"},
		{"an item that takes roles, of a set that is not configured", "FS_FEW", put, []permission.Item{limited(permission.ReadRole)}, ""},
		{"fewer items that take roles", "FS_RLASG", put, []permission.Item{limited(permission.AssignRole)}, ""},
		{"another item that takes roles", "FS_RLASG", put, []permission.Item{limited(permission.AssignRole), limited(permission.ReadRole)}, "all"},
		{"an item that takes none", "FS_RLASG", put, []permission.Item{limited(permission.AssignRole), limited(permission.ReadRole), limited(permission.ChangeRole)}, ""},
	} {
		if err := step.write(step.set, step.items...); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &table, ConsistentRead: aws.Bool(true), Key: map[string]types.AttributeValue{
			"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}, "sk": &types.AttributeValueMemberS{Value: "PSET#" + step.set},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := out.Item[dynamo.Recheck].(*types.AttributeValueMemberS); got == nil || got.Value != step.want {
			t.Errorf("%s: recheck is %v, want %q", step.name, out.Item[dynamo.Recheck], step.want)
		}
	}
}
