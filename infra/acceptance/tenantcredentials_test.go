package acceptance_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/infra/local/template"
	"github.com/rolecall/rolecall/pkg/lambdaenv/tenantaccess"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// TestTenantCredentials: with a session and processes for each tenant the service does
// what it does without, and IAM and Lambda themselves keep tenants apart.
func TestTenantCredentials(t *testing.T) {
	s := startWith(t, stack.Options{Parameters: map[string]string{"TenantCredentials": "session-tags", "TenantIsolation": "on"}})
	t.Run("main job", func(t *testing.T) { testMainJob(t, s) })
	t.Run("surfaces", func(t *testing.T) { testSurfaces(t, s) })
	for _, base := range []string{"/scim/acme/v2", "/scim/v2"} {
		t.Run("acme "+base, func(t *testing.T) { s.runOperations(t, base, "dev-acme-admin") })
	}
	for _, base := range []string{"/scim/globex/v2", "/scim/v2"} {
		t.Run("globex "+base, func(t *testing.T) { s.runOperations(t, base, "dev-globex-admin") })
	}
	t.Run("processes", func(t *testing.T) { testIsolatedProcesses(t, s) })
	t.Run("users", func(t *testing.T) { testUsers(t, s) })
	t.Run("throttle", func(t *testing.T) { testThrottle(t, s) })
	t.Run("actions", func(t *testing.T) { testSessionActions(t, s) })
	t.Run("refused", func(t *testing.T) { testRefusedByIAM(t, s) })
	t.Run("assume", func(t *testing.T) { testRefusedSessions(t, s) })
}

// runOperations calls each operation that a tenant's data is behind.
func (s service) runOperations(t *testing.T, base, token string) {
	t.Helper()
	const (
		schemas = `"schemas":["urn:hid:scim:api:idp:2.0:%s"],`
		patch   = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"name","value":%q}]}`
		search  = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"filter":"name sw \"Session\""}`
		bulk    = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[` +
			`{"method":"POST","path":"/Roles","bulkId":"r","data":{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"id":"BULKROLE","name":"Bulk"}},{"method":"DELETE","path":"/Roles/bulkId:r"}]}`
	)
	do := func(method, path, body string, status int) string {
		t.Helper()
		a := s.call(t, method, base+path, token, body)
		if a.status != status {
			t.Errorf("%s %s%s: %d %s, want %d", method, base, path, a.status, a.body, status)
		}
		var made struct{ ID string }
		if len(a.body) > 0 {
			a.decode(t, &made)
		}
		return made.ID
	}
	const limited = `,"permissionSetItems":[{"id":"R_ROLE","parameter":"RL_CONFIG"}]` // to a role that must be there
	for path, more := range map[string]string{"/Roles": "", "/PermissionSets": limited} {
		kind := strings.Trim(path, "/s")
		named := func(name string) string {
			return fmt.Sprintf(`{`+schemas+`"id":"SESSION","name":%q%s}`, kind, name, more)
		}
		id := path + "/" + do("POST", path, named("Session"), 201)
		do("GET", id, "", 200)
		do("PUT", id, named("Session 2"), 200)
		do("PATCH", id, fmt.Sprintf(patch, "Session 3"), 200)
		do("GET", path, "", 200)
		do("POST", path+"/.search", search, 200)
		s.drain(t)
		do("DELETE", id, "", 204)
	}
	do("POST", "/.search", search, 200)
	do("POST", "/Bulk", bulk, 200)
	do("GET", "/AuditRecords", "", 200)
	do("GET", "/AuditRecords/NONE", "", 404)
}

// testIsolatedProcesses: calls of two tenants, one after the other, had two processes.
func testIsolatedProcesses(t *testing.T, s service) {
	processes := s.FunctionPIDs()
	for _, f := range s.Template().Functions {
		if called := strings.Contains(f.Folder, "-role"); f.PerTenant && called && len(processes[f.Folder]) < 2 {
			t.Errorf("%s has the processes %v", f.Folder, processes[f.Folder])
		}
	}
}

// testSessionActions: nothing was denied. A function did nothing but begin
// sessions; those did, together, all that the role's statements allow.
func testSessionActions(t *testing.T, s service) {
	for _, denial := range s.Denied() {
		t.Errorf("denied: %+v", denial)
	}
	used := s.UsedActions()
	for _, f := range s.Template().Functions {
		if !s.trusted(f) {
			continue
		}
		if want := []string{"sts:AssumeRole", "sts:TagSession"}; len(f.Statements) != 1 || !slices.Equal(used[f.Folder], want) {
			t.Errorf("%s uses %v, want %v; its statements are %v", f.Folder, used[f.Folder], want, f.Statements)
		}
	}
	role := s.Template().Roles[0]
	allowed := map[string]bool{}
	for _, statement := range role.Statements {
		for _, action := range statement.Actions {
			allowed[action] = true
		}
	}
	if want := slices.Sorted(maps.Keys(allowed)); !slices.Equal(used[role.Name], want) {
		t.Errorf("the sessions use %v, their role's statements allow %v", used[role.Name], want)
	}
}

// trusted tells whether a function may begin sessions.
func (s service) trusted(f template.Function) bool {
	return slices.ContainsFunc(f.Statements, func(statement iam.Statement) bool {
		return slices.Contains(statement.Resources, s.Template().Roles[0].ARN)
	})
}

// session begins a session as a function does, and answers with a client that
// uses it.
func (s service) session(t *testing.T, folder, name string) (*dynamodb.Client, error) {
	t.Helper()
	endpoint, key, err := s.ServicesOf(folder)
	if err != nil {
		t.Fatal(err)
	}
	id, err := tenant.ParseID(name)
	if err != nil {
		t.Fatal(err)
	}
	got, err := tenantaccess.Role{
		ARN: s.Template().Roles[0].ARN, Region: "us-east-1", Endpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider(key, "local", "local"), Client: http.DefaultClient,
	}.Assume(t.Context(), id)
	if err != nil {
		return nil, err
	}
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-1", BaseEndpoint: &endpoint, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(got.AccessKeyID, got.SecretAccessKey, got.SessionToken),
	}), nil
}

// testRefusedByIAM: whatever code would try, acme's session reaches acme alone.
func testRefusedByIAM(t *testing.T, s service) {
	client, err := s.session(t, "bulk", "acme")
	if err != nil {
		t.Fatal(err)
	}
	table := &s.Template().Tables[0].Name
	key := func(pk string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: pk}, "sk": &types.AttributeValueMemberS{Value: "CONFIG"}}
	}
	calls := map[string]func(pk string) error{
		"dynamodb:GetItem": func(pk string) error {
			_, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: table, Key: key(pk)})
			return err
		},
		"dynamodb:Query": func(pk string) error {
			_, err := client.Query(t.Context(), &dynamodb.QueryInput{
				TableName: table, KeyConditionExpression: aws.String("pk = :pk"),
				ExpressionAttributeValues: map[string]types.AttributeValue{":pk": &types.AttributeValueMemberS{Value: pk}},
			})
			return err
		},
		"dynamodb:BatchGetItem": func(pk string) error {
			_, err := client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
				*table: {Keys: []map[string]types.AttributeValue{key("TENANT#acme"), key(pk)}},
			}})
			return err
		},
		"dynamodb:PutItem": func(pk string) error {
			_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: table, Item: key(pk), ConditionExpression: aws.String("attribute_not_exists(pk)")})
			return err
		},
		"dynamodb:DeleteItem": func(pk string) error { // the second of a transaction
			_, err := client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
				{ConditionCheck: &types.ConditionCheck{TableName: table, Key: key("TENANT#acme"), ConditionExpression: aws.String("attribute_exists(pk)")}},
				{Delete: &types.Delete{TableName: table, Key: key(pk)}},
			}})
			return err
		},
	}
	for action, call := range calls {
		for _, pk := range []string{"TENANT#globex", "TENANT#acme-eu", "TENANT#acm", "TENANT#", "TOKEN#" + strings.Repeat("0", 64), "RATE#globex", "TENANTS"} {
			s.wantDenied(t, call(pk), action, pk)
		}
	}
	_, err = client.Scan(t.Context(), &dynamodb.ScanInput{TableName: table})
	s.wantDenied(t, err, "dynamodb:Scan", "")
	if err := calls["dynamodb:GetItem"]("TENANT#acme"); err != nil {
		t.Errorf("its own tenant: %v", err)
	}
}

// wantDenied checks the answer, and that the denial tells the session's tag.
func (s service) wantDenied(t *testing.T, err error, action, pk string) {
	t.Helper()
	var fault smithy.APIError
	if !errors.As(err, &fault) || fault.ErrorCode() != "AccessDeniedException" {
		t.Errorf("%s on %q: %v, want AccessDeniedException", action, pk, err)
		return
	}
	denied := s.Denied()
	if last := denied[len(denied)-1]; last.By() != "bulk as TenantAccess tenant=acme" || last.Action != action || pk != "" && !slices.Contains(last.LeadingKeys, pk) {
		t.Errorf("%s on %q is noted as %+v", action, pk, last)
	}
}

// testRefusedSessions: who is no function of the API gets no session, and a
// function's own key reaches no data.
func testRefusedSessions(t *testing.T, s service) {
	for _, f := range s.Template().Functions {
		_, err := s.session(t, f.Folder, "acme")
		if (err == nil) != s.trusted(f) || err != nil && !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("%s begins a session: %v; trusted: %t", f.Folder, err, s.trusted(f))
		}
	}
	endpoint, key, err := s.ServicesOf("get-role")
	if err != nil {
		t.Fatal(err)
	}
	client := dynamodb.New(dynamodb.Options{Region: "us-east-1", BaseEndpoint: &endpoint, RetryMaxAttempts: 1, Credentials: credentials.NewStaticCredentialsProvider(key, "local", "local")})
	_, err = client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &s.Template().Tables[0].Name, Key: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}, "sk": &types.AttributeValueMemberS{Value: "CONFIG"},
	}})
	var fault smithy.APIError
	if !errors.As(err, &fault) || fault.ErrorCode() != "AccessDeniedException" {
		t.Errorf("with the function's own key: %v", err)
	}
}
