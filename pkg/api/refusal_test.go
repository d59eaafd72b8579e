package api_test

import (
	"reflect"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
)

// TestRefusals: each refused call is told of once, and no other is.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.handlers["PUT /Roles"] = api.RefuseRequest(api.Dependencies{Refused: s.noteRefusal})
	acme := func(principal string) auth.Caller {
		return auth.Caller{Tenant: tenantID(t, "acme"), Principal: principal, TokenID: "token"}
	}
	bare := auth.Caller{Tenant: tenantID(t, "bare"), Principal: limited, TokenID: "token"}
	for name, test := range map[string]struct {
		call call
		want []api.Refusal // without what is the same for all
	}{
		"no permission":          {call{principal: viewer, method: "POST", path: "/acme/v2/Roles", body: newRole}, []api.Refusal{{Caller: acme(viewer), Method: "POST", Endpoint: "/Roles", Status: 403, Permission: permission.CreateRole, Role: "NEWROLE"}}},
		"no permission to list":  {call{principal: "nobody", path: "/v2/AuditRecords"}, []api.Refusal{{Caller: acme("nobody"), Method: "GET", Endpoint: "/AuditRecords", Status: 403, Permission: permission.ReadAudit}}},
		"not over this role":     {call{tenant: "bare", principal: limited, path: "/bare/v2/Roles/ALL"}, []api.Refusal{{Caller: bare, Method: "GET", Endpoint: "/Roles/{id}", Status: 403, Permission: permission.ReadRole, Role: "ALL"}}},
		"built-in role":          {call{method: "DELETE", path: "/v2/Roles/RL_AUDITV"}, []api.Refusal{{Caller: acme(admin), Method: "DELETE", Endpoint: "/Roles/{id}", Status: 403}}},
		"other tenant's path":    {call{path: "/globex/v2/Roles"}, []api.Refusal{{Caller: acme(admin), Method: "GET", Endpoint: "/Roles", Status: 403}}},
		"other tenant's nowhere": {call{method: "PUT", path: "/globex/v2/Roles"}, []api.Refusal{{Caller: acme(admin), Method: "PUT", Status: 403}}},
		"each of a bulk request": {call{principal: viewer, method: "POST", path: "/acme/v2/Bulk", body: `{"Operations":[{"method":"DELETE","path":"/Roles/A"},{"method":"DELETE","path":"/PermissionSets/B"}]}`}, []api.Refusal{
			{Caller: acme(viewer), Method: "DELETE", Endpoint: "/Roles/{id}", Status: 403, Permission: permission.DeleteRole, Role: "A"},
			{Caller: acme(viewer), Method: "DELETE", Endpoint: "/PermissionSets/{id}", Status: 403, Permission: permission.WritePermissionSet},
		}},
		"granted":              {call{path: "/v2/Roles"}, nil},
		"other tenant's role":  {call{tenant: "globex", path: "/globex/v2/Roles/NONE"}, nil},
		"wrong method":         {call{method: "PUT", path: "/acme/v2/Roles"}, nil},
		"wrong body":           {call{method: "POST", path: "/acme/v2/Roles", body: `{`}, nil},
		"taken id":             {call{method: "POST", path: "/acme/v2/Roles", body: `{"id":"RL_RFE","name":"x"}`}, nil},
		"a version long since": {call{method: "PATCH", path: "/acme/v2/Roles/RL_RFE", body: `{"Operations":[{"op":"remove","path":"description"}]}`, header: map[string]string{"If-Match": `W/"7"`}}, nil},
	} {
		s.refusals = nil
		s.do(t, test.call)
		for i := range test.want {
			test.want[i].RequestID, test.want[i].Address = "request-1", "192.0.2.1"
		}
		if len(s.refusals) != len(test.want) {
			t.Errorf("%s: told of %+v", name, s.refusals)
			continue
		}
		for i, got := range s.refusals {
			if got.Reason == "" {
				t.Errorf("%s: there is no reason", name)
			}
			got.Reason = ""
			if !reflect.DeepEqual(got, test.want[i]) {
				t.Errorf("%s: told of %+v, want %+v", name, got, test.want[i])
			}
		}
	}
}

// TestThrottledIsRefused: who is over the limits is told of, too.
func TestThrottledIsRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, api.Dependencies{Throttle: &gate{}})
	s.do(t, call{path: "/v2/Roles"}).is(429)
	if len(s.refusals) != 1 || s.refusals[0].Status != 429 || s.refusals[0].Caller.Principal != admin || s.refusals[0].Endpoint != "/Roles" {
		t.Errorf("told of %+v", s.refusals)
	}
}
