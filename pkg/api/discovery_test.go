package api

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ask sends a request of a caller of acme, or of nobody, to a handler that has
// no store.
func ask(t *testing.T, operation func(Dependencies) http.Handler, tenantName, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, "/scim"+path, nil)
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	request := Request{BaseURL: "https://host.example"}
	if tenantName != "" {
		id, err := tenant.ParseID(tenantName)
		if err != nil {
			t.Fatal(err)
		}
		request.Caller = auth.Caller{Tenant: id, Principal: "anyone"}
	}
	w := httptest.NewRecorder()
	operation(Dependencies{}).ServeHTTP(w, r.WithContext(WithRequest(r.Context(), request)))
	return w
}

// described is an attribute as a schema resource tells of it.
type described struct {
	Name, Type, Mutability string
	MultiValued            bool
	SubAttributes          []described
}

type describedSchema struct {
	ID         string
	Attributes []described
	Meta       struct{ ResourceType, Location, Version string }
}

// schemas asks for all schemas, by URN.
func schemas(t *testing.T) map[string]describedSchema {
	t.Helper()
	var list struct{ Resources []describedSchema }
	w := ask(t, GetSchemas, "acme", "GET", "/v2/Schemas")
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != 200 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	byURN := map[string]describedSchema{}
	for _, schema := range list.Resources {
		byURN[schema.ID] = schema
	}
	return byURN
}

// TestSchemasAreWhatIsDecoded: each attribute that the schemas tell of is read
// from a body if clients may write it, and no other is.
func TestSchemasAreWhatIsDecoded(t *testing.T) {
	t.Parallel()
	told := schemas(t)
	for _, resourceType := range resourceTypes {
		body := sample(told[resourceType.Schema.ID].Attributes)
		want := writable(told[resourceType.Schema.ID].Attributes)
		for _, extension := range resourceType.Extensions {
			body[extension.ID] = sample(told[extension.ID].Attributes)
			want[extension.ID] = writable(told[extension.ID].Attributes)
		}
		body["unheardOf"] = "ignored"
		got := decoded(t, body, resourceType)
		if !equalJSON(t, got, want) {
			t.Errorf("%s: sent %v\nread %v\nwant %v", resourceType.Name, body, got, want)
		}
	}
}

// TestSchemasTellTypes: a value of another type than the schema tells is
// refused.
func TestSchemasTellTypes(t *testing.T) {
	t.Parallel()
	told := schemas(t)
	for _, resourceType := range resourceTypes {
		for _, a := range told[resourceType.Schema.ID].Attributes {
			if a.Mutability == "readOnly" { // whatever comes is ignored
				continue
			}
			wrong := sample([]described{a})
			wrong[a.Name] = 7
			text, _ := json.Marshal(wrong)
			if _, err := scim.Decode(strings.NewReader(string(text)), resourceType, scim.ReadOnly); err == nil {
				t.Errorf("%s is taken for a %s", text, resourceType.Name)
			}
		}
	}
}

// sample makes an object with a value for each attribute.
func sample(attributes []described) map[string]any {
	object := map[string]any{}
	for _, a := range attributes {
		var value any
		switch a.Type {
		case "complex":
			value = sample(a.SubAttributes)
		case "boolean":
			value = true
		case "integer", "decimal":
			value = 1
		case "dateTime":
			value = "2026-01-31T12:00:00Z"
		default:
			value = "c29tZQ=="
		}
		if a.MultiValued {
			value = []any{value}
		}
		object[a.Name] = value
	}
	return object
}

// writable is the sample without what clients may not write.
func writable(attributes []described) map[string]any {
	object := sample(attributes)
	for _, a := range attributes {
		switch {
		case a.Mutability == "readOnly":
			delete(object, a.Name)
		case a.Type == "complex" && a.MultiValued:
			object[a.Name] = []any{writable(a.SubAttributes)}
		case a.Type == "complex":
			object[a.Name] = writable(a.SubAttributes)
		}
	}
	return object
}

func decoded(t *testing.T, body map[string]any, resourceType *scim.ResourceType) scim.Object {
	t.Helper()
	text, _ := json.Marshal(body)
	object, err := scim.Decode(strings.NewReader(string(text)), resourceType, scim.ReadOnly)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return object
}

func equalJSON(t *testing.T, a, b any) bool {
	t.Helper()
	first, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	second, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(first) == string(second)
}

// TestDiscoveryLinks: resource types name schemas and endpoints that are there,
// every schema is named, and each resource is at its location.
func TestDiscoveryLinks(t *testing.T) {
	t.Parallel()
	told := schemas(t)
	var list struct {
		Resources []struct {
			ID, Name, Endpoint, Schema string
			SchemaExtensions           []struct {
				Schema   string
				Required *bool
			}
			Meta struct{ ResourceType, Location, Version string }
		}
	}
	w := ask(t, GetResourceTypes, "acme", "GET", "/v2/ResourceTypes")
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != 200 || len(list.Resources) != len(resourceTypes) {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	named := map[string]bool{}
	for _, r := range list.Resources {
		if r.ID != r.Name || Methods()[r.Endpoint] == "" || r.Meta.ResourceType != "ResourceType" {
			t.Errorf("resource type %+v", r)
		}
		named[r.Schema] = true
		for _, extension := range r.SchemaExtensions {
			named[extension.Schema] = true
			if extension.Required == nil || *extension.Required {
				t.Errorf("%s: the extension %+v", r.ID, extension)
			}
		}
		checkLocation(t, GetResourceTypes, r.Meta.Location, r.Meta.Version)
	}
	for urn, schema := range told {
		if schema.Meta.ResourceType != "Schema" {
			t.Errorf("%s: meta %+v", urn, schema.Meta)
		}
		checkLocation(t, GetSchemas, schema.Meta.Location, schema.Meta.Version)
	}
	if got, want := slices.Sorted(maps.Keys(told)), slices.Sorted(maps.Keys(named)); !slices.Equal(got, want) {
		t.Errorf("schemas %v, resource types name %v", got, want)
	}
}

func checkLocation(t *testing.T, operation func(Dependencies) http.Handler, location, version string) {
	t.Helper()
	path, found := strings.CutPrefix(location, "https://host.example/scim")
	w := ask(t, operation, "acme", "GET", path)
	if !found || w.Code != 200 || w.Header().Get("Content-Location") != location || w.Header().Get("ETag") != version {
		t.Errorf("%s: %d %v, want the ETag %s", location, w.Code, w.Header(), version)
	}
}

// TestDiscoveryIsOfAllTenants: the tenant surface tells the same, in its own
// spelling.
func TestDiscoveryIsOfAllTenants(t *testing.T) {
	t.Parallel()
	for _, tenantName := range []string{"acme", "globex"} {
		w := ask(t, GetSchemas, tenantName, "GET", "/"+tenantName+"/v2/Schemas/")
		var list map[string]json.RawMessage
		if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || w.Code != 200 || list["resources"] == nil || list["Resources"] != nil {
			t.Errorf("%s: %d %s", tenantName, w.Code, w.Body)
		}
	}
}

func TestDiscoveryConditions(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/v2/Schemas", "/v2/Schemas/urn:hid:scim:api:idp:2.0:Role", "/v2/Schemas/URN:HID:scim:api:idp:2.0:role"} {
		etag := ask(t, GetSchemas, "acme", "GET", path).Header().Get("ETag")
		if again := ask(t, GetSchemas, "acme", "GET", path).Header().Get("ETag"); etag == "" || again != etag {
			t.Errorf("%s: ETag %q, then %q", path, etag, again)
		}
		if w := ask(t, GetSchemas, "acme", "GET", path, "If-None-Match", etag); w.Code != 304 || w.Body.Len() > 0 {
			t.Errorf("%s: If-None-Match: %d %s", path, w.Code, w.Body)
		}
		if w := ask(t, GetSchemas, "acme", "GET", path, "If-Match", `W/"1"`); w.Code != 412 {
			t.Errorf("%s: If-Match: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestDiscoveryRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		operation            func(Dependencies) http.Handler
		tenant, method, path string
		status               int
	}{
		{GetSchemas, "acme", "GET", `/v2/Schemas?filter=name+eq+"Role"`, 403},
		{GetSchemas, "acme", "GET", "/v2/Schemas/urn:hid:scim:api:idp:2.0:Role?filter=", 403},
		{GetResourceTypes, "acme", "GET", "/acme/v2/ResourceTypes?filter=x", 403},
		{GetServiceProviderConfig, "", "GET", "/v2/ServiceProviderConfig?filter=x", 403},
		{GetSchemas, "acme", "GET", "/v2/Schemas?attributes=id&excludedAttributes=name&sortBy=id&count=0&startIndex=9&cursor=", 200},
		{GetSchemas, "acme", "GET", "/v2/Schemas?api-version=10.1", 200},
		{GetSchemas, "acme", "GET", "/v2/Schemas?api-version=ten", 400},
		{GetSchemas, "acme", "GET", "/v2/Schemas/urn%3Ahid%3Ascim%3Aapi%3Aidp%3A2.0%3ARole", 200},
		{GetSchemas, "acme", "GET", "/v2/Schemas/urn:unknown", 404},
		{GetResourceTypes, "acme", "GET", "/v2/ResourceTypes/Group", 404},
		{GetResourceTypes, "acme", "GET", "/v2/ResourceTypes/Role/x", 404},
		{GetSchemas, "acme", "POST", "/v2/Schemas", 405},
		{GetSchemas, "", "GET", "/v2/Schemas", 401},
		{GetResourceTypes, "", "GET", "/v2/ResourceTypes/Role", 401},
		{GetSchemas, "acme", "GET", "/globex/v2/Schemas", 403},
		{GetSchemas, "acme", "GET", "/globex/v2/Schemas/urn:unknown", 403},
		{GetServiceProviderConfig, "", "GET", "/v2/ServiceProviderConfig/x", 404},
		{GetServiceProviderConfig, "", "POST", "/v2/ServiceProviderConfig", 405},
		{GetServiceProviderConfig, "", "GET", "/NO/v2/ServiceProviderConfig", 404},
		{GetServiceProviderConfig, "", "GET", "/a%20b/v2/ServiceProviderConfig", 404},
	} {
		if w := ask(t, test.operation, test.tenant, test.method, test.path); w.Code != test.status {
			t.Errorf("%s %s as %q: %d %s, want %d", test.method, test.path, test.tenant, w.Code, w.Body, test.status)
		}
	}
}

// TestServiceProviderConfig: anyone is told, for any tenant that could be, and
// what is claimed is what the code does.
func TestServiceProviderConfig(t *testing.T) {
	t.Parallel()
	var bodies []string
	for _, test := range []struct{ caller, path string }{
		{"", "/nobody/v2/"}, {"", "/acme/v2/"}, {"globex", "/acme/v2/"}, {"acme", "/acme/v2/"},
	} {
		w := ask(t, GetServiceProviderConfig, test.caller, "GET", test.path+"ServiceProviderConfig")
		if location := "https://host.example/scim" + test.path + "ServiceProviderConfig"; w.Code != 200 || w.Header().Get("Content-Location") != location {
			t.Errorf("%v: %d %v %s", test, w.Code, w.Header(), w.Body)
		}
		bodies = append(bodies, strings.ReplaceAll(w.Body.String(), test.path, "/TENANT/v2/"))
	}
	if slices.Sort(bodies); bodies[0] != bodies[len(bodies)-1] {
		t.Errorf("the answers differ:\n%s\n%s", bodies[0], bodies[len(bodies)-1])
	}
	var claims struct {
		Filter     struct{ MaxResults int }
		Bulk       struct{ MaxPayloadSize int }
		Pagination map[string]any
	}
	w := ask(t, GetServiceProviderConfig, "", "GET", "/v2/ServiceProviderConfig")
	if err := json.Unmarshal(w.Body.Bytes(), &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Filter.MaxResults != maxPage || claims.Bulk.MaxPayloadSize != scim.MaxBodySize {
		t.Errorf("claims %+v", claims)
	}
	for _, name := range []string{"cursor", "index", "defaultPaginationMethod", "defaultPageSize", "maxPageSize", "cursorTimeout"} {
		if claims.Pagination[name] == nil { // RFC 9865 section 4
			t.Errorf("pagination lacks %s: %v", name, claims.Pagination)
		}
	}
}
