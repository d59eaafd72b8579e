package infra_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestEventCases: among the events are those that a function easily reads wrongly.
func TestEventCases(t *testing.T) {
	t.Parallel()
	loaded := load(t)
	var requests []proxyEvent
	batches := map[string]bool{} // what happened in each, in order
	for _, file := range eventFiles(t, loaded) {
		switch file.kindOf(loaded) {
		case proxied:
			var event proxyEvent
			if err := json.Unmarshal(file.content, &event); err != nil {
				t.Fatal(err)
			}
			requests = append(requests, event)
		case streamed:
			var event streamEvent
			if err := json.Unmarshal(file.content, &event); err != nil {
				t.Fatal(err)
			}
			batches[happened(event)] = true
		}
	}
	for name, is := range map[string]func(proxyEvent) bool{
		"no body":                     func(e proxyEvent) bool { return e.HTTPMethod == http.MethodGet && e.Body == nil },
		"a repeated header":           func(e proxyEvent) bool { return repeats(e.MultiValueHeaders) },
		"a repeated parameter":        func(e proxyEvent) bool { return repeats(e.MultiValueQueryStringParameters) },
		"header names in lower case":  func(e proxyEvent) bool { return e.Headers["authorization"] != "" },
		"a percent-encoded path":      func(e proxyEvent) bool { return strings.Contains(e.Path, "%25") },
		"a slash at the end":          func(e proxyEvent) bool { return strings.HasSuffix(e.Path, "/") },
		"a base path":                 func(e proxyEvent) bool { return strings.HasPrefix(e.Path, "/management-api/") },
		"a custom domain without one": func(e proxyEvent) bool { return e.Path == e.RequestContext.Path && strings.HasPrefix(e.Path, "/scim/") },
		"a proxy before the API":      func(e proxyEvent) bool { return strings.Contains(e.Headers["X-Forwarded-For"], ",") },
		"a caller with roles":         func(e proxyEvent) bool { return e.RequestContext.Authorizer["roles"] != nil },
		"no caller":                   func(e proxyEvent) bool { return e.RequestContext.Authorizer == nil },
	} {
		found := false
		for _, event := range requests {
			found = found || is(event)
		}
		if !found {
			t.Errorf("no event has %s", name)
		}
	}
	for _, batch := range []string{"INSERT MODIFY REMOVE", "MODIFY REMOVE by dynamodb.amazonaws.com"} {
		if !batches[batch] {
			t.Errorf("no event is a batch of %s, but %v", batch, batches)
		}
	}
}

func happened(event streamEvent) string {
	var names []string
	for _, record := range event.Records {
		names = append(names, record.EventName)
		if by := record.UserIdentity; by != nil {
			names = append(names, "by", by.PrincipalID)
		}
	}
	return strings.Join(names, " ")
}

func repeats(values map[string][]string) bool {
	for _, list := range values {
		if len(list) > 1 {
			return true
		}
	}
	return false
}
