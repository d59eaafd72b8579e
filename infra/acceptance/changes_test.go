package acceptance_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// testChanges replaces and patches roles and permission sets on both surfaces.
func testChanges(t *testing.T, s service) {
	const (
		roles, sets = "/scim/acme/v2/Roles", "/scim/acme/v2/PermissionSets"
		standard    = "/scim/v2/Roles/CHANGED"
		grants      = `"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[{"value":"FS_CHANGED"}]}`
		schemas     = `"schemas":["urn:hid:scim:api:idp:2.0:Role"]`
		patchOp     = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[%s]}`
	)
	patch := func(operations ...string) string { return fmt.Sprintf(patchOp, strings.Join(operations, ",")) }
	for _, step := range []struct {
		method, path, body string
		status             int
		etag, says         string
	}{
		{"POST", roles, `{"id":"CHANGED","name":"Changed","description":"before"}`, 201, `W/"1"`, `"before"`},
		{"POST", sets, `{"id":"FS_CHANGED","name":"Changed","permissionSetItems":[{"id":"R_ROLE","parameter":"CHANGED"}]}`, 201, `W/"1"`, `"CHANGED"`},
		// The tenant surface merges, the standard surface replaces.
		{"PUT", roles + "/CHANGED", `{"name":"Renamed"}`, 200, `W/"2"`, `"before"`},
		{"PUT", roles + "/CHANGED", `{"name":"Renamed"}`, 200, `W/"2"`, `"version":"2"`},
		{"PUT", roles + "/CHANGED", `{"id":"OTHER","name":"Renamed"}`, 400, "", "mutability"},
		{"PUT", standard, `{` + schemas + `,"name":"Renamed","description":"after",` + grants + `}`, 200, `W/"3"`, `"FS_CHANGED"`},
		{"PUT", standard, `{` + schemas + `,"name":"Renamed"}`, 200, `W/"4"`, `"updatePermissionSet":true}`},
		{"PUT", standard, `{` + schemas + `,"description":"no name"}`, 400, "", "name is required"},
		{"PUT", roles + "/NONE", `{"name":"None"}`, 404, "", "no role"},
		// PATCH: all operations of a request or none.
		{"PATCH", standard, patch(`{"op":"add","value":{"description":"patched",` + grants + `}}`), 200, `W/"5"`, `"FS_CHANGED"`},
		{"PATCH", standard, patch(`{"op":"add","value":{"description":"patched",` + grants + `}}`), 200, `W/"5"`, `"FS_CHANGED"`},
		{"PATCH", standard, patch(`{"op":"replace","path":"description","value":"half"}`, `{"op":"remove","path":"nothing"}`), 400, "", "invalidPath"},
		{"GET", standard, "", 200, `W/"5"`, `"patched"`},
		{"PATCH", standard, patch(`{"op":"Replace","path":"urn:hid:scim:api:idp:2.0:Role:NAME","value":"Changed"}`), 200, `W/"6"`, `"name":"Changed"`},
		{"PATCH", roles + "/RL_RFE", `{"Operations":[{"op":"remove","path":"description"}]}`, 200, `W/"1"`, "RL_RFE"},
		{"PATCH", roles + "/RL_RFE", `{"Operations":[{"op":"replace","path":"description","value":"x"}]}`, 400, "", "built in"},
		// Permission sets.
		{"PATCH", sets + "/FS_CHANGED", `{"Operations":[{"op":"replace","path":"permissionSetItems[id eq \"R_ROLE\"].parameter","value":"RL_RFE|CHANGED"}]}`, 200, `W/"2"`, `"CHANGED|RL_RFE"`},
		{"PATCH", sets + "/FS_CHANGED", `{"Operations":[{"op":"remove","path":"permissionSetItems"}]}`, 200, `W/"3"`, `"permissionSetItems":[]`},
		{"PUT", sets + "/FS_CHANGED", `{"permissionSetItems":[{"id":"M_ROLE","parameter":"RL_RFE"}]}`, 200, `W/"4"`, `"M_ROLE"`},
		{"PUT", sets + "/FS_CHANGED", `{"permissionSetItems":[{"id":"M_ROLE","parameter":""}]}`, 200, `W/"5"`, `"parameter":""`},
		{"PUT", sets + "/FS_CHANGED", `{"permissionSetItems":[{"id":"M_ROLE","parameter":"A B"}]}`, 400, "", "parameter"},
		{"DELETE", sets + "/FS_CHANGED", "", 409, "", "in use"},
		{"PUT", standard, `{` + schemas + `,"name":"Changed"}`, 200, `W/"7"`, "CHANGED"},
		{"DELETE", sets + "/FS_CHANGED", "", 204, "", ""},
		{"GET", sets + "/FS_CHANGED", "", 404, "", "no permission set"},
		// What clients know a resource by.
		{"PATCH", standard, patch(`{"op":"add","path":"externalId","value":"Ext-1"}`), 200, `W/"8"`, `"externalId":"Ext-1"`},
		{"PUT", roles + "/CHANGED", `{"name":"Changed"}`, 200, `W/"8"`, `"externalId":"Ext-1"`},
		{"GET", "/scim/v2/Roles?filter=externalId+eq+%22Ext-1%22", "", 200, "", `"totalResults":1`},
		{"GET", "/scim/v2/Roles?filter=externalId+eq+%22ext-1%22", "", 200, "", `"totalResults":0`},
		{"PUT", standard, `{` + schemas + `,"name":"Changed"}`, 200, `W/"9"`, `"CHANGED","meta"`},
		{"PATCH", sets + "/FS_AUDITV", `{"Operations":[{"op":"add","path":"externalId","value":"Ext-2"}]}`, 200, `W/"2"`, `"externalId":"Ext-2"`},
		{"PATCH", sets + "/FS_AUDITV", `{"Operations":[{"op":"remove","path":"externalId"}]}`, 200, `W/"3"`, `"FS_AUDITV","name"`},
		// The switch takes the role out of the configured set, and back in.
		{"PATCH", standard, patch(`{"op":"replace","path":"updatePermissionSet","value":false}`), 200, `W/"10"`, `"updatePermissionSet":false`},
		{"GET", sets + "/FS_RLASG", "", 200, "", `"M_U_ROLES","parameter":"RL_AUDITV`},
		{"PATCH", standard, patch(`{"op":"replace","path":"updatePermissionSet","value":true}`), 200, `W/"11"`, `"updatePermissionSet":true`},
		{"GET", sets + "/FS_RLASG", "", 200, "", `"M_U_ROLES","parameter":"CHANGED|RL_AUDITV`},
		{"DELETE", standard, "", 204, "", ""},
	} {
		a := s.call(t, step.method, step.path, "dev-acme-admin", step.body)
		if a.status != step.status || step.etag != "" && a.header.Get("ETag") != step.etag || !strings.Contains(string(a.body), step.says) {
			t.Errorf("%s %s %s:\n%d %s %s\nwant %d %s …%s…", step.method, step.path, step.body, a.status, a.header.Get("ETag"), a.body, step.status, step.etag, step.says)
		}
		s.drain(t)
	}
	if a := s.call(t, "PUT", roles+"/RL_RFE", "dev-acme-viewer", `{"name":"x"}`); a.status != 403 {
		t.Errorf("a viewer's PUT: %d %s", a.status, a.body)
	}
	if a := s.call(t, "PATCH", sets+"/FS_RLASG", "dev-acme-viewer", `{"Operations":[{"op":"remove","path":"permissionSetItems"}]}`); a.status != 403 {
		t.Errorf("a viewer's PATCH: %d %s", a.status, a.body)
	}
}

// testTakingPower takes U_PSET from a role in every way.
func testTakingPower(t *testing.T, s service) {
	const (
		roles  = "/scim/acme/v2/Roles"
		grants = `"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[%s]}`
		power  = `{"value":"FS_SADMIN"}`
		patch  = `{"Operations":[{"op":"replace","path":"urn:rolecall:params:scim:schemas:extension:2.0:Role:permissionSets","value":[%s]}]}`
	)
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", roles, `{"id":"SECOND","name":"Second",` + fmt.Sprintf(grants, power) + `}`, 201},
		{"PUT", roles + "/SECOND", `{` + fmt.Sprintf(grants, "") + `}`, 200},
		{"PATCH", roles + "/SECOND", fmt.Sprintf(patch, power), 200},
		{"PATCH", roles + "/SECOND", fmt.Sprintf(patch, ""), 200},
		{"PUT", roles + "/SECOND", `{` + fmt.Sprintf(grants, power) + `}`, 200},
		{"DELETE", roles + "/SECOND", "", 204},
		{"PUT", roles + "/RL_SADMIN", `{` + fmt.Sprintf(grants, "") + `}`, 409},
	} {
		if a := s.call(t, step.method, step.path, "dev-acme-admin", step.body); a.status != step.status {
			t.Errorf("%s %s %s: %d %s, want %d", step.method, step.path, step.body, a.status, a.body, step.status)
		}
	}
}

// testRace lets 16 writers change one role at the same time.
func testRace(t *testing.T, s service) {
	const writers, path = 16, "/scim/acme/v2/Roles/RACE"
	if a := s.call(t, "POST", "/scim/acme/v2/Roles", "dev-acme-admin", `{"id":"RACE","name":"Race"}`); a.status != 201 {
		t.Fatalf("create: %d %s", a.status, a.body)
	}
	race := func(headers ...string) map[int]int {
		var mutex sync.Mutex
		var group sync.WaitGroup
		statuses := map[int]int{}
		for i := range writers {
			group.Go(func() {
				a := s.call(t, "PATCH", path, "dev-acme-admin", fmt.Sprintf(`{"Operations":[{"op":"replace","path":"description","value":"writer %d of race %d"}]}`, i, len(headers)), headers...)
				mutex.Lock()
				defer mutex.Unlock()
				statuses[a.status]++
				if a.status != http.StatusOK && a.status != http.StatusPreconditionFailed {
					t.Errorf("%d %s", a.status, a.body)
				}
			})
		}
		group.Wait()
		return statuses
	}
	if statuses := race("If-Match", `W/"1"`); statuses[200] != 1 || statuses[412] != writers-1 {
		t.Errorf("with one ETag: %v, want 1 of 200 and %d of 412", statuses, writers-1)
	}
	if statuses := race(); statuses[200] != writers {
		t.Errorf("without ETag: %v, want all 200", statuses)
	}
	if a := s.call(t, "GET", path, "dev-acme-admin", ""); a.header.Get("ETag") != fmt.Sprintf(`W/"%d"`, writers+2) {
		t.Errorf("after %d changes the version is %s", writers+1, a.header.Get("ETag"))
	}
	if a := s.call(t, "DELETE", path, "dev-acme-admin", ""); a.status != 204 {
		t.Errorf("delete: %d %s", a.status, a.body)
	}
}
