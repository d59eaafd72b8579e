package acceptance_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/rolecall/rolecall/infra/local/engine"
)

// testUpkeep: drift is found and repaired, what was parked is taken up, and deleted
// roles are taken from users.
func testUpkeep(t *testing.T, s service) {
	if a := s.call(t, "POST", "/scim/acme/v2/Roles", "dev-acme-admin", `{"id":"DRIFTING","name":"Drifting"}`); a.status != 201 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	if a := s.call(t, "POST", "/scim/acme/v2/PermissionSets", "dev-acme-admin", `{"id":"FS_DRIFT","name":"Drift","permissionSetItems":[{"id":"M_ROLE","parameter":"DRIFTING"}]}`); a.status != 201 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	s.drain(t)
	t.Run("reconcile", func(t *testing.T) { testReconcile(t, s) })
	t.Run("redrive", func(t *testing.T) { testRedrive(t, s) })
	t.Run("recheck", func(t *testing.T) { testRecheck(t, s) })
	t.Run("holders", func(t *testing.T) { testHolders(t, s) })
	for _, path := range []string{"/PermissionSets/FS_DRIFT", "/Roles/DRIFTING"} {
		if a := s.call(t, "DELETE", "/scim/acme/v2"+path, "dev-acme-admin", ""); a.status != 204 {
			t.Errorf("delete %s: %d %s", path, a.status, a.body)
		}
	}
}

func testReconcile(t *testing.T, s service) {
	s.makeDrift(t)
	for _, step := range []struct {
		request string
		drift   []string
	}{
		{`{"tenant":"acme","dryRun":true}`, []string{"FS_DRIFT GHOST", "FS_RLASG DRIFTING"}},
		{`{"tenant":"globex"}`, nil},
		{`{"tenant":"acme"}`, []string{"FS_DRIFT GHOST", "FS_RLASG DRIFTING"}},
		{`{"all":true}`, nil},
	} {
		var report struct {
			Complete bool
			Drift    []struct{ PermissionSet, Role string }
		}
		s.invoke(t, "reconcile-tenant", step.request, &report)
		var drift []string
		for _, d := range report.Drift {
			drift = append(drift, d.PermissionSet+" "+d.Role)
		}
		slices.Sort(drift)
		if !report.Complete || !slices.Equal(drift, step.drift) {
			t.Errorf("%s: %+v, want %v", step.request, report, step.drift)
		}
	}
	s.wantNoDrift(t)

	// The first tenant takes more than a second, since drift has to last for two.
	s.makeDrift(t)
	var report struct{ Complete bool }
	s.invoke(t, "reconcile-tenant", `{"all":true,"seconds":1}`, &report)
	if report.Complete {
		t.Error("nothing was handed on")
	}
	if err := s.WaitIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.wantNoDrift(t)
}

// testRedrive parks drift in both ways, and once where the records are gone.
func testRedrive(t *testing.T, s service) {
	type report struct {
		Removed  int
		Tenants  []string
		All      bool
		Failures []json.RawMessage
	}
	var left report
	s.invoke(t, "redrive-parked-records", `{}`, &left) // what the tests before have parked
	if len(left.Failures) > 0 || left.Removed == 0 {
		t.Errorf("first redrive: %+v", left)
	}
	for _, test := range []struct {
		name, body string
		all        bool
	}{
		{"parked by the function", `{"reason":"it was tried","tenant":"acme","role":"DRIFTING","sequenceNumber":"1"}`, false},
		{"parked by the event source", s.parkedBatch(t, "ROLE#DRIFTING"), false},
		{"the records are gone", strings.Replace(s.parkedBatch(t, "ROLE#DRIFTING"), "shardId-", "shardId-000", 1), true},
		{"neither", `what is this`, true},
	} {
		s.makeDrift(t)
		if _, err := s.Queue("ParkedRecords").Send(test.body); err != nil {
			t.Fatal(err)
		}
		var done report
		s.invoke(t, "redrive-parked-records", `{}`, &done)
		if err := s.WaitIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		if done.Removed != 1 || done.All != test.all || len(done.Failures) > 0 || !test.all && !slices.Equal(done.Tenants, []string{"acme"}) {
			t.Errorf("%s: %+v", test.name, done)
		}
		if parked, err := s.ParkedRecords(); len(parked) > 0 || err != nil {
			t.Errorf("%s: still parked: %v, %v", test.name, parked, err)
		}
		s.wantNoDrift(t)
	}
}

// testRecheck: a set that names more roles than one transaction can check is
// looked at by the stream.
func testRecheck(t *testing.T, s service) {
	var ids []string
	for i := range 120 {
		id := fmt.Sprintf("RECHECK%03d", i)
		ids = append(ids, id)
		if a := s.call(t, "POST", "/scim/acme/v2/Roles", "dev-acme-admin", fmt.Sprintf(`{"id":%q,"name":%q}`, id, id)); a.status != 201 {
			t.Fatalf("create: %d %s", a.status, a.body)
		}
	}
	s.drain(t)
	body := fmt.Sprintf(`{"permissionSetItems":[{"id":"M_ROLE","parameter":%q}]}`, strings.Join(ids, "|"))
	if a := s.call(t, "PUT", "/scim/acme/v2/PermissionSets/FS_DRIFT", "dev-acme-admin", body); a.status != 200 {
		t.Fatalf("replace: %d %s", a.status, a.body)
	}
	header := s.item(t, "PSET#FS_DRIFT")
	if recheck, _ := header["recheck"].(*types.AttributeValueMemberS); recheck == nil || recheck.Value != "all" {
		t.Errorf("the set asks for no recheck: %v", header)
	}
	for _, id := range ids {
		if a := s.call(t, "DELETE", "/scim/acme/v2/Roles/"+id, "dev-acme-admin", ""); a.status != 204 {
			t.Fatalf("delete: %d %s", a.status, a.body)
		}
	}
	s.drain(t)
	if a := s.call(t, "GET", "/scim/acme/v2/PermissionSets/FS_DRIFT", "dev-acme-admin", ""); !strings.Contains(string(a.body), `"parameter":""`) {
		t.Errorf("the set still names deleted roles: %s", a.body)
	}
}

// makeDrift makes FS_DRIFT name a role that does not exist, and FS_RLASG miss one,
// behind the service's back.
func (s service) makeDrift(t *testing.T) {
	t.Helper()
	if a := s.call(t, "PUT", "/scim/acme/v2/PermissionSets/FS_DRIFT", "dev-acme-admin", `{"permissionSetItems":[{"id":"M_ROLE","parameter":"DRIFTING"}]}`); a.status != 200 {
		t.Fatalf("replace: %d %s", a.status, a.body)
	}
	s.rename(t, "PSETROLES#FS_DRIFT#", "DRIFTING", "GHOST")
	s.rename(t, "PSETROLES#FS_RLASG#", "DRIFTING", "")
}

// rename replaces a role's id in a bucket, or takes it out.
func (s service) rename(t *testing.T, sort, from, to string) {
	t.Helper()
	bucket := s.item(t, sort)
	groups, ok := bucket["groups"].(*types.AttributeValueMemberL)
	if !ok {
		t.Fatalf("bucket %s: %v", sort, bucket)
	}
	for i, group := range groups.Value {
		roles := group.(*types.AttributeValueMemberM).Value["roles"].(*types.AttributeValueMemberSS)
		roles.Value = slices.DeleteFunc(roles.Value, func(id string) bool { return strings.HasPrefix(id, from) })
		if to != "" {
			roles.Value = append(roles.Value, to)
		}
		if len(roles.Value) == 0 {
			groups.Value = slices.Delete(groups.Value, i, i+1)
			break
		}
	}
	if _, err := s.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &s.Template().Tables[0].Name, Item: bucket}); err != nil {
		t.Fatal(err)
	}
}

func (s service) item(t *testing.T, sort string) map[string]types.AttributeValue {
	t.Helper()
	out, err := s.Client().GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: &s.Template().Tables[0].Name, ConsistentRead: aws.Bool(true),
		Key: map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}, "sk": &types.AttributeValueMemberS{Value: sort}},
	})
	if err != nil || out.Item == nil {
		t.Fatalf("item %s: %v, %v", sort, out, err)
	}
	return out.Item
}

// wantNoDrift: acme's sets are as makeDrift found them, without GHOST.
func (s service) wantNoDrift(t *testing.T) {
	t.Helper()
	if members := s.members(t, "R_ROLE"); !slices.Contains(members, "DRIFTING") {
		t.Errorf("R_ROLE names %v", members)
	}
	if a := s.call(t, "GET", "/scim/acme/v2/PermissionSets/FS_DRIFT", "dev-acme-admin", ""); strings.Contains(string(a.body), "GHOST") {
		t.Errorf("FS_DRIFT is %s", a.body)
	}
}

func (s service) invoke(t *testing.T, function, event string, answer any) {
	t.Helper()
	result, err := s.Invoke(t.Context(), function, []byte(event))
	if err != nil || result.FunctionError != "" {
		t.Fatalf("%s %s: %v %s %s", function, event, err, result.FunctionError, result.Payload)
	}
	if err := json.Unmarshal(result.Payload, answer); err != nil {
		t.Fatalf("%s: %v", result.Payload, err)
	}
}

// parkedBatch is what the event source would park of the stream's latest record of
// one of acme's items.
func (s service) parkedBatch(t *testing.T, sort string) string {
	t.Helper()
	client := engine.NewStreamsClient(s.EngineEndpoint())
	list, err := client.ListStreams(t.Context(), &dynamodbstreams.ListStreamsInput{})
	if err != nil || len(list.Streams) != 1 {
		t.Fatalf("streams %v, %v", list, err)
	}
	arn := list.Streams[0].StreamArn
	described, err := client.DescribeStream(t.Context(), &dynamodbstreams.DescribeStreamInput{StreamArn: arn})
	if err != nil {
		t.Fatal(err)
	}
	found := ""
	for _, shard := range described.StreamDescription.Shards {
		iterator, err := client.GetShardIterator(t.Context(), &dynamodbstreams.GetShardIteratorInput{StreamArn: arn, ShardId: shard.ShardId, ShardIteratorType: streamtypes.ShardIteratorTypeTrimHorizon})
		if err != nil {
			t.Fatal(err)
		}
		for next := iterator.ShardIterator; next != nil; {
			page, err := client.GetRecords(t.Context(), &dynamodbstreams.GetRecordsInput{ShardIterator: next})
			if err != nil {
				t.Fatal(err)
			}
			if len(page.Records) == 0 {
				break
			}
			for _, record := range page.Records {
				if key, _ := record.Dynamodb.Keys["sk"].(*streamtypes.AttributeValueMemberS); key != nil && key.Value == sort {
					found = fmt.Sprintf(`{"DDBStreamBatchInfo":{"shardId":%q,"startSequenceNumber":%q,"endSequenceNumber":%q,"batchSize":1,"streamArn":%q}}`,
						*shard.ShardId, *record.Dynamodb.SequenceNumber, *record.Dynamodb.SequenceNumber, *arn)
				}
			}
			next = page.NextShardIterator
		}
	}
	if found == "" {
		t.Fatalf("no record of %s", sort)
	}
	return found
}
