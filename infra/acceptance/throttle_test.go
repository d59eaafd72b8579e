package acceptance_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// testThrottle: all functions together let a tenant make as many requests as its
// limits say, and not one more; others do not notice.
func testThrottle(t *testing.T, s service) {
	calls := countedCalls()
	limits := tenant.Limits{Requests: len(calls), Window: longWindow()}
	s.addBusyTenant(t, limits)
	s.addToken(t, "busy", "administrator", "RL_SADMIN", "busy-admin")
	for _, c := range calls {
		if a := s.call(t, c.method, c.path, "busy-admin", c.body); a.status == 429 || a.status >= 500 {
			t.Errorf("%s %s: %d %s", c.method, c.path, a.status, a.body)
		}
		s.checkUncounted(t)
	}
	if n := s.counted(t, limits); n != len(calls) {
		t.Errorf("%d requests are counted as %d", len(calls), n)
	}
	for _, c := range calls {
		checkThrottled(t, c, s.call(t, c.method, c.path, "busy-admin", c.body), limits)
	}
	// Whoever is refused makes each process write once, in which it learns of it.
	before := s.counted(t, limits)
	for range 50 {
		checkThrottled(t, calls[0], s.call(t, calls[0].method, calls[0].path, "busy-admin", calls[0].body), limits)
	}
	if n := s.counted(t, limits) - before; n > len(s.FunctionPIDs()["list-roles"]) {
		t.Errorf("of 50 refused requests %d are counted, by %d processes", n, len(s.FunctionPIDs()["list-roles"]))
	}
	s.checkUncounted(t)
	if a := s.call(t, "GET", "/scim/acme/v2/Roles/RL_CONFIG", "dev-acme-admin", ""); a.status != 200 {
		t.Errorf("another tenant: %d %s", a.status, a.body)
	}
	// The authorizer's answer for the first token is remembered with the old limits.
	s.limit(t, "busy", tenant.Limits{Requests: 100_000, Window: limits.Window})
	s.addToken(t, "busy", "administrator", "RL_SADMIN", "busy-admin-2")
	if a := s.call(t, "GET", "/scim/v2/Roles", "busy-admin-2", ""); a.status != 200 {
		t.Errorf("with higher limits: %d %s", a.status, a.body)
	}
}

type countedCall struct{ method, path, body string }

// countedCalls are one request of each method to each endpoint of the tenant
// busy, on both surfaces, without those that need no store. They change
// nothing.
func countedCalls() []countedCall {
	var calls []countedCall
	methods := api.Methods()
	for _, path := range slices.Sorted(maps.Keys(methods)) {
		if strings.HasPrefix(path, "/ResourceTypes") || strings.HasPrefix(path, "/Schemas") || path == "/ServiceProviderConfig" {
			continue
		}
		for method := range strings.SplitSeq(methods[path], ", ") {
			body := ""
			if method != "GET" && method != "DELETE" {
				body = "{}"
			}
			path := strings.Replace(path, "{id}", "NONE", 1)
			calls = append(calls, countedCall{method, "/scim/busy/v2" + path, body}, countedCall{method, "/scim/v2" + path, body})
		}
	}
	slices.SortStableFunc(calls, func(a, b countedCall) int { // GET /Roles comes first
		return strings.Compare(fmt.Sprint(!strings.HasSuffix(a.path, "/Roles"), a.method), fmt.Sprint(!strings.HasSuffix(b.path, "/Roles"), b.method))
	})
	return calls
}

// longWindow is the length of windows of which one has just begun, or is far
// from its end.
func longWindow() time.Duration {
	seconds := int64(3600)
	for now := time.Now().Unix(); seconds-now%seconds < 120; {
		seconds--
	}
	return time.Duration(seconds) * time.Second
}

func (s service) addBusyTenant(t *testing.T, limits tenant.Limits) {
	t.Helper()
	if result, err := s.Invoke(t.Context(), "onboard-tenant", []byte(`{"tenant":"busy"}`)); err != nil || result.FunctionError != "" {
		t.Fatalf("onboard: %v %s", err, result.Payload)
	}
	s.limit(t, "busy", limits)
}

// limit gives a tenant other limits.
func (s service) limit(t *testing.T, name string, limits tenant.Limits) {
	t.Helper()
	id, err := tenant.ParseID(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.store().Configure(t.Context(), id, audit.Actor{Principal: "operator"}, func(c tenant.Configuration) (tenant.Configuration, error) {
		c.Limits = limits
		return c, nil
	}); err != nil {
		t.Fatal(err)
	}
}

// checkUncounted sends requests of the tenant busy that need no store, and some
// that are refused for who sends them. None of them counts for the tenant.
func (s service) checkUncounted(t *testing.T) {
	t.Helper()
	for _, c := range []struct {
		path, token string
		status      int
	}{
		{"/scim/busy/v2/ServiceProviderConfig", "", 200},
		{"/scim/busy/v2/Schemas", "busy-admin", 200},
		{"/scim/busy/v2/Groups", "busy-admin", 404},
		{"/scim/busy/v2/Roles", "", 401},
		{"/scim/busy/v2/Roles", "dev-globex-admin", 403},
		{"/scim/globex/v2/Roles", "busy-admin", 403},
	} {
		if a := s.call(t, "GET", c.path, c.token, ""); a.status != c.status {
			t.Errorf("GET %s: %d %s", c.path, a.status, a.body)
		}
	}
}

// counted returns how many requests of the tenant busy are stored for the present
// window.
func (s service) counted(t *testing.T, limits tenant.Limits) int {
	t.Helper()
	seconds := int64(limits.Window / time.Second)
	start := time.Now().Unix() / seconds * seconds
	out, err := s.Client().GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &s.Template().Tables[0].Name, Key: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "RATE#busy"}, "sk": &types.AttributeValueMemberS{Value: fmt.Sprintf("%d#%d", start, seconds)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	count, _ := out.Item["count"].(*types.AttributeValueMemberN)
	if count == nil {
		t.Fatalf("no count in %v", out.Item)
	}
	n, err := strconv.Atoi(count.Value)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// checkThrottled: the answer says how long to wait, at most to the window's end.
func checkThrottled(t *testing.T, c countedCall, a answer, limits tenant.Limits) {
	t.Helper()
	var message struct {
		Schemas        []string
		Status, Detail string
		ErrorCode      *int
	}
	a.decode(t, &message)
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if a.status != 429 || message.Status != "429" || a.header.Get("Content-Type") != "application/scim+json" ||
		!slices.Equal(message.Schemas, []string{"urn:ietf:params:scim:api:messages:2.0:Error"}) ||
		!strings.Contains(message.Detail, fmt.Sprintf("%d requests in %d seconds", limits.Requests, int(limits.Window.Seconds()))) ||
		(message.ErrorCode != nil) != strings.HasPrefix(c.path, "/scim/busy/") ||
		err != nil || wait < 1 || wait > int(limits.Window.Seconds()) {
		t.Errorf("%s %s: %d %v %s", c.method, c.path, a.status, a.header, a.body)
	}
}
