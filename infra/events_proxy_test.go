package infra_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/infra/local/template"
)

// Where all events come from: they are of one deployment.
const (
	eventRegion     = "eu-west-1"
	eventAccount    = "123456789012"
	eventAPI        = "abcde12345"
	eventDeployment = "k3v9xq"
)

// proxyEvent is what a REST API hands a function by proxy integration (payload
// version 1): these members, always. An empty map is null.
type proxyEvent struct {
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  proxyContext        `json:"requestContext"`
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

type proxyContext struct {
	ResourceID        string             `json:"resourceId"`
	Authorizer        map[string]any     `json:"authorizer,omitempty"` // on routes with one
	ResourcePath      string             `json:"resourcePath"`
	HTTPMethod        string             `json:"httpMethod"`
	ExtendedRequestID string             `json:"extendedRequestId"`
	RequestTime       string             `json:"requestTime"`
	Path              string             `json:"path"`
	AccountID         string             `json:"accountId"`
	Protocol          string             `json:"protocol"`
	Stage             string             `json:"stage"`
	DomainPrefix      string             `json:"domainPrefix"`
	RequestTimeEpoch  int64              `json:"requestTimeEpoch"`
	RequestID         string             `json:"requestId"`
	Identity          map[string]*string `json:"identity"`
	DomainName        string             `json:"domainName"`
	DeploymentID      string             `json:"deploymentId"`
	APIID             string             `json:"apiId"`
}

type proxyCheck struct {
	api       *template.API
	router    *router
	resources map[string]string // their ids
	requests  map[string]string // by id, the event's name
}

func newProxyCheck(t *testing.T, in *template.Template) proxyCheck {
	return proxyCheck{in.API, newRouter(t, in), map[string]string{}, map[string]string{}}
}

func (c proxyCheck) check(t *testing.T, file eventFile) {
	t.Helper()
	var event proxyEvent
	if err := exactly(file.content, &event); err != nil {
		t.Fatal(err)
	}
	to := c.router.route(t, event.HTTPMethod, event.Path)
	if to.function != file.function.LogicalID {
		t.Errorf("%s %s goes to %s", event.HTTPMethod, event.Path, to.function)
	}
	for problem, found := range map[string]bool{
		"resource, not " + to.resource:                         event.Resource != to.resource || event.RequestContext.ResourcePath != to.resource,
		"pathParameters, not " + fmt.Sprint(to.pathParameters): !maps.Equal(event.PathParameters, to.pathParameters),
		"httpMethod":                      event.RequestContext.HTTPMethod != event.HTTPMethod,
		"stage":                           event.RequestContext.Stage != c.api.StageName,
		"stageVariables":                  !maps.Equal(event.StageVariables, c.api.Variables),
		"an empty map, not null":          hasEmptyMap(event),
		"headers":                         !maps.Equal(event.Headers, lastOf(event.MultiValueHeaders)),
		"queryStringParameters":           !maps.Equal(event.QueryStringParameters, lastOf(event.MultiValueQueryStringParameters)),
		"path that no client can send":    strings.ContainsFunc(event.Path, func(r rune) bool { return r <= ' ' || r > '~' || r == '?' }),
		"isBase64Encoded without a type":  event.IsBase64Encoded && len(c.api.BinaryMediaTypes) == 0,
		"body, or none, with this method": (event.Body == nil) != slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodDelete}, event.HTTPMethod),
		"body without its type":           (event.Body == nil) != (header(event, "Content-Type") == ""),
	} {
		if found {
			t.Error("wrong:", problem)
		}
	}
	c.checkIDs(t, file.name, event)
	checkDomain(t, event)
	checkClient(t, event, to)
	checkTime(t, event)
	c.checkAuthorizer(t, event, to)
}

func hasEmptyMap(event proxyEvent) bool {
	for _, m := range []map[string]string{event.Headers, event.QueryStringParameters, event.PathParameters, event.StageVariables} {
		if m != nil && len(m) == 0 {
			return true
		}
	}
	return event.MultiValueQueryStringParameters != nil && len(event.MultiValueQueryStringParameters) == 0
}

// lastOf keeps the last value of each, as API Gateway does.
func lastOf(values map[string][]string) map[string]string {
	out := map[string]string{}
	for name, list := range values {
		if len(list) > 0 {
			out[name] = list[len(list)-1]
		}
	}
	return out
}

// header looks for a header whatever the case of its name: a client of HTTP/2 sends
// names in lower case, and API Gateway changes only some.
func header(event proxyEvent, name string) string {
	for key, value := range event.Headers {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}
