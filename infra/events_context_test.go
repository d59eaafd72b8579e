package infra_test

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var forms = map[string]*regexp.Regexp{
	"requestId":         regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`),
	"extendedRequestId": regexp.MustCompile(`^[A-Za-z0-9_-]{15}=$`),
	"resourceId":        regexp.MustCompile(`^[a-z0-9]{6}$`),
}

// checkIDs: each request has its own ids, each resource one.
func (c proxyCheck) checkIDs(t *testing.T, name string, event proxyEvent) {
	t.Helper()
	in := event.RequestContext
	if in.AccountID != eventAccount || in.APIID != eventAPI || in.DeploymentID != eventDeployment {
		t.Errorf("account %s, API %s, deployment %s", in.AccountID, in.APIID, in.DeploymentID)
	}
	for member, value := range map[string]string{"requestId": in.RequestID, "extendedRequestId": in.ExtendedRequestID, "resourceId": in.ResourceID} {
		if !forms[member].MatchString(value) {
			t.Errorf("%s %q is not like %s", member, value, forms[member])
		}
	}
	for _, id := range []string{in.RequestID, in.ExtendedRequestID} {
		if other, taken := c.requests[id]; taken {
			t.Errorf("%s is the id of %s, too", id, other)
		}
		c.requests[id] = name
	}
	for resource, id := range c.resources {
		if (resource == event.Resource) != (id == in.ResourceID) {
			t.Errorf("the resource %s has the id %s, and %s has %s", resource, id, event.Resource, in.ResourceID)
		}
	}
	c.resources[event.Resource] = in.ResourceID
}

// checkDomain: on the API's own domain the stage is part of the path, if only of the
// context's; on a custom domain a base path is part of both.
func checkDomain(t *testing.T, event proxyEvent) {
	t.Helper()
	in := event.RequestContext
	prefix, _, _ := strings.Cut(in.DomainName, ".")
	path := event.Path
	if prefix == eventAPI {
		path = "/" + in.Stage + path
		if want := eventAPI + ".execute-api." + eventRegion + ".amazonaws.com"; in.DomainName != want || !strings.HasPrefix(event.Path, strings.Split(event.Resource, "{")[0]) {
			t.Errorf("%s of domain %s: want %s, and no base path", event.Path, in.DomainName, want)
		}
	}
	if event.Headers["Host"] != in.DomainName || in.DomainPrefix != prefix || in.Path != path {
		t.Errorf("host %s, prefix %s, path %s: want %s, %s, %s", event.Headers["Host"], in.DomainPrefix, in.Path, in.DomainName, prefix, path)
	}
}

// Members of the identity. All but knownIdentity are null, as nobody signs requests
// with the credentials of AWS. Those of keyedIdentity are there on routes with the
// authorizer alone.
var (
	knownIdentity = []string{"sourceIp", "userAgent"}
	keyedIdentity = []string{"apiKey", "apiKeyId"}
	nullIdentity  = []string{
		"cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "principalOrgId", "accessKey",
		"cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "user",
	}
)

// checkClient: what the context tells of the client, the headers do, too.
func checkClient(t *testing.T, event proxyEvent, to destination) {
	t.Helper()
	identity := event.RequestContext.Identity
	names := slices.Concat(knownIdentity, nullIdentity)
	known := slices.Clone(knownIdentity)
	if to.authorized {
		names, known = append(names, keyedIdentity...), append(known, keyedIdentity...)
	}
	if got := slices.Sorted(maps.Keys(identity)); !slices.Equal(got, slices.Sorted(slices.Values(names))) {
		t.Fatalf("members of the identity: %v", got)
	}
	for name, value := range identity {
		if (value != nil) != slices.Contains(known, name) {
			t.Errorf("identity: %s is null or is not", name)
		}
	}
	address, agent := *identity["sourceIp"], *identity["userAgent"]
	forwarded := strings.Split(event.Headers["X-Forwarded-For"], ", ") // API Gateway adds whom it hears from
	if event.Headers["User-Agent"] != agent || forwarded[len(forwarded)-1] != address {
		t.Errorf("identity: %s at %s", agent, address)
	}
	if event.Headers["X-Forwarded-Proto"] != "https" || event.Headers["X-Forwarded-Port"] != "443" || event.RequestContext.Protocol != "HTTP/1.1" {
		t.Errorf("protocol: %s, %s, port %s", event.RequestContext.Protocol, event.Headers["X-Forwarded-Proto"], event.Headers["X-Forwarded-Port"])
	}
}

// checkTime: the request's time is the same in all its forms.
func checkTime(t *testing.T, event proxyEvent) {
	t.Helper()
	at := time.UnixMilli(event.RequestContext.RequestTimeEpoch).UTC()
	if want := at.Format("02/Jan/2006:15:04:05 -0700"); event.RequestContext.RequestTime != want {
		t.Errorf("requestTime %s, want %s", event.RequestContext.RequestTime, want)
	}
	trace := regexp.MustCompile(fmt.Sprintf("^Root=1-%08x-[0-9a-f]{24}$", at.Unix()))
	if got := event.Headers["X-Amzn-Trace-Id"]; !trace.MatchString(got) {
		t.Errorf("X-Amzn-Trace-Id %s, want %s", got, trace)
	}
}

// checkAuthorizer: the context is what the authorizer answers for the token, with
// what API Gateway adds. Its values are strings, whatever the authorizer answered.
func (c proxyCheck) checkAuthorizer(t *testing.T, event proxyEvent, to destination) {
	t.Helper()
	context := event.RequestContext.Authorizer
	if !to.authorized {
		if context != nil {
			t.Errorf("an authorizer's context on a route without one: %v", context)
		}
		return
	}
	principal, _ := context["principalId"].(string)
	if got, want := slices.Sorted(maps.Keys(context)), authorizerContext(t, principal); !slices.Equal(got, want) {
		t.Errorf("context of the authorizer: %v, want %v", got, want)
	}
	for name, value := range context {
		if want := map[bool]string{true: "float64", false: "string"}[name == "integrationLatency"]; reflect.TypeOf(value).String() != want {
			t.Errorf("context of the authorizer: %s is a %T, want a %s", name, value, want)
		}
	}
	authorizer := c.api.Authorizers[c.api.DefaultAuthorizer]
	if token := header(event, authorizer.Header); !authorizer.Validation.MatchString(token) {
		t.Errorf("API Gateway refuses the token %s itself", token)
	}
}
