package api_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const bulkSchemas = `"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"]`

type bulkAnswer struct {
	Schemas    []string
	Operations []struct {
		Location, Method, BulkID, Version, Status string
		Response                                  json.RawMessage
	}
}

// bulk sends operations and returns what came back.
func (s *service) bulk(t *testing.T, c call, failOnErrors int, operations ...string) bulkAnswer {
	t.Helper()
	c.method = "POST"
	c.body = fmt.Sprintf(`{%s,"failOnErrors":%d,"Operations":[%s]}`, bulkSchemas, failOnErrors, strings.Join(operations, ","))
	var answer bulkAnswer
	s.do(t, c).is(200).json(&answer)
	return answer
}

func (a bulkAnswer) statuses() []string {
	var statuses []string
	for _, o := range a.Operations {
		statuses = append(statuses, o.Status)
	}
	return statuses
}

func wantStatuses(t *testing.T, a bulkAnswer, want ...string) {
	t.Helper()
	if got := a.statuses(); !slices.Equal(got, want) {
		encoded, _ := json.MarshalIndent(a, "", " ")
		t.Errorf("statuses %v, want %v:\n%s", got, want, encoded)
	}
}

const (
	roleGranting = `{"method":"POST","path":"/Roles","bulkId":"%s","data":{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"name":"%s",` +
		`"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[{"value":"%s"}]}}}`
	setNaming = `{"method":"POST","path":"/PermissionSets","bulkId":"%s","data":{"schemas":["urn:hid:scim:api:idp:2.0:PermissionSet"],"name":"%s",` +
		`"permissionSetItems":[{"id":"R_ROLE","parameter":"%s"}]}}`
)

func TestBulk(t *testing.T) {
	t.Parallel()
	s := newService(t)
	answer := s.bulk(t, call{path: "/v2/Bulk"}, 0,
		fmt.Sprintf(roleGranting, "role", "Bulk Role", "bulkId:set"), // refers forward
		fmt.Sprintf(setNaming, "set", "Bulk Set", "RL_RFE"),
		`{"method":"PATCH","path":"/Roles/bulkId:role","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"description","value":"patched"}]}}`,
		`{"method":"put","path":"/Roles/RL_RFE","version":"W/\"9\"","data":{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"name":"RADIUS Front End"}}`,
		`{"method":"DELETE","path":"/Roles/NONE"}`,
		`{"method":"GET","path":"/Roles/RL_RFE"}`,
		`{"method":"DELETE","path":"/Users/1"}`,
		`{"method":"POST","path":"/Roles/RL_RFE","bulkId":"x","data":{}}`,
		`{"method":"POST","path":"/Roles","bulkId":"role","data":{}}`,
		`{"method":"POST","path":"/Roles","data":{}}`,
		`{"method":"PUT","path":"/Roles/RL_RFE"}`,
		`{"method":"DELETE","path":"Roles/RL_RFE"}`,
		`{"method":"DELETE","path":"/PermissionSets/bulkId:nobody"}`,
		`{"method":"DELETE","path":"/Roles/bulkId:role"}`,
	)
	wantStatuses(t, answer, "201", "201", "200", "412", "404", "400", "404", "405", "400", "400", "400", "400", "409", "204")
	role := answer.Operations[0]
	if role.Location != baseURL+"/scim/v2/Roles/made-2" || role.Version != `W/"1"` || role.BulkID != "role" || role.Method != "POST" || role.Response != nil {
		t.Errorf("created %+v", role)
	}
	if patched := answer.Operations[2]; patched.Location != role.Location || patched.Version != `W/"2"` {
		t.Errorf("patched %+v", patched)
	}
	if stale := answer.Operations[3]; stale.Method != "PUT" || !strings.Contains(string(stale.Response), `"status":"412"`) || stale.Location != baseURL+"/scim/v2/Roles/RL_RFE" {
		t.Errorf("stale %+v", stale)
	}
	s.do(t, call{path: "/v2/PermissionSets/made-1"}).is(200)
	s.do(t, call{path: "/v2/Roles/made-2"}).is(404)
}

// TestBulkCircle: a role that grants a set that names the role.
func TestBulkCircle(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for name, operations := range map[string][]string{
		"role first": {fmt.Sprintf(roleGranting, "r", "Circle 1", "bulkId:s"), fmt.Sprintf(setNaming, "s", "Set 1", "RL_RFE|bulkId:r")},
		"set first":  {fmt.Sprintf(setNaming, "s", "Set 2", "bulkId:r"), fmt.Sprintf(roleGranting, "r", "Circle 2", "bulkId:s")},
	} {
		answer := s.bulk(t, call{path: "/v2/Bulk"}, 0, operations...)
		wantStatuses(t, answer, "201", "201")
		for _, o := range answer.Operations {
			path := strings.TrimPrefix(o.Location, baseURL+"/scim")
			read := s.do(t, call{path: path}).is(200)
			if strings.Contains(read.body, "bulkId:") || strings.Contains(path, "/Roles/") && (!strings.Contains(read.body, `"permissionSets":[{"value":"made-`) || o.Version != `W/"2"`) {
				t.Errorf("%s: version %s, %s", name, o.Version, read.body)
			}
		}
	}
	// No order can resolve two sets that name each other's roles through paths.
	answer := s.bulk(t, call{path: "/v2/Bulk"}, 0,
		fmt.Sprintf(roleGranting, "a", "bulkId:b", "FS_AUDITV"),
		fmt.Sprintf(roleGranting, "b", "bulkId:a", "FS_AUDITV"))
	wantStatuses(t, answer, "409", "409")
}

// TestBulkOrder: what waits for something that is created later is not overtaken by
// what changes or deletes it.
func TestBulkOrder(t *testing.T) {
	t.Parallel()
	s := newService(t)
	deleteOf := func(path string) string { return fmt.Sprintf(`{"method":"DELETE","path":%q}`, path) }
	answer := s.bulk(t, call{path: "/v2/Bulk"}, 0,
		fmt.Sprintf(setNaming, "s", "Set", "bulkId:a|bulkId:b"),
		fmt.Sprintf(roleGranting, "a", "A", "FS_AUDITV"),
		deleteOf("/Roles/bulkId:a"),
		fmt.Sprintf(roleGranting, "b", "B", "FS_AUDITV"),
		deleteOf("/PermissionSets/bulkId:s"),
		deleteOf("/Roles/bulkId:b"))
	wantStatuses(t, answer, "201", "201", "204", "201", "204", "204")
	// Once it has failed, the others go on.
	answer = s.bulk(t, call{path: "/v2/Bulk"}, 0,
		fmt.Sprintf(setNaming, "s", "bulkId:t", "bulkId:a"),
		fmt.Sprintf(setNaming, "t", "bulkId:s", "RL_RFE"),
		fmt.Sprintf(roleGranting, "a", "A", "FS_AUDITV"),
		deleteOf("/Roles/bulkId:a"))
	wantStatuses(t, answer, "409", "409", "201", "204")
}

func TestBulkFailOnErrors(t *testing.T) {
	t.Parallel()
	s := newService(t)
	none := `{"method":"DELETE","path":"/Roles/NONE"}`
	answer := s.bulk(t, call{path: "/v2/Bulk"}, 2, none, fmt.Sprintf(roleGranting, "a", "A", "FS_AUDITV"), none, fmt.Sprintf(roleGranting, "b", "B", "FS_AUDITV"), none)
	wantStatuses(t, answer, "404", "201", "404")
	if roles := s.do(t, call{path: "/v2/Roles"}).is(200); strings.Contains(roles.body, `"name":"B"`) {
		t.Error("an operation was made after the last error allowed")
	}
	// What refers to a failed creation fails, too.
	answer = s.bulk(t, call{path: "/v2/Bulk"}, 0, fmt.Sprintf(setNaming, "s", "Set", "NONE"), fmt.Sprintf(roleGranting, "r", "R", "bulkId:s"))
	wantStatuses(t, answer, "400", "409")
}

func TestBulkOnTheTenantSurface(t *testing.T) {
	t.Parallel()
	s := newService(t)
	answer := s.bulk(t, call{path: "/acme/v2/Bulk"}, 0,
		`{"method":"POST","path":"/PermissionSets","bulkId":"s","data":{"id":"FS_MINE","name":"Mine"}}`,
		`{"method":"POST","path":"/Roles","bulkId":"r","data":{"id":"MINE","name":"Mine","urn:rolecall:params:scim:schemas:extension:2.0:role":{"PermissionSets":[{"value":"bulkId:s"}]}}}`,
		`{"method":"POST","path":"/PermissionSets/FS_MINE","data":{"permissionSetItems":[{"id":"R_ROLE","parameter":"bulkId:r"}]}}`)
	wantStatuses(t, answer, "201", "201", "200")
	if o := answer.Operations[2]; o.Version != "2" || o.Location != baseURL+"/scim/acme/v2/PermissionSets/FS_MINE" {
		t.Errorf("replaced %+v", o)
	}
}

// TestBulkIsAuthorised: a viewer may send a bulk request, and is refused in each
// operation.
func TestBulkIsAuthorised(t *testing.T) {
	t.Parallel()
	s := newService(t)
	answer := s.bulk(t, call{path: "/v2/Bulk", principal: viewer}, 0,
		fmt.Sprintf(roleGranting, "a", "A", "FS_AUDITV"), fmt.Sprintf(setNaming, "s", "Set", "RL_RFE"),
		`{"method":"DELETE","path":"/Roles/RL_RFE"}`, `{"method":"DELETE","path":"/PermissionSets/FS_RLASG"}`,
		`{"method":"PATCH","path":"/Roles/RL_RFE","data":{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"description","value":"x"}]}}`)
	wantStatuses(t, answer, "403", "403", "403", "403", "403")
}

func TestBulkRefuses(t *testing.T) {
	t.Parallel()
	s := newService(t)
	none := `{"method":"DELETE","path":"/Roles/NONE"}`
	for name, test := range map[string]struct {
		body     string
		status   int
		scimType string
		detail   string
	}{
		"no JSON":         {`{"Operations":[`, 400, "invalidSyntax", "line 1"},
		"no schemas":      {`{"Operations":[` + none + `]}`, 400, "invalidValue", "BulkRequest"},
		"no operations":   {`{` + bulkSchemas + `}`, 400, "invalidValue", "Operations"},
		"wrong type":      {`{` + bulkSchemas + `,"Operations":7}`, 400, "invalidSyntax", "Operations"},
		"many operations": {`{` + bulkSchemas + `,"Operations":[` + strings.Repeat(none+",", 1000) + none + `]}`, 413, "", "1000"},
		"long body":       {`{` + bulkSchemas + `,"Operations":[` + none + strings.Repeat(" ", 1<<20) + `]}`, 413, "", "1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			s.do(t, call{method: "POST", path: "/v2/Bulk", body: test.body}).fails("/v2", test.status, test.scimType, 0, test.detail)
		})
	}
}

// TestBulkMost sends the most operations there may be.
func TestBulkMost(t *testing.T) {
	t.Parallel()
	s := newService(t)
	operations := slices.Repeat([]string{`{"method":"DELETE","path":"/Roles/NONE"}`}, 1000)
	if answer := s.bulk(t, call{path: "/v2/Bulk"}, 0, operations...); len(answer.Operations) != 1000 {
		t.Errorf("%d answers", len(answer.Operations))
	}
}
