package lambdaenv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/infra/queries"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/lambdaenv/units"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// watched is an observer of the function get-role that writes lines as functions do.
func watched() (*observer, *bytes.Buffer) {
	log := &bytes.Buffer{}
	o := newObserver(slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{ReplaceAttr: lambdacontext.ReplaceAttr})))
	o.operation = "get-role"
	return o, log
}

// getRoleOf is a request of a tenant, whose limits are 100 in a minute.
func getRoleOf(name string) events.APIGatewayProxyRequest {
	return events.APIGatewayProxyRequest{
		HTTPMethod: "GET", Resource: "/scim/{tenant}/v2/Roles/{id}", Path: "/scim/acme/v2/Roles/RL_CONFIG", RequestContext: events.APIGatewayProxyRequestContext{
			RequestID: "request", Authorizer: map[string]any{"principalId": "administrator", contextTenant: name, contextTokenID: "token", contextLimits: "100/60s"},
		},
	}
}

// meteredStore returns a store whose calls are measured, and that has the tenant acme,
// with the token of its administrator.
func meteredStore(t *testing.T) (store *dynamo.Store, token string) {
	t.Helper()
	client, table := enginetest.Table(t)
	options := client.Options()
	options.APIOptions = append(options.APIOptions, units.Measure(units.MeterOf))
	store = dynamo.New(dynamodb.New(options), table, time.Now)
	token, _, err := onboard.Onboard(t.Context(), store, mustID(t, "acme"), audit.Actor{Principal: "operator"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return store, token
}

// linesOf decodes a log, without what differs from run to run. An object's members are
// written in the order of their names.
func linesOf(t *testing.T, log string) (lines []string) {
	t.Helper()
	for text := range strings.Lines(log) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if took, ok := line["durationMs"].(float64); !ok || took < 0 || took > 60_000 {
			t.Errorf("the line tells no time: %s", text)
		}
		if values, carries := line["Duration"].([]any); carries && (len(values) != 1 || values[0] != line["durationMs"]) {
			t.Errorf("two times: %s", text)
		}
		aws, _ := line["_aws"].(map[string]any)
		if at, ok := aws["Timestamp"].(float64); aws != nil && (!ok || time.Since(time.UnixMilli(int64(at))).Abs() > time.Minute) {
			t.Errorf("no time of the metrics: %s", text)
		}
		delete(aws, "Timestamp")
		for _, name := range []string{"timestamp", "durationMs", "Duration"} {
			delete(line, name)
		}
		content, _ := json.Marshal(line)
		lines = append(lines, string(content))
	}
	return lines
}

const (
	noted  = `"Namespace":"Rolecall"`
	count  = `,"Unit":"Count"}`
	always = `{"Name":"Requests"` + count + `,{"Name":"Duration","Unit":"Milliseconds"}`
)

// TestAnswered: a request is one line, with all that it took, and carries metrics.
func TestAnswered(t *testing.T) {
	t.Parallel()
	store, _ := meteredStore(t)
	o, log := watched()
	answer := proxy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := store.Role(r.Context(), mustID(t, "acme"), "RL_CONFIG"); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusOK)
	}), o)
	for range 2 {
		if response, err := answer(t.Context(), getRoleOf("acme")); err != nil || response.StatusCode != 200 {
			t.Fatalf("%d %s, %v", response.StatusCode, response.Body, err)
		}
	}
	const of = `"calls":1,"coldStart":`
	const request = `,"gatewayRequestId":"request","level":"INFO","message":"answered","method":"GET","operation":"get-role",` +
		`"readUnits":0.5,"resource":"/scim/{tenant}/v2/Roles/{id}","status":200,"tenant":"acme","writeUnits":0}`
	const by = `"_aws":{"CloudWatchMetrics":[{"Dimensions":[[],["Operation"],["TenantClass"]],"Metrics":[` + always
	want := []string{
		`{"ColdStart":1,"Operation":"get-role","ReadUnits":0.5,"Requests":1,"TenantClass":"lowered",` + by + `,{"Name":"ColdStart"` + count + `,{"Name":"ReadUnits"` + count + `],` + noted + `}]},` + of + `true` + request,
		`{"Operation":"get-role","ReadUnits":0.5,"Requests":1,"TenantClass":"lowered",` + by + `,{"Name":"ReadUnits"` + count + `],` + noted + `}]},` + of + `false` + request,
	}
	if got := linesOf(t, log.String()); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if n := log.Len() / 2; n > 900 {
		t.Errorf("a line has %d bytes", n)
	}
}

// TestRequestMetrics: what did not happen has no metric.
func TestRequestMetrics(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		200: "Requests", 201: "Requests WriteUnits", 404: "Requests", 429: "Requests Throttled", 500: "Requests ServerErrors", 501: "Requests", 503: "Requests ServerErrors",
	} {
		o, log := watched()
		o.warm.Store(true)
		answer := proxy(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }), o)
		if status == 201 {
			store, _ := meteredStore(t)
			answer = proxy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if _, err := store.CountRequests(r.Context(), mustID(t, "acme"), time.Now(), time.Now().Add(time.Minute), 1); err != nil {
					t.Error(err)
				}
				w.WriteHeader(status)
			}), o)
		}
		if _, err := answer(t.Context(), getRoleOf("acme")); err != nil {
			t.Error(err)
		}
		var line map[string]any
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range slices.Sorted(maps.Keys(line)) {
			if _, number := line[name].(float64); number && name[0] >= 'A' && name[0] <= 'Z' {
				got = append(got, name)
			}
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
	}
}

func mustID(t *testing.T, name string) tenant.ID {
	t.Helper()
	id, err := tenant.ParseID(name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestTenantClass(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ tenant, limits, want string }{
		{"", "", "none"}, {"", "7/1s", "none"},
		{"acme", "", "default"}, {"acme", "nonsense", "default"}, {"acme", "1000/100s", "default"}, {"acme", "10/1s", "default"},
		{"acme", "1001/100s", "raised"}, {"acme", "1000000/1s", "raised"}, {"acme", "1000/99s", "raised"},
		{"acme", "999/100s", "lowered"}, {"acme", "1/3600s", "lowered"},
	} {
		if got := tenantClass(test.tenant, limitsOf(test.limits)); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

// TestAuthorizerIsObserved: what API Gateway answers is told of the authorizer, and its
// metrics are kept by operation only.
func TestAuthorizerIsObserved(t *testing.T) {
	t.Parallel()
	store, token := meteredStore(t)
	o, log := watched()
	handle := authorizer{silent, logRefusals(silent), auth.Authenticator{
		Store: store, JWTs: newJWTs(), Now: time.Now, Warn: func(_ context.Context, err error) { t.Error(err) },
	}, usageKeys{}}.observedBy(o)
	given := func(ctx context.Context, token string) {
		_, _ = handle(ctx, events.APIGatewayCustomAuthorizerRequest{
			AuthorizationToken: "Bearer " + token, MethodArn: "arn:aws:execute-api:eu-west-1:123456789012:abc/dev/GET/scim/acme/v2/Roles",
		})
	}
	given(t.Context(), token)
	given(t.Context(), token[:len(token)-43]+strings.Repeat("x", 43))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	given(over, token)
	if _, err := store.Configure(t.Context(), mustID(t, "acme"), audit.Actor{}, func(c tenant.Configuration) (tenant.Configuration, error) {
		c.State = tenant.Suspended
		return c, nil
	}); err != nil {
		t.Fatal(err)
	}
	given(t.Context(), token)
	var statuses, tenants []any
	for text := range strings.Lines(log.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		statuses, tenants = append(statuses, line["status"]), append(tenants, line["tenant"])
		if !strings.Contains(text, `"Dimensions":[["Operation"]]`) || line["Requests"] != 1.0 || line["TenantClass"] != nil || line["resource"] != nil {
			t.Errorf("the line is %s", text)
		}
		if (line["status"] == 401.0) != (line["Unauthorized"] == 1.0) {
			t.Errorf("the line is %s", text)
		}
	}
	if want := []any{200.0, 401.0, 503.0, 403.0}; !slices.Equal(statuses, want) || !slices.Equal(tenants, []any{"acme", nil, nil, nil}) {
		t.Errorf("statuses %v, want %v; tenants %v", statuses, want, tenants)
	}
}

// TestObserve: functions beside the API tell the same, and no metrics.
func TestObserve(t *testing.T) {
	t.Parallel()
	store, _ := meteredStore(t)
	o, log := watched()
	handle := Observe(Environment{observer: o}, func(ctx context.Context, role string) (string, error) {
		if role == "" {
			return "", errors.New("name a role")
		}
		_, err := store.Role(ctx, mustID(t, "acme"), role)
		return "done", err
	})
	if answer, err := handle(t.Context(), "RL_CONFIG"); answer != "done" || err != nil {
		t.Errorf("%s, %v", answer, err)
	}
	if _, err := handle(t.Context(), ""); err == nil {
		t.Error("the error is lost")
	}
	want := []string{
		`{"calls":1,"coldStart":true,"level":"INFO","message":"answered","operation":"get-role","readUnits":0.5,"writeUnits":0}`,
		`{"calls":0,"coldStart":false,"error":"name a role","level":"INFO","message":"answered","operation":"get-role","readUnits":0,"writeUnits":0}`,
	}
	if got := linesOf(t, log.String()); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestTraced: X-Ray is told of a sampled request and of its calls, and of no other.
func TestTraced(t *testing.T) {
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	t.Setenv("AWS_XRAY_DAEMON_ADDRESS", socket.LocalAddr().String())
	_, env := serviceAt(t, "")
	env.observer.log = silent
	answer := proxy(api.GetRole(api.Dependencies{Roles: env.Store, Grants: env.Store, Log: silent}), env.observer)
	for _, sampled := range []string{"0", "1"} {
		//lint:ignore SA1029 it is aws-lambda-go's
		ctx := context.WithValue(t.Context(), "x-amzn-trace-id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled="+sampled)
		if _, err := answer(ctx, getRoleOf("acme")); err != nil {
			t.Error(err)
		}
	}
	datagram := make([]byte, 1<<16)
	_ = socket.SetReadDeadline(time.Now().Add(10 * time.Second))
	n, _, err := socket.ReadFrom(datagram)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"name":"lambdaenv.test"`, `"parent_id":"53995c3f42cd8ad8"`, `"annotations":{"coldStart":false,"operation":"lambdaenv.test","status":`, `"tenant":"acme"}`,
		`"name":"DynamoDB"`, `"namespace":"aws","aws":{"operation":"BatchGetItem","region":"us-east-1"}`,
	} {
		if !bytes.Contains(datagram[:n], []byte(want)) {
			t.Errorf("X-Ray is not told %s but %s", want, datagram[:n])
		}
	}
	_ = socket.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if n, _, err := socket.ReadFrom(datagram); err == nil {
		t.Errorf("X-Ray is told more: %s", datagram[:n])
	}
}

// TestQueries: what the saved queries ask for, the lines of requests tell.
func TestQueries(t *testing.T) {
	t.Parallel()
	all, err := queries.All()
	if err != nil {
		t.Fatal(err)
	}
	o, log := watched()
	store, _ := meteredStore(t)
	var asked []tenant.Limits
	for _, d := range []api.Dependencies{
		{Roles: store, Grants: store, Log: o.log, Refused: logRefusals(o.log)},
		{Roles: store, Grants: store, Log: o.log, Refused: logRefusals(o.log), Throttle: refusing{&asked}},
		{Log: o.log}, // it has nothing to ask, and panics
	} {
		request := getRoleOf("acme")
		for _, principal := range []string{"administrator", "nobody"} {
			request.RequestContext.Authorizer["principalId"] = principal
			if _, err := proxy(api.GetRole(d), o)(t.Context(), request); err != nil {
				t.Error(err)
			}
		}
	}
	for _, q := range slices.Concat(queries.Asking(all, "answered"), queries.Asking(all, "refused")) {
		if missing, err := q.Missing(log.String()); err != nil || len(missing) > 0 {
			t.Errorf("%s asks for %v, %v", q.Name, missing, err)
		}
	}
}
