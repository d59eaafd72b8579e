package acceptance_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/tenant"
)

// testTenants leads a tenant through its life, as an operator does.
func testTenants(t *testing.T, s service) {
	var first struct{ Token string }
	s.invoke(t, "onboard-tenant", `{"tenant":"umbrella"}`, &first)
	s.wantRoles(t, first.Token, 200)
	t.Run("tokens", func(t *testing.T) { testTokens(t, s) })
	t.Run("user", func(t *testing.T) { testUserOf(t, s, first.Token) })
	t.Run("clients", func(t *testing.T) { testClients(t, s) })
	t.Run("export", func(t *testing.T) { testExport(t, s) })
	t.Run("suspend", func(t *testing.T) { testSuspend(t, s, first.Token) })
	t.Run("delete", func(t *testing.T) { testDelete(t, s, first.Token) })
}

// wantRoles lists umbrella's roles with a token.
func (s service) wantRoles(t *testing.T, token string, status int) {
	t.Helper()
	if a := s.call(t, "GET", "/scim/umbrella/v2/Roles", token, ""); a.status != status {
		t.Errorf("list roles: %d %s, want %d", a.status, a.body, status)
	}
}

// testTokens: a token is good until it is rotated or revoked. API Gateway
// remembers answers, so a token that is to be refused is not used before.
func testTokens(t *testing.T, s service) {
	type issued struct{ Token, TokenID, Replaced string }
	var old, fresh, second, last issued
	s.invoke(t, "manage-tokens", `{"tenant":"umbrella","action":"issue","principal":"robot","roles":["RL_AUDITV"]}`, &old)
	s.invoke(t, "manage-tokens", fmt.Sprintf(`{"tenant":"umbrella","action":"rotate","token":%q,"overlapHours":0}`, old.TokenID), &fresh)
	if fresh.Replaced != old.TokenID || fresh.TokenID == old.TokenID {
		t.Errorf("rotated %+v", fresh)
	}
	s.wantRoles(t, old.Token, 401)
	s.wantRoles(t, fresh.Token, 200)
	s.invoke(t, "manage-tokens", `{"tenant":"umbrella","action":"issue","principal":"robot"}`, &second)
	result, err := s.Invoke(t.Context(), "manage-tokens", []byte(`{"tenant":"umbrella","action":"issue","principal":"robot"}`))
	if err != nil || result.FunctionError == "" || !strings.Contains(string(result.Payload), "revoke one first") {
		t.Errorf("a third token: %s, %v", result.Payload, err)
	}
	s.invoke(t, "manage-tokens", fmt.Sprintf(`{"tenant":"umbrella","action":"revoke","token":%q}`, second.TokenID), &struct{}{})
	s.wantRoles(t, second.Token, 401)
	s.invoke(t, "manage-tokens", fmt.Sprintf(`{"tenant":"umbrella","action":"rotate","token":%q}`, fresh.TokenID), &last)
	var list struct {
		Tokens []struct{ TokenID, Principal, LastUsed string }
	}
	s.invoke(t, "manage-tokens", `{"tenant":"umbrella","action":"list"}`, &list)
	if len(list.Tokens) != 3 || list.Tokens[1].TokenID != fresh.TokenID || list.Tokens[1].LastUsed == "" || list.Tokens[2].TokenID != last.TokenID {
		t.Errorf("tokens %+v", list.Tokens)
	}
}

// testUserOf adds a user who holds a role, and a token of it.
func testUserOf(t *testing.T, s service, administrator string) {
	body := `{"userName":"alice","emails":[{"value":"alice@example.com"}],"externalId":"a","roles":[{"value":"RL_AUDITV"}]}`
	if a := s.call(t, "POST", "/scim/umbrella/v2/Users", administrator, body); a.status != 201 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	var issued struct{ Token string }
	s.invoke(t, "manage-tokens", `{"tenant":"umbrella","action":"issue","user":"Alice"}`, &issued)
	s.wantRoles(t, issued.Token, 200)
}

// testClients: a client has two secrets at most.
func testClients(t *testing.T, s service) {
	type registered struct {
		Client, Secret string
		Secrets        int
	}
	var c, again registered
	s.invoke(t, "manage-clients", `{"tenant":"umbrella","action":"register","name":"HR","principal":"robot"}`, &c)
	for _, want := range []int{2, 2} {
		s.invoke(t, "manage-clients", fmt.Sprintf(`{"tenant":"umbrella","action":"rotate","client":%q}`, c.Client), &again)
		if again.Secrets != want || again.Client != c.Client || again.Secret == c.Secret {
			t.Errorf("rotated %+v", again)
		}
	}
	s.invoke(t, "manage-clients", fmt.Sprintf(`{"tenant":"umbrella","action":"remove","client":%q}`, c.Client), &struct{}{})
	s.invoke(t, "manage-clients", `{"tenant":"umbrella","action":"register","name":"Payroll","principal":"payroll","roles":["RL_AUDITV"]}`, &c)
	form := "grant_type=client_credentials&client_id=" + c.Client + "&client_secret=" + c.Secret
	granted := s.call(t, "POST", "/oauth/connect/token", "", form, "Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if granted.decode(t, &answer); granted.status != 200 {
		t.Errorf("token: %d %s", granted.status, granted.body)
	}
	s.wantRoles(t, answer.AccessToken, 200)
	var list struct{ Clients []struct{ Name string } }
	s.invoke(t, "manage-clients", `{"tenant":"umbrella","action":"list"}`, &list)
	if len(list.Clients) != 1 || list.Clients[0].Name != "Payroll" {
		t.Errorf("clients %+v", list.Clients)
	}
}

// testExport: all that the tenant has is there, and nothing secret.
func testExport(t *testing.T, s service) {
	var page struct {
		Lines []json.RawMessage
		Next  string
	}
	s.invoke(t, "export-tenant", `{"tenant":"umbrella"}`, &page)
	counts := map[string]int{}
	for _, line := range page.Lines {
		var object struct{ Type string }
		if err := json.Unmarshal(line, &object); err != nil {
			t.Fatal(err)
		}
		counts[object.Type]++
		for _, secret := range []string{"rolecall_", "hash", "secret\"", "cursorKeys\":"} {
			if strings.Contains(string(line), secret) {
				t.Errorf("%s holds %s", line, secret)
			}
		}
	}
	want := "map[auditRecord:16 client:1 configuration:1 permissionSet:4 principal:3 role:13 token:4 user:1]"
	if fmt.Sprint(counts) != want || page.Next != "" {
		t.Errorf("exported %v, want %s", counts, want)
	}
}

// testSuspend: nothing is accepted while a tenant is suspended, by the functions
// either, which API Gateway asks when it remembers a token.
func testSuspend(t *testing.T, s service, remembered string) {
	var fresh struct{ Token string }
	s.invoke(t, "manage-tokens", `{"tenant":"umbrella","action":"issue","principal":"auditor","roles":["RL_AUDITV"]}`, &fresh)
	var state struct{ State string }
	s.invoke(t, "configure-tenant", `{"tenant":"umbrella","suspended":true}`, &state)
	s.wantRoles(t, remembered, 403)
	s.wantRoles(t, fresh.Token, 403)
	s.invoke(t, "configure-tenant", `{"tenant":"umbrella","suspended":false}`, &state)
	s.wantRoles(t, remembered, 200)
	if state.State != "active" {
		t.Errorf("state %+v", state)
	}
}

// testDelete: a tenant goes without a trace, once what was under way is over.
func testDelete(t *testing.T, s service, remembered string) {
	type progress struct {
		Complete             bool
		Deleted, WaitSeconds int
	}
	const request = `{"tenant":"umbrella","confirm":"umbrella"}`
	var first, last progress
	s.invoke(t, "delete-tenant", request, &first)
	if first.Complete || first.Deleted < 50 || first.WaitSeconds == 0 {
		t.Errorf("deleted %+v", first)
	}
	s.wantRoles(t, remembered, 403)
	s.timePasses(t, "umbrella")
	s.invoke(t, "delete-tenant", request, &last)
	if !last.Complete || last.Deleted != 0 {
		t.Errorf("deleted %+v", last)
	}
	s.wantRoles(t, remembered, 403)
	out, err := s.Client().Scan(t.Context(), &dynamodb.ScanInput{TableName: &s.Template().Tables[0].Name})
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range out.Items {
		if it["client"] != nil && it["expires"] != nil {
			continue // a client's token: nobody accepts it any more, and it is gone within the hour
		}
		for _, name := range []string{"pk", "sk", "tenant"} {
			if value, _ := it[name].(*types.AttributeValueMemberS); value != nil && strings.Contains(value.Value, "umbrella") && value.Value != "RATE#umbrella" {
				t.Errorf("left: %v", it)
			}
		}
	}
	s.drain(t)
	parked, err := s.ParkedRecords()
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range parked {
		if strings.Contains(message.Body, "umbrella") {
			t.Errorf("parked: %s", message.Body)
		}
	}
	var report struct {
		Complete bool
		Failures []json.RawMessage
	}
	s.invoke(t, "reconcile-tenant", `{"all":true}`, &report)
	if !report.Complete || len(report.Failures) > 0 {
		t.Errorf("reconciled %+v", report)
	}
	var page struct{ Tenants []struct{ Tenant string } }
	s.invoke(t, "show-tenant", `{}`, &page)
	if slices.Contains(page.Tenants, struct{ Tenant string }{"umbrella"}) || len(page.Tenants) < 3 {
		t.Errorf("tenants %+v", page.Tenants)
	}
}

// timePasses lets the requests end that were under way when a tenant was taken out
// of use.
func (s service) timePasses(t *testing.T, name string) {
	t.Helper()
	since := fmt.Sprint(time.Now().Add(-tenant.Grace).UnixMilli())
	expression := "SET inactiveSince = :since"
	if _, err := s.Client().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &s.Template().Tables[0].Name, UpdateExpression: &expression,
		Key:                       map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "TENANT#" + name}, "sk": &types.AttributeValueMemberS{Value: "CONFIG"}},
		ExpressionAttributeValues: map[string]types.AttributeValue{":since": &types.AttributeValueMemberN{Value: since}},
	}); err != nil {
		t.Fatal(err)
	}
}
