package lambdaenv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv/tenantaccess"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/throttle"
)

// services are STS and DynamoDB at one address. STS names the tenant in the keys
// that it hands out; DynamoDB is empty, and keeps who signed for which tenant.
type services struct {
	mutex    sync.Mutex
	sessions int
	refuse   bool
	calls    map[string]int // by "access key > partition key"
}

var (
	tagOf       = regexp.MustCompile(`Tags\.member\.1\.Value=([a-z-]+)`)
	signerOf    = regexp.MustCompile(`Credential=([^/]+)/`)
	partitionOf = regexp.MustCompile(`"((?:TENANT|RATE)#[^"]+)"`)
)

func (s *services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	signer := signerOf.FindStringSubmatch(r.Header.Get("Authorization"))[1]
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if r.Header.Get("X-Amz-Target") == "" {
		s.sessions++
		if s.refuse || signer != "FUNCTION" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		t := tagOf.FindStringSubmatch(string(body))[1]
		_, _ = fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>KEY-OF-%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>`+
			`<Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, t, time.Now().Add(15*time.Minute).UTC().Format(time.RFC3339))
		return
	}
	for _, partition := range partitionOf.FindAllStringSubmatch(string(body), -1) {
		s.calls[signer+" > "+partition[1]]++
	}
	_, _ = io.WriteString(w, `{}`)
}

func serviceAt(t *testing.T, role string) (*services, Environment) {
	t.Helper()
	s := &services{calls: map[string]int{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"TABLE_NAME": "Table", "AWS_ACCESS_KEY_ID": "FUNCTION", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token",
		"DYNAMODB_ENDPOINT": server.URL, "AWS_ENDPOINT_URL_STS": server.URL, "TENANT_ROLE_ARN": role,
	} {
		t.Setenv(name, value)
	}
	env, err := load(tenantCredentials)
	if err != nil {
		t.Fatal(err)
	}
	return s, env
}

// getRole is the operation as it is deployed, for the limits of each request.
func getRole(env Environment) func(context.Context, string) (events.APIGatewayProxyResponse, error) {
	answer := proxy(api.GetRole(api.Dependencies{
		Roles: env.Store, Grants: env.Store, Throttle: throttle.New(env.Store, time.Now, silent), Log: silent,
	}), unseen)
	return func(ctx context.Context, caller string) (events.APIGatewayProxyResponse, error) {
		return answer(ctx, events.APIGatewayProxyRequest{
			HTTPMethod: "GET", Path: "/scim/v2/Roles/X", RequestContext: events.APIGatewayProxyRequestContext{
				Authorizer: map[string]any{"principalId": "administrator", contextTenant: caller, contextTokenID: "token", contextLimits: "100/60s"},
			},
		})
	}
}

const testRole = "arn:aws:iam::123456789012:role/TenantAccess"

// TestEachTenantSigns: of many concurrent requests, each is signed with the key
// of its own tenant's session.
func TestEachTenantSigns(t *testing.T) {
	s, env := serviceAt(t, testRole)
	get := getRole(env)
	tenants := []string{"acme", "acme-eu", "globex"}
	var callers sync.WaitGroup
	for range 20 {
		for _, caller := range tenants {
			callers.Go(func() {
				if response, err := get(t.Context(), caller); err != nil || response.StatusCode >= 500 {
					t.Errorf("%s: %d %s, %v", caller, response.StatusCode, response.Body, err)
				}
			})
		}
	}
	callers.Wait()
	for _, name := range tenants {
		for kind, least := range map[string]int{"TENANT#": 20, "RATE#": 1} { // one count may stand for several requests
			if s.calls["KEY-OF-"+name+" > "+kind+name] < least {
				t.Errorf("%s signs too few calls: %v", name, s.calls)
			}
		}
	}
	if len(s.calls) != 2*len(tenants) || s.sessions != len(tenants) {
		t.Errorf("%d sessions, calls %v", s.sessions, s.calls)
	}
}

// TestWithoutSession: who gets no session gets 503, and STS is not asked for each
// request.
func TestWithoutSession(t *testing.T) {
	s, env := serviceAt(t, testRole)
	s.refuse = true
	get := getRole(env)
	for range 20 {
		response, err := get(t.Context(), "acme")
		if err != nil || response.StatusCode != 503 || len(response.MultiValueHeaders["Retry-After"]) != 1 || !strings.Contains(response.Body, "try again") {
			t.Errorf("%d %v %s, %v", response.StatusCode, response.MultiValueHeaders, response.Body, err)
		}
	}
	if s.sessions > 2 || len(s.calls) > 0 {
		t.Errorf("%d requests for a session, calls %v", s.sessions, s.calls)
	}
}

func TestNobodyCalls(t *testing.T) {
	s, env := serviceAt(t, testRole)
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := env.Store.Role(t.Context(), acme, "X"); !errors.Is(err, tenantaccess.ErrNoTenant) || s.sessions > 0 || len(s.calls) > 0 {
		t.Errorf("error %v, %d sessions, calls %v", err, s.sessions, s.calls)
	}
}

// TestWithoutRole: the functions' own credentials, and no call of STS.
func TestWithoutRole(t *testing.T) {
	s, env := serviceAt(t, "")
	if _, err := getRole(env)(t.Context(), "acme"); err != nil {
		t.Fatal(err)
	}
	if s.sessions != 0 || s.calls["FUNCTION > TENANT#acme"] == 0 || len(s.calls) != 2 {
		t.Errorf("%d sessions, calls %v", s.sessions, s.calls)
	}
}
