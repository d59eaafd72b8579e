package acceptance_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// testHolders: a deleted role is taken from its holders by the stream, and where
// the stream missed it, by a reconciliation or a redrive.
func testHolders(t *testing.T, s service) {
	const user = "USER#" + holderID + "000000000000000000000000"
	if a := s.call(t, "POST", "/scim/acme/v2/Roles", "dev-acme-admin", `{"id":"HELD","name":"Held"}`); a.status != 201 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	s.holder(t, "HELD", "RL_CONFIG")
	s.put(t, map[string]types.AttributeValue{}, s.wayFrom(t, "HELD")+"nobody")
	if a := s.call(t, "DELETE", "/scim/acme/v2/Roles/HELD", "dev-acme-admin", ""); a.status != 204 {
		t.Fatalf("delete: %d %s", a.status, a.body)
	}
	s.drain(t)
	s.wantHolds(t, user, "RL_CONFIG", 2)

	s.makeHeldGhost(t, user)
	for _, step := range []struct {
		request string
		deleted []string
		version int
	}{
		{`{"tenant":"acme","dryRun":true}`, []string{"GHOST 0"}, 2},
		{`{"tenant":"globex"}`, nil, 2},
		{`{"tenant":"acme"}`, []string{"GHOST 1"}, 3},
		{`{"all":true}`, nil, 3},
	} {
		var report struct {
			Complete     bool
			DeletedRoles []struct {
				Role  string
				Users int
			}
		}
		s.invoke(t, "reconcile-tenant", step.request, &report)
		var deleted []string
		for _, d := range report.DeletedRoles {
			deleted = append(deleted, fmt.Sprint(d.Role, " ", d.Users))
		}
		if !report.Complete || !slices.Equal(deleted, step.deleted) {
			t.Errorf("%s: %+v, want %v", step.request, report, step.deleted)
		}
		if step.version > 2 {
			s.wantHolds(t, user, "RL_CONFIG", step.version)
		}
	}

	s.makeHeldGhost(t, user)
	if _, err := s.Queue("ParkedRecords").Send(`{"reason":"it was tried","tenant":"acme","role":"GHOST","sequenceNumber":"1"}`); err != nil {
		t.Fatal(err)
	}
	var redriven struct {
		Removed      int
		DeletedRoles []struct{ Role string }
	}
	s.invoke(t, "redrive-parked-records", `{}`, &redriven)
	if redriven.Removed != 1 || len(redriven.DeletedRoles) != 1 || redriven.DeletedRoles[0].Role != "GHOST" {
		t.Errorf("redriven: %+v", redriven)
	}
	s.wantHolds(t, user, "RL_CONFIG", 4)
}

// wayFrom is where the ways from a role to its holders begin.
func (s service) wayFrom(t *testing.T, role string) string {
	t.Helper()
	for sort := range s.items(t, "HOLDER#"+role+"#") {
		return sort[:len("HOLDER#"+role+"#000001795345496144#")]
	}
	t.Fatalf("nobody holds %s", role)
	return ""
}

// makeHeldGhost makes a user hold a role that does not exist, behind the service's
// back.
func (s service) makeHeldGhost(t *testing.T, sort string) {
	t.Helper()
	it := s.item(t, sort)
	roles, _ := it["roles"].(*types.AttributeValueMemberM)
	if roles == nil {
		t.Fatalf("user %s", written(it))
	}
	roles.Value["GHOST"] = &types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"created": &types.AttributeValueMemberN{Value: "1795345496144"}}}
	s.put(t, it, sort)
	s.put(t, map[string]types.AttributeValue{}, "HOLDER#GHOST#001795345496144#"+sort[len("USER#"):])
}

func (s service) put(t *testing.T, it map[string]types.AttributeValue, sort string) {
	t.Helper()
	it["pk"], it["sk"] = &types.AttributeValueMemberS{Value: "TENANT#acme"}, &types.AttributeValueMemberS{Value: sort}
	if _, err := s.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &s.Template().Tables[0].Name, Item: it}); err != nil {
		t.Fatal(err)
	}
}

// wantHolds wants a user at a version to hold one role, and no ways but the one from
// it to lead to a holder.
func (s service) wantHolds(t *testing.T, sort, role string, version int) {
	t.Helper()
	it := s.item(t, sort)
	roles, _ := it["roles"].(*types.AttributeValueMemberM)
	if roles == nil || len(roles.Value) != 1 || roles.Value[role] == nil || numberOf(it["version"]) != fmt.Sprint(version) {
		t.Errorf("user %s, want version %d and only %s", written(it), version, role)
	}
	for _, gone := range []string{"HELD", "GHOST"} {
		if ways := s.items(t, "HOLDER#"+gone+"#"); len(ways) > 0 {
			t.Errorf("ways from %s: %d", gone, len(ways))
		}
	}
}
