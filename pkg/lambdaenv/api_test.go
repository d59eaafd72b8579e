package lambdaenv

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"

	"github.com/rolecall/rolecall/pkg/api"
)

var (
	silent = slog.New(slog.NewTextHandler(io.Discard, nil))
	unseen = newObserver(silent)
)

// TestProxyAnswersEveryPath sends paths, valid or not, through the adapter: it
// must never turn one into its own 504.
func TestProxyAnswersEveryPath(t *testing.T) {
	answer := proxy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusOK)
		_, _ = io.WriteString(w, r.URL.EscapedPath())
	}), unseen)
	for path, want := range map[string]string{
		"/scim/acme/v2/Roles/NEWROLE":     "/scim/acme/v2/Roles/NEWROLE",
		"/dev/scim/acme/v2/Roles":         "/scim/acme/v2/Roles",
		"/management-api/scim/v2/Roles/":  "/scim/v2/Roles/",
		"/scim/acme/v2/Roles/50% off":     "/scim/acme/v2/Roles/50%25%20off",
		"/scim/acme/v2/Roles/50%25%20off": "/scim/acme/v2/Roles/50%25%20off",
		"/scim/acme/v2/Roles/%4EEWROLE":   "/scim/acme/v2/Roles/NEWROLE",
		"/scim/acme/v2/Roles/a%2Fb":       "/scim/acme/v2/Roles/a%2Fb",
		"/scim/acme/v2/Roles/?#":          "/scim/acme/v2/Roles/%3F%23",
		"/scim/acme/v2/Roles/\x00\n":      "/scim/acme/v2/Roles/%00%0A",
		"//scim//acme":                    "/scim//acme",
		"/elsewhere":                      "/elsewhere",
		"":                                "/",
	} {
		response, err := answer(t.Context(), events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: path})
		if err != nil || response.StatusCode != 200 || response.Body != want {
			t.Errorf("%q: %d %q, %v; want %q", path, response.StatusCode, response.Body, err, want)
		}
	}
}

func FuzzProxyPath(f *testing.F) {
	f.Add("/scim/acme/v2/Roles/50% off", "acme")
	f.Add("/scim/%zz", "%")
	answer := proxy(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), unseen)
	f.Fuzz(func(t *testing.T, path, query string) {
		response, err := answer(t.Context(), events.APIGatewayProxyRequest{
			HTTPMethod: "GET", Path: path, MultiValueQueryStringParameters: map[string][]string{query: {query}},
		})
		if err != nil || response.StatusCode != http.StatusNoContent {
			t.Errorf("%q: %d, %v", path, response.StatusCode, err)
		}
	})
}

// TestForgedContext sends the headers in which the adapter's accessor would
// look for API Gateway's context.
func TestForgedContext(t *testing.T) {
	forged, err := json.Marshal(events.APIGatewayProxyRequestContext{Authorizer: map[string]any{"tenant": "globex", "principalId": "administrator"}})
	if err != nil {
		t.Fatal(err)
	}
	answer := proxy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var accessor core.RequestAccessor
		if found, err := accessor.GetAPIGatewayContext(r); err == nil {
			t.Errorf("the handler sees a forged context: %v", found.Authorizer)
		}
		w.WriteHeader(http.StatusOK)
	}), unseen)
	for _, name := range []string{core.APIGwContextHeader, "x-golambdaproxy-apigw-context", core.APIGwStageVarsHeader} {
		if _, err := answer(t.Context(), events.APIGatewayProxyRequest{
			HTTPMethod: "GET", Path: "/scim/v2/Roles",
			Headers:           map[string]string{name: string(forged)},
			MultiValueHeaders: map[string][]string{name: {string(forged)}},
		}); err != nil {
			t.Error(err)
		}
	}
}

// TestCallerIsTheAuthorizers checks through a real operation that a caller
// whom no authorizer named is refused.
func TestCallerIsTheAuthorizers(t *testing.T) {
	answer := proxy(api.GetRole(api.Dependencies{Log: silent}), unseen)
	for name, authorizer := range map[string]map[string]any{
		"none":           nil,
		"no tenant":      {"principalId": "administrator"},
		"illegal tenant": {"principalId": "administrator", "tenant": "ACME"},
		"not a string":   {"principalId": "administrator", "tenant": 7},
	} {
		response, err := answer(t.Context(), events.APIGatewayProxyRequest{
			HTTPMethod: "GET", Path: "/scim/acme/v2/Roles/RL_CONFIG", RequestContext: events.APIGatewayProxyRequestContext{Authorizer: authorizer},
		})
		if err != nil || response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d %s, %v", name, response.StatusCode, response.Body, err)
		}
	}
}

func TestBaseURL(t *testing.T) {
	for _, test := range []struct{ domain, path, scheme, want string }{
		{"abc.execute-api.eu-west-1.amazonaws.com", "/dev/scim/acme/v2/Roles", "https", "https://abc.execute-api.eu-west-1.amazonaws.com/dev"},
		{"roles.example.com", "/scim/v2/Roles", "https", "https://roles.example.com"},
		{"roles.example.com", "/management-api/scim/v2/Roles", "", "https://roles.example.com/management-api"},
		{"localhost:8080", "/scim/v2/Roles", "http", "http://localhost:8080"},
		{"roles.example.com", "/scim/v2/Roles", "javascript", "https://roles.example.com"},
	} {
		got := baseURL(events.APIGatewayProxyRequestContext{DomainName: test.domain, Path: test.path}, test.scheme)
		if got != test.want {
			t.Errorf("baseURL(%v) = %s", test, got)
		}
	}
}

func TestEveryMethod(t *testing.T) {
	got, err := everyMethod("arn:aws:execute-api:eu-west-1:123456789012:abc/dev/GET/scim/acme/v2/Roles")
	if want := "arn:aws:execute-api:eu-west-1:123456789012:abc/dev/*"; got != want || err != nil {
		t.Errorf("everyMethod = %q, %v; want %q", got, err, want)
	}
	if _, err := everyMethod("nonsense"); err == nil {
		t.Error("everyMethod accepts nonsense")
	}
}
