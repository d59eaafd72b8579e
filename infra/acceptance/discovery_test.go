package acceptance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
)

// testDiscovery: what the service says of itself, on each surface.
func testDiscovery(t *testing.T, s service) {
	s.addToken(t, "acme", "nobody", "GONE", "acme-nobody")
	for _, test := range []struct{ base, member string }{
		{"/scim/acme/v2", "resources"},
		{"/scim/v2", "Resources"},
		{"/management-api/scim/v2", "Resources"},
	} {
		var config struct {
			Bulk, Patch struct{ Supported bool }
			Pagination  struct{ Cursor, Index bool }
			Meta        struct{ Location string }
		}
		a := s.call(t, "GET", test.base+"/ServiceProviderConfig", "", "")
		a.decode(t, &config)
		if a.status != 200 || !config.Patch.Supported || !config.Pagination.Index || config.Meta.Location != s.BaseURL()+test.base+"/ServiceProviderConfig" {
			t.Errorf("%s: %d %s", test.base, a.status, a.body)
		}
		for _, endpoint := range []string{"/Schemas", "/ResourceTypes"} {
			s.checkDefinitions(t, test.base+endpoint, test.member)
		}
	}
	known, unknown := s.call(t, "GET", "/scim/acme/v2/ServiceProviderConfig", "", ""), s.call(t, "GET", "/scim/nobody/v2/ServiceProviderConfig", "", "")
	if known.status != unknown.status || strings.ReplaceAll(string(known.body), "/acme/", "/nobody/") != string(unknown.body) {
		t.Errorf("the answers tell a tenant that exists from one that does not:\n%s\n%s", known.body, unknown.body)
	}
}

// checkDefinitions asks for a list and for what it links to, as a caller who
// holds no role.
func (s service) checkDefinitions(t *testing.T, path, member string) {
	t.Helper()
	var list map[string]any
	s.call(t, "GET", path, "acme-nobody", "").decode(t, &list)
	definitions, _ := list[member].([]any)
	if len(definitions) == 0 || list["totalResults"] != float64(len(definitions)) {
		t.Errorf("%s: %v", path, list)
	}
	for _, definition := range definitions {
		id := definition.(map[string]any)["id"].(string)
		a := s.call(t, "GET", path+"/"+id, "acme-nobody", "")
		if location := s.BaseURL() + path + "/" + id; a.status != 200 || a.header.Get("Content-Location") != location {
			t.Errorf("%s: %d %s", location, a.status, a.body)
		}
		if a = s.call(t, "GET", path+"/"+id, "acme-nobody", "", "If-None-Match", a.header.Get("ETag")); a.status != 304 {
			t.Errorf("%s/%s: If-None-Match: %d %s", path, id, a.status, a.body)
		}
	}
}

// testMethods: at every endpoint, all methods that API Gateway knows and the
// service does not are 405, with those that it does.
func testMethods(t *testing.T, s service) {
	for path, allow := range api.Methods() {
		path = strings.Replace(path, "{id}", "RL_CONFIG", 1)
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} {
			if strings.Contains(allow, method) || strings.HasSuffix(path, "s/.search") { // which is also the path of a resource of that id
				continue
			}
			for _, base := range []string{"/scim/acme/v2", "/scim/v2", "/management-api/scim/v2"} {
				a := s.call(t, method, base+path, "dev-acme-viewer", "")
				if a.status != 405 || a.header.Get("Allow") != allow || a.header.Get("Content-Type") != "application/scim+json" {
					t.Errorf("%s %s: %d %v %s, want Allow: %s", method, base+path, a.status, a.header, a.body, allow)
				}
			}
			if a := s.call(t, method, "/scim/v2"+path, "", ""); a.status != 401 {
				t.Errorf("%s %s without a token: %d %s", method, path, a.status, a.body)
			}
		}
	}
	for _, test := range []struct {
		path, token string
		status      int
		says        string
	}{
		{"/scim/v2/Me", "dev-acme-viewer", 404, "/Me"},
		{"/scim/acme/v2/Me/", "dev-acme-viewer", 404, "/Me"},
		{"/scim/globex/v2/Me", "dev-acme-viewer", 403, "tenant"},
		{"/scim/v2/Me", "", 401, "Bearer"},
		{"/scim/v2/Groups", "dev-acme-viewer", 404, "endpoint"},
		{"/scim/v2/Roles/RL_CONFIG/members", "dev-acme-viewer", 404, "endpoint"},
		{"/management-api/scim/v2/Groups/1", "dev-acme-viewer", 404, "endpoint"},
		{"/scim/acme/v1/Roles", "dev-acme-viewer", 404, "endpoint"},
		{"/elsewhere", "", 404, "endpoint"},
		{"/scim/acme/v2/Schemas?filter=x", "dev-acme-viewer", 403, "filter"},
		{"/scim/v2/Schemas", "", 401, "Bearer"},
		{"/scim/globex/v2/ResourceTypes", "dev-acme-viewer", 403, "tenant"},
	} {
		a := s.call(t, "GET", test.path, test.token, "")
		var message struct{ Status, Detail string }
		a.decode(t, &message)
		if a.status != test.status || message.Status != fmt.Sprint(test.status) || !strings.Contains(message.Detail, test.says) ||
			a.header.Get("Content-Type") != "application/scim+json" {
			t.Errorf("GET %s: %d %s", test.path, a.status, a.body)
		}
	}
}
