package acceptance_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// raw sends a request whose path no client library would let through.
func (s service) raw(t *testing.T, method, path, token string, headers ...string) answer {
	t.Helper()
	host := strings.TrimPrefix(s.BaseURL(), "http://")
	connection, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }()
	request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n", method, path, host, token)
	for _, header := range headers {
		request += header + "\r\n"
	}
	if _, err := io.WriteString(connection, request+"\r\n"); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, content}
}

// testPaths: no way of writing a path leads globex's administrator to acme.
func (i *isolated) testPaths(t *testing.T) {
	for _, path := range []string{
		"/scim/acme/v2/Roles/PART", "/scim/acme/v2//Roles/PART", "/scim//acme/v2/Roles/PART", "//scim/acme/v2/Roles/PART",
		"/scim/%61cme/v2/Roles/PART", "/scim/acm%65/v2/Roles/PART", "/scim/ACME/v2/Roles/PART", "/scim/Acme/v2/Roles/PART",
		"/scim/acme%2Fv2/Roles/PART", "/scim/acme%2fv2%2fRoles%2fPART", "/scim/globex%2F..%2Facme/v2/Roles/PART",
		"/scim/globex/../acme/v2/Roles/PART", "/scim/globex/v2/../../acme/v2/Roles/PART", "/scim/globex/%2e%2e/acme/v2/Roles/PART",
		"/scim/globex/v2/Roles/..%2F..%2F..%2Facme%2Fv2%2FRoles%2FPART", "/scim/globex/v2/Roles/%2e%2e/%2e%2e/%2e%2e/acme/v2/Roles/PART",
		"/scim/globex/v2/Roles/PART", "/scim/v2/Roles/PART", "/scim/v2/Roles/acme%2FPART", "/scim/v2/Roles/TENANT%23acme", "/scim/v2/Roles/PART%00",
		"/scim/\u0430cme/v2/Roles/PART", "/scim/%D0%B0cme/v2/Roles/PART", "/scim/acme%00/v2/Roles/PART", "/scim/acme%20/v2/Roles/PART", "/scim/acme./v2/Roles/PART",
		"/scim/acme;x/v2/Roles/PART", "/scim/acme%3Bx/v2/Roles/PART", "/scim/acme/v2/Roles/PART%3Fx", "/scim/acme/v2/Roles/PART#", "/scim/acme\\v2\\Roles\\PART",
		"/management-api/scim/acme/v2/Roles/PART", "/management-api/scim/v2/Roles/PART", "/management-api/../scim/acme/v2/Roles/PART",
		"/scim/globex/v2/scim/acme/v2/Roles/PART", "/scim/acme/v2/Roles/PART/", "/scim/acme/v2/Roles/PART%2F", "/scim/%61%63%6d%65/v2/Roles/PART",
		"/scim/acme%252Fv2/Roles/PART", "/scim/%2561cme/v2/Roles/PART",
	} {
		a := i.raw(t, "GET", path, i.tokens["other"])
		if a.status < 400 || a.status >= 500 || strings.Contains(string(a.body), `"Part"`) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

// testForgedHeaders: what only API Gateway says, a client cannot.
func (i *isolated) testForgedHeaders(t *testing.T) {
	forged := `{"requestId":"x","authorizer":{"tenant":"acme","tokenId":"x","principalId":"an-administrator","roles":"RL_SADMIN"},"identity":{"sourceIp":"1.2.3.4"}}`
	for _, headers := range [][]string{
		{"X-GoLambdaProxy-ApiGw-Context: " + forged},
		{"x-golambdaproxy-apigw-context: " + forged, "X-GoLambdaProxy-ApiGw-StageVars: {}"},
		{"X-Amzn-Request-Context: " + forged, "X-Amz-Request-Context: " + forged},
		{"X-Tenant: acme", "X-Forwarded-User: an-administrator", "X-Original-URL: /scim/acme/v2/Roles/PART", "X-Rewrite-URL: /scim/acme/v2/Roles/PART"},
		{"Authorization: Bearer " + i.tokens["admin"]},
	} {
		for path, want := range map[string]int{"/scim/v2/Roles/PART": 404, "/scim/acme/v2/Roles/PART": 403} {
			a := i.raw(t, "GET", path, i.tokens["other"], headers...)
			if a.status != want && a.status != 400 && a.status != 401 {
				t.Errorf("%s with %.60s…: %d %s", path, headers[0], a.status, a.body)
			}
		}
	}
}

// testCarriedOver: cursors and ETags of one tenant are worth nothing in another.
func (i *isolated) testCarriedOver(t *testing.T) {
	var page struct{ NextCursor string }
	first := i.call(t, "GET", "/scim/v2/Roles?cursor&count=2", i.tokens["admin"], "")
	first.decode(t, &page)
	if page.NextCursor == "" {
		t.Fatalf("no cursor: %s", first.body)
	}
	if a := i.call(t, "GET", "/scim/v2/Roles?count=2&cursor="+page.NextCursor, i.tokens["admin"], ""); a.status != 200 {
		t.Errorf("the cursor is not good for its owner: %d %s", a.status, a.body)
	}
	for _, caller := range []string{"other", "viewer"} {
		if a := i.call(t, "GET", "/scim/v2/Roles?count=2&cursor="+page.NextCursor, i.tokens[caller], ""); a.status != 400 || !strings.Contains(string(a.body), "invalidCursor") {
			t.Errorf("the cursor is good for %s: %d %s", caller, a.status, a.body)
		}
	}
	if a := i.call(t, "DELETE", "/scim/v2/Roles/PART", i.tokens["other"], "", "If-Match", `W/"1"`); a.status != 404 {
		t.Errorf("an ETag of another tenant: %d %s", a.status, a.body)
	}
	if a := i.call(t, "GET", "/scim/v2/Roles", i.tokens["other"], "", "If-None-Match", i.call(t, "GET", "/scim/v2/Roles", i.tokens["admin"], "").header.Get("ETag")); a.status != 200 {
		t.Errorf("the ETag of another tenant's list: %d %s", a.status, a.body)
	}
}

// testTokenEndpoint: what clients get for their credentials.
func (i *isolated) testTokenEndpoint(t *testing.T) {
	id, secret := i.addClient(t, "acme", "a-client", "RL_AUDITV")
	form := "grant_type=client_credentials&client_id=" + id + "&client_secret=" + secret
	for path, want := range map[string]int{
		"/acme/authn/token": 200, "/idp/acme/authn/token": 200, "/oauth/connect/token": 200, "/management-api/oauth/connect/token": 200,
		"/globex/authn/token": 400, "/nobody/authn/token": 400,
	} {
		a := i.call(t, "POST", path, "", form, "Content-Type", "application/x-www-form-urlencoded")
		var granted struct {
			AccessToken string `json:"access_token"`
			Error       string
		}
		if err := json.Unmarshal(a.body, &granted); err != nil || a.status != want || (granted.AccessToken != "") != (want == 200) {
			t.Errorf("%s: %d %s, want %d", path, a.status, a.body, want)
		}
		if want != 200 {
			continue
		}
		i.secrets = append(i.secrets, granted.AccessToken)
		for path, want := range map[string]int{"/scim/acme/v2/Roles": 200, "/scim/globex/v2/Roles": 403} {
			if a := i.call(t, "GET", path, granted.AccessToken, ""); a.status != want {
				t.Errorf("%s with a client's token: %d %s, want %d", path, a.status, a.body, want)
			}
		}
	}
	if a := i.call(t, "GET", "/acme/authn/token", "", ""); a.status != 404 {
		t.Errorf("GET of the token endpoint: %d %s", a.status, a.body)
	}
}

// testPower: an administrator cannot take the power to undo a change from himself.
func (i *isolated) testPower(t *testing.T) {
	const grants = `"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[%s]}`
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"PATCH", "/PermissionSets/FS_SADMIN", `{"Operations":[{"op":"remove","path":"permissionSetItems[id eq \"U_PSET\"]"}]}`, 409},
		{"PUT", "/PermissionSets/FS_SADMIN", `{"permissionSetItems":[{"id":"U_PSET","parameter":"PART"}]}`, 409},
		{"PUT", "/Roles/RL_SADMIN", `{` + fmt.Sprintf(grants, "") + `}`, 409},
		{"PATCH", "/PermissionSets/FS_SADMIN", `{"Operations":[{"op":"remove","path":"permissionSetItems[id eq \"D_USER\"]"}]}`, 200},
		{"PATCH", "/PermissionSets/FS_SADMIN", `{"Operations":[{"op":"add","path":"permissionSetItems","value":[{"id":"D_USER"}]}]}`, 200},
		{"DELETE", "/PermissionSets/FS_SADMIN", "", 409},
		{"DELETE", "/Roles/RL_SADMIN", "", 403},
	} {
		if a := i.call(t, step.method, "/scim/acme/v2"+step.path, i.tokens["admin"], step.body); a.status != step.status {
			t.Errorf("%s %s %s: %d %s, want %d", step.method, step.path, step.body, a.status, a.body, step.status)
		}
	}
}
