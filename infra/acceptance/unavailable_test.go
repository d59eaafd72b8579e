package acceptance_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rolecall/rolecall/infra/local/iam"
	"github.com/rolecall/rolecall/infra/local/stack"
)

// TestUnavailable: what DynamoDB does not do however often a function asks is a 503 that
// says when to try again; what it refuses is the function's fault, and a 500.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	var refusal atomic.Value // type of the error that create-role meets; empty for none
	refusal.Store("")
	s := startWith(t, stack.Options{Around: func(w http.ResponseWriter, r *http.Request, c iam.Call) {
		typ := refusal.Load().(string)
		if typ == "" || c.Function != "create-role" || !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".TransactWriteItems") {
			c.Serve(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(map[bool]int{true: 500, false: 400}[typ == "InternalServerError"])
		_, _ = fmt.Fprintf(w, `{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"rolecall-table"}`, typ)
	}})
	type failure struct {
		Schemas        []string
		Status, Detail string
		ErrorCode      *int
	}
	for _, test := range []struct {
		typ        string
		status     int
		retryAfter string
		detail     string
	}{
		{"ThrottlingException", 503, "1", "try again"},
		{"ProvisionedThroughputExceededException", 503, "1", "try again"},
		{"InternalServerError", 503, "1", "try again"},
		{"TransactionInProgressException", 503, "1", "may have been made"},
		{"ValidationException", 500, "", "report request"},
	} {
		refusal.Store(test.typ)
		for _, path := range []string{"/scim/acme/v2/Roles", "/scim/v2/Roles"} {
			var f failure
			a := s.call(t, "POST", path, "dev-acme-admin", `{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"id":"LATER","name":"Later"}`)
			a.decode(t, &f)
			if a.status != test.status || a.header.Get("Retry-After") != test.retryAfter || a.header.Get("Content-Type") != "application/scim+json" {
				t.Errorf("%s: %s was answered %d %v", test.typ, path, a.status, a.header)
			}
			if len(f.Schemas) != 1 || f.Schemas[0] != "urn:ietf:params:scim:api:messages:2.0:Error" || f.Status != fmt.Sprint(test.status) ||
				!strings.Contains(f.Detail, test.detail) || strings.Contains(string(a.body), "rolecall-table") || (f.ErrorCode != nil) != strings.Contains(path, "acme") {
				t.Errorf("%s: %s was answered %s", test.typ, path, a.body)
			}
		}
	}
	refusal.Store("")
	if a := s.call(t, "POST", "/scim/acme/v2/Roles", "dev-acme-admin", `{"id":"LATER","name":"Later"}`); a.status != 201 {
		t.Errorf("and later: %d %s", a.status, a.body)
	}
}
