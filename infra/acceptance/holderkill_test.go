package acceptance_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// TestTakingKilled deletes a role that 5,000 users hold, and kills the function that
// takes it from them again and again in the middle.
func TestTakingKilled(t *testing.T) {
	const holders, blows = 5000, 5
	a := newAssassin("take-deleted-roles", blows, 60)
	s := startWith(t, stack.Options{OnCall: a.onCall})
	if a := s.call(t, "POST", "/scim/acme/v2/Roles", "dev-acme-admin", `{"id":"HELD","name":"Held"}`); a.status != 201 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	one := s.holder(t, "HELD", "RL_CONFIG")
	start := time.Now()
	s.withoutStream(t, func() { s.clone(t, one, holders) })
	t.Logf("%d holders in %s", holders, time.Since(start).Round(time.Millisecond))
	before := s.items(t, "USER#")

	start = time.Now()
	a.watch(s)
	if a := s.call(t, "DELETE", "/scim/acme/v2/Roles/HELD", "dev-acme-admin", ""); a.status != 204 {
		t.Fatalf("delete: %d %s", a.status, a.body)
	}
	if err := errors.Join(s.Drain(t.Context()), s.WaitIdle(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Logf("taken in %s", time.Since(start).Round(time.Millisecond))
	select {
	case <-a.done:
	default:
		t.Errorf("of %d blows, %d are left", blows, a.left)
	}
	after := s.items(t, "USER#")
	if len(after) != len(before) {
		t.Errorf("%d users of %d are left", len(after), len(before))
	}
	for sort, was := range before {
		if want, is := withoutRole(was, "HELD", after[sort]), after[sort]; !reflect.DeepEqual(is, want) {
			t.Fatalf("%s is\n%s\nand was\n%s", sort, written(is), written(was))
		}
	}
	for role, want := range map[string]int{"HELD": 0, "RL_CONFIG": holders + 1} {
		ways := s.items(t, "HOLDER#"+role+"#")
		maps.DeleteFunc(ways, func(sort string, _ map[string]types.AttributeValue) bool { return !strings.Contains(sort, holderID) })
		if len(ways) != want {
			t.Errorf("%d ways lead from %s to holders, want %d", len(ways), role, want)
		}
	}
	var report struct{ DeletedRoles, Drift, Failures []json.RawMessage }
	s.invoke(t, "reconcile-tenant", `{"all":true}`, &report)
	if len(report.DeletedRoles)+len(report.Drift)+len(report.Failures) > 0 {
		t.Errorf("reconciliation found %s, %s, failures %s", report.DeletedRoles, report.Drift, report.Failures)
	}
	if parked, err := s.ParkedRecords(); len(parked) > 0 || err != nil {
		t.Errorf("parked: %v, %v", parked, err)
	}
}

// holderID is how the ids of the test's holders begin.
const holderID = "5eed0000"

// holder makes a user of acme who holds roles, and returns its items: those of its
// own and the ways from the roles to it.
func (s service) holder(t *testing.T, roles ...string) []map[string]types.AttributeValue {
	t.Helper()
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	u := user.User{ID: holderID + strings.Repeat("0", 24), UserName: "held", DisplayName: "Barbara Jensen", Active: true, Emails: []user.Value{{Value: "b@example.com", Type: "work", Primary: true}}}
	for _, id := range roles {
		r, err := s.store().Role(t.Context(), acme, id)
		if err != nil {
			t.Fatal(err)
		}
		u.Roles = append(u.Roles, user.Role{ID: id, Created: r.Created, Type: "of " + id})
	}
	if _, err := s.store().CreateUser(t.Context(), acme, audit.Actor{}, u); err != nil {
		t.Fatal(err)
	}
	s.drain(t)
	items := []map[string]types.AttributeValue{s.item(t, "USER#"+u.ID)}
	for sort, way := range s.items(t, "HOLDER#") {
		if strings.HasSuffix(sort, "#"+u.ID) {
			items = append(items, way)
		}
	}
	return items
}

// clone writes items so many times more, under other ids.
func (s service) clone(t *testing.T, items []map[string]types.AttributeValue, times int) {
	t.Helper()
	var requests []types.WriteRequest
	for i := range times {
		for _, it := range items {
			copied := maps.Clone(it)
			sort := textOf(it["sk"])
			copied["sk"] = &types.AttributeValueMemberS{Value: fmt.Sprintf("%s%024x", sort[:len(sort)-24], i+1)}
			requests = append(requests, types.WriteRequest{PutRequest: &types.PutRequest{Item: copied}})
		}
	}
	for batch := range slices.Chunk(requests, 25) {
		if _, err := s.Client().BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{s.Template().Tables[0].Name: batch}}); err != nil {
			t.Fatal(err)
		}
	}
}

// withoutStream switches the table's stream off meanwhile: the engine takes the
// longer for a write the more records there are.
func (s service) withoutStream(t *testing.T, do func()) {
	t.Helper()
	table := s.Template().Tables[0]
	set := func(stream *types.StreamSpecification) {
		if _, err := s.Client().UpdateTable(t.Context(), &dynamodb.UpdateTableInput{TableName: &table.Name, StreamSpecification: stream}); err != nil {
			t.Fatal(err)
		}
	}
	set(&types.StreamSpecification{StreamEnabled: aws.Bool(false)})
	do()
	set(table.Create.StreamSpecification)
}

// items reads acme's items whose sort keys begin so.
func (s service) items(t *testing.T, prefix string) map[string]map[string]types.AttributeValue {
	t.Helper()
	items := map[string]map[string]types.AttributeValue{}
	in := &dynamodb.QueryInput{
		TableName: &s.Template().Tables[0].Name, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk AND begins_with(sk, :prefix)"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}, ":prefix": &types.AttributeValueMemberS{Value: prefix}},
	}
	for {
		out, err := s.Client().Query(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range out.Items {
			items[textOf(it["sk"])] = it
		}
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return items
		}
	}
}

// withoutRole is a user's item once a role is taken, at the time that now tells: if
// it held the role, one version later.
func withoutRole(it map[string]types.AttributeValue, role string, now map[string]types.AttributeValue) map[string]types.AttributeValue {
	roles, _ := it["roles"].(*types.AttributeValueMemberM)
	if roles == nil || roles.Value[role] == nil {
		return it
	}
	taken := maps.Clone(it)
	left := maps.Clone(roles.Value)
	delete(left, role)
	taken["roles"] = &types.AttributeValueMemberM{Value: left}
	taken["version"] = &types.AttributeValueMemberN{Value: "2"}
	if cmp.Compare(numberOf(now["lastModified"]), numberOf(it["lastModified"])) > 0 {
		taken["lastModified"] = now["lastModified"]
	}
	return taken
}

func textOf(value types.AttributeValue) string {
	s, _ := value.(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

func numberOf(value types.AttributeValue) string {
	n, _ := value.(*types.AttributeValueMemberN)
	if n == nil {
		return ""
	}
	return n.Value
}

func written(it map[string]types.AttributeValue) string {
	text, err := json.Marshal(it)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
