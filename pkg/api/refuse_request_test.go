package api

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestRefuseRequest(t *testing.T) {
	t.Parallel()
	roles, role := rolesEndpoint.allow, roleEndpoint.allow
	for _, test := range []struct {
		tenant, method, path string
		status               int
		allow, detail        string
	}{
		{"acme", "PUT", "/v2/Roles", 405, roles, "Allow"},
		{"acme", "HEAD", "/acme/v2/Roles/", 405, roles, "Allow"},
		{"acme", "OPTIONS", "/acme/v2/Roles/R1", 405, role, "Allow"},
		{"acme", "OPTIONS", "/acme/v2/Roles/not%20a%20code", 405, role, "Allow"},
		{"acme", "DELETE", "/v2/Schemas/urn:x:y", 405, "GET", "Allow"},
		{"acme", "POST", "/acme/v2/ServiceProviderConfig", 405, "GET", "Allow"},
		{"acme", "GET", "/v2/ServiceProviderConfig/x", 404, "", "endpoint"},
		{"acme", "GET", "/v2/Groups", 404, "", "endpoint"},
		{"acme", "GET", "/v2/roles", 404, "", "endpoint"},
		{"acme", "GET", "/v2/Roles//", 404, "", "endpoint"},
		{"acme", "GET", "/v2/Roles/R1/x", 404, "", "endpoint"},
		{"acme", "GET", "/acme/v2/Groups/G1", 404, "", "endpoint"},
		{"acme", "POST", "/v2/Me", 405, role, "Allow"},
		{"acme", "POST", "/acme/v2/Me", 405, role, "Allow"},
		{"acme", "GET", "/v2/Me/x", 404, "", "endpoint"},
		{"acme", "PUT", "/globex/v2/Roles", 403, "", "tenant"},
		{"acme", "GET", "/globex/v2/Me", 403, "", "tenant"},
		{"acme", "GET", "/nobody/v2/Groups", 403, "", "tenant"},
		{"", "GET", "/v2/Me", 401, "", "Bearer"},
		{"", "POST", "/v2/ServiceProviderConfig", 401, "", "Bearer"},
	} {
		w := ask(t, RefuseRequest, test.tenant, test.method, test.path)
		var message struct{ Detail string }
		if err := json.Unmarshal(w.Body.Bytes(), &message); err != nil || w.Code != test.status || w.Header().Get("Allow") != test.allow ||
			!strings.Contains(message.Detail, test.detail) || w.Header().Get("Content-Type") != "application/scim+json" {
			t.Errorf("%s %s: %d %v %s", test.method, test.path, w.Code, w.Header(), w.Body)
		}
	}
}
