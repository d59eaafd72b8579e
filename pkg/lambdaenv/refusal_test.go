package lambdaenv

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// TestRefusalsAreLogged: a refused call is one line, which carries the metric,
// and writes nothing.
func TestRefusalsAreLogged(t *testing.T) {
	t.Parallel()
	plain, table := enginetest.Table(t)
	client, units := capacity.Metered(plain)
	store := dynamo.New(client, table, time.Now)
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := onboard.Onboard(t.Context(), store, acme, audit.Actor{Principal: "operator"}, time.Now()); err != nil {
		t.Fatal(err)
	}
	units.Take()
	before := items(t, plain, table)
	var log bytes.Buffer
	lines := slog.New(slog.NewJSONHandler(&log, nil))
	create := proxy(api.CreateRole(api.Dependencies{Roles: store, PermissionSets: store, Grants: store, Log: lines, Refused: logRefusals(lines)}), unseen)
	for name, test := range map[string]struct {
		path, principal string
		want            string // empty for no line
	}{
		"no permission": {"/scim/acme/v2/Roles", "nobody", `{"status":403,"principal":"nobody","tokenId":"token","tenant":"acme","method":"POST","endpoint":"/Roles",` +
			`"permission":"C_ROLE","role":"R","reason":"permission C_ROLE over role R is missing","gatewayRequestId":"request","address":"192.0.2.1","Refused":1}`},
		"other tenant's path": {"/scim/globex/v2/Roles", "administrator", `{"status":403,"principal":"administrator","tokenId":"token","tenant":"acme","method":"POST","endpoint":"/Roles","reason":"path of another tenant",` +
			`"gatewayRequestId":"request","address":"192.0.2.1","Refused":1}`},
		"nobody":     {"/scim/acme/v2/Roles", "", `{"status":401,"tokenId":"token","tenant":"acme","method":"POST","endpoint":"/Roles","reason":"no caller","gatewayRequestId":"request","address":"192.0.2.1","Refused":1}`},
		"wrong body": {"/scim/acme/v2/Roles/", "administrator", ""},
	} {
		log.Reset()
		body := `{"id":"R","name":"R"}`
		if test.want == "" {
			body = "{"
		}
		response, err := create(t.Context(), events.APIGatewayProxyRequest{
			HTTPMethod: "POST", Path: test.path, Body: body, Headers: map[string]string{"Content-Type": "application/scim+json"},
			RequestContext: events.APIGatewayProxyRequestContext{
				RequestID: "request", Identity: events.APIGatewayRequestIdentity{SourceIP: "192.0.2.1"},
				Authorizer: map[string]any{"principalId": test.principal, contextTenant: "acme", contextTokenID: "token"},
			},
		})
		if err != nil || response.StatusCode < 400 {
			t.Errorf("%s: %d %s, %v", name, response.StatusCode, response.Body, err)
		}
		checkRefusalLine(t, name, log.String(), test.want)
		if used := units.Take(); used.Write > 0 {
			t.Errorf("%s: the refusal takes %.1f write units", name, used.Write)
		}
	}
	if after := items(t, plain, table); after != before {
		t.Errorf("the table holds %d items, and held %d", after, before)
	}
}

func TestRefusedTokens(t *testing.T) {
	t.Parallel()
	for arn, want := range map[string]string{
		"arn:aws:execute-api:eu-west-1:123456789012:abc/dev/GET/scim/acme/v2/Roles/A": `{"status":401,"method":"GET","endpoint":"/scim/acme/v2/Roles/A","reason":"invalid token","Refused":1}`,
		"nonsense": `{"status":401,"reason":"invalid token","Refused":1}`,
	} {
		var log bytes.Buffer
		logRefusals(slog.New(slog.NewJSONHandler(&log, nil)))(t.Context(), refusedToken(arn, 401, auth.ErrInvalidToken))
		checkRefusalLine(t, arn, log.String(), want)
	}
}

// checkRefusalLine compares a line, but for its time and what makes its metric
// one.
func checkRefusalLine(t *testing.T, name, line, want string) {
	t.Helper()
	if want == "" {
		if line != "" {
			t.Errorf("%s: the log says %s", name, line)
		}
		return
	}
	decoder := json.NewDecoder(bytes.NewBufferString(line))
	var got, wanted map[string]any
	if err := decoder.Decode(&got); err != nil {
		t.Fatalf("%s: %v: %s", name, err, line)
	}
	if err := decoder.Decode(&wanted); err != io.EOF {
		t.Errorf("%s: there is more than a line: %s", name, line)
	}
	if got["level"] != "WARN" || got["msg"] != "refused" || got["_aws"] == nil {
		t.Errorf("%s: the line is %s", name, line)
	}
	for _, key := range []string{"time", "level", "msg", "_aws"} {
		delete(got, key)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(got)
	if b, _ := json.Marshal(wanted); !bytes.Equal(a, b) {
		t.Errorf("%s: got  %s\nwant %s", name, a, b)
	}
}

func items(t *testing.T, client *dynamodb.Client, table string) int32 {
	t.Helper()
	out, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &table})
	if err != nil {
		t.Fatal(err)
	}
	return out.Count
}
