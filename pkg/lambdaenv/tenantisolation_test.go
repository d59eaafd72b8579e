package lambdaenv

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// TestIsolation: a process that Lambda keeps for a tenant serves no other one.
func TestIsolation(t *testing.T) {
	t.Parallel()
	o, log := watched()
	served := 0
	handle := proxy(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		served++
		w.WriteHeader(http.StatusOK)
	}), o)
	for _, test := range []struct {
		process, caller string
		want            bool
	}{{"", "acme", true}, {"acme", "acme", true}, {"acme", "globex", false}, {"acme", "", false}} {
		ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{TenantID: test.process})
		before := served
		response, err := handle(ctx, requestOf(test.caller))
		if got := served > before; got != test.want || (err == nil) != test.want || (response.StatusCode == http.StatusOK) != test.want {
			t.Errorf("%+v: served %t, %d, %v", test, got, response.StatusCode, err)
		}
	}
	if lines := log.String(); strings.Count(lines, `"error":"a process of tenant`) != 2 || strings.Count(lines, `"ServerErrors":1`) != 2 {
		t.Errorf("the log is %s", lines)
	}
	// Without Lambda, as in tests.
	if err := checkIsolation(context.Background(), "acme"); err != nil {
		t.Error(err)
	}
}

func requestOf(tenant string) events.APIGatewayProxyRequest {
	context := events.APIGatewayProxyRequestContext{}
	if tenant != "" {
		context.Authorizer = map[string]any{contextTenant: tenant}
	}
	return events.APIGatewayProxyRequest{HTTPMethod: "GET", Path: "/scim/v2/Roles", RequestContext: context}
}
