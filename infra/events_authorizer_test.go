package infra_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/template"
	"github.com/rolecall/rolecall/pkg/auth"
)

// tokenEvent is the event of a TOKEN authorizer.
type tokenEvent struct {
	Type               string `json:"type"`
	MethodARN          string `json:"methodArn"`
	AuthorizationToken string `json:"authorizationToken"`
}

// methodARN takes the ARN of a method apart, which names the API and its stage, and
// the path without them.
var methodARN = regexp.MustCompile(`^arn:aws:execute-api:` + eventRegion + `:` + eventAccount + `:` + eventAPI + `/([^/]+)/([A-Z]+)(/.*)$`)

type authorizerCheck struct {
	api    *template.API
	router *router
}

func newAuthorizerCheck(t *testing.T, in *template.Template) authorizerCheck {
	return authorizerCheck{in.API, newRouter(t, in)}
}

func (c authorizerCheck) check(t *testing.T, file eventFile) {
	t.Helper()
	var event tokenEvent
	if err := exactly(file.content, &event); err != nil {
		t.Fatal(err)
	}
	authorizer := c.api.Authorizers[c.api.DefaultAuthorizer]
	if event.Type != "TOKEN" || !authorizer.Validation.MatchString(event.AuthorizationToken) {
		t.Errorf("type %s, token %s: API Gateway does not ask for it", event.Type, event.AuthorizationToken)
	}
	parts := methodARN.FindStringSubmatch(event.MethodARN)
	if parts == nil || parts[1] != c.api.StageName {
		t.Fatalf("method ARN %s", event.MethodARN)
	}
	if to := c.router.route(t, parts[2], parts[3]); !to.authorized {
		t.Errorf("%s %s asks no authorizer", parts[2], parts[3])
	}
}

// authorizerContext returns the names in the context that the authorizer answers
// for a caller, with those that API Gateway adds.
func authorizerContext(t *testing.T, principal string) []string {
	t.Helper()
	answer, err := os.ReadFile("acceptance/testdata/authorize.golden")
	if err != nil {
		t.Fatal(err)
	}
	var answered struct{ Context map[string]string }
	if err := json.Unmarshal(answer, &answered); err != nil {
		t.Fatal(err)
	}
	names := append(slices.Collect(maps.Keys(answered.Context)), "principalId", "integrationLatency")
	if strings.HasPrefix(principal, auth.ExternalPrefix) {
		names = append(names, "roles")
	}
	return slices.Sorted(slices.Values(names))
}
