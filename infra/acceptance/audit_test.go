package acceptance_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// auditRecord is an audit record as the API shows it.
type auditRecord struct {
	ID, Principal, TokenID, Operation, ResourceType, ResourceID, RequestID, Address string
	VersionBefore, VersionAfter                                                     int
	Attributes                                                                      []string
	Time                                                                            time.Time
}

func (r auditRecord) String() string {
	return fmt.Sprintf("%s %s %s %d-%d %s", r.Operation, r.ResourceType, r.ResourceID, r.VersionBefore, r.VersionAfter, strings.Join(r.Attributes, ","))
}

// auditRecords walks through acme's records from a time on.
func (s service) auditRecords(t *testing.T, from time.Time) []auditRecord {
	t.Helper()
	return s.auditRecordsAs(t, "dev-acme-viewer", from)
}

// auditRecordsAs walks through the records of a token's tenant.
func (s service) auditRecordsAs(t *testing.T, token string, from time.Time) []auditRecord {
	t.Helper()
	var records []auditRecord
	query := url.Values{"count": {"7"}, "cursor": {""}, "filter": {fmt.Sprintf("time ge %q", from.UTC().Format(time.RFC3339Nano))}}
	for more := true; more; {
		var page struct {
			Resources  []auditRecord
			NextCursor string
		}
		a := s.call(t, "GET", "/scim/v2/AuditRecords?"+query.Encode(), token, "")
		if a.decode(t, &page); a.status != 200 {
			t.Fatalf("list audit records: %d %s", a.status, a.body)
		}
		records = append(records, page.Resources...)
		query.Set("cursor", page.NextCursor)
		more = page.NextCursor != ""
	}
	return records
}

// testAudit: each kind of write leaves exactly one record, and what is refused
// or fails leaves none.
func testAudit(t *testing.T, s service) {
	const (
		roles, sets = "/scim/acme/v2/Roles", "/scim/acme/v2/PermissionSets"
		standard    = "/scim/v2/Roles/AUDITED"
		schemas     = `"schemas":["urn:hid:scim:api:idp:2.0:Role"]`
		grants      = `"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[{"value":"FS_AUDITED"}]}`
	)
	start := time.Now()
	seen := map[string]bool{}
	var ofRole []string
	for _, step := range []struct {
		method, path, token, body string
		status                    int
		want                      string // records, without their ids and times
	}{
		{"POST", roles, "", `{"id":"AUDITED","name":"Audited"}`, 201, "create Role AUDITED 0-1 id,name,updatePermissionSet"},
		{"POST", roles, "", `{"id":"AUDITED","name":"Audited"}`, 409, ""},
		{"POST", roles, "dev-acme-viewer", `{"id":"OTHER","name":"Other"}`, 403, ""},
		{"POST", roles, "dev-globex-admin", `{"id":"OTHER","name":"Other"}`, 403, ""},
		{"POST", roles, "dev-nobody", `{"id":"OTHER","name":"Other"}`, 401, ""},
		{"POST", roles, "", `{"id":"OTHER"}`, 400, ""},
		{"PUT", roles + "/AUDITED", "", `{"description":"put"}`, 200, "update Role AUDITED 1-2 description"},
		{"PUT", roles + "/AUDITED", "", `{"description":"put"}`, 200, ""},
		{"PUT", standard, "", `{` + schemas + `,"name":"Renamed"}`, 200, "update Role AUDITED 2-3 description,name"},
		{"PATCH", roles + "/AUDITED", "", `{"Operations":[{"op":"add","path":"externalId","value":"x"}]}`, 200, "update Role AUDITED 3-4 externalId"},
		{"PATCH", standard, "", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"nothing"}]}`, 400, ""},
		{"POST", sets, "", `{"id":"FS_AUDITED","name":"Audited","permissionSetItems":[{"id":"R_ROLE","parameter":"AUDITED"}]}`, 201, "create PermissionSet FS_AUDITED 0-1 id,name,permissionSetItems"},
		{"PUT", sets + "/FS_AUDITED", "", `{"name":"Put"}`, 200, "update PermissionSet FS_AUDITED 1-2 name"},
		{"POST", sets + "/FS_AUDITED", "", `{"name":"Post"}`, 200, "update PermissionSet FS_AUDITED 2-3 name"},
		{"PATCH", sets + "/FS_AUDITED", "", `{"Operations":[{"op":"remove","path":"permissionSetItems"}]}`, 200, "update PermissionSet FS_AUDITED 3-4 permissionSetItems"},
		{"PATCH", sets + "/FS_RLASG", "dev-acme-viewer", `{"Operations":[{"op":"remove","path":"permissionSetItems"}]}`, 403, ""},
		{"PATCH", standard, "", `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","value":{` + grants + `}}]}`, 200, "update Role AUDITED 4-5 permissionSets"},
		{"DELETE", sets + "/FS_AUDITED", "", "", 409, ""},
		{"PUT", standard, "", `{` + schemas + `,"name":"Renamed","externalId":"x"}`, 200, "update Role AUDITED 5-6 permissionSets"},
		{"DELETE", sets + "/FS_AUDITED", "", "", 204, "delete PermissionSet FS_AUDITED 4-0 id,name"},
		{"POST", "/scim/acme/v2/Bulk", "", `{"Operations":[
			{"method":"POST","path":"/Roles","bulkId":"r","data":{"id":"BULK","name":"Bulk"}},
			{"method":"PATCH","path":"/Roles/bulkId:r","data":{"Operations":[{"op":"add","path":"description","value":"x"}]}},
			{"method":"POST","path":"/Roles","data":{"id":"BULK","name":"Bulk"}},
			{"method":"DELETE","path":"/Roles/RL_RFE"},
			{"method":"DELETE","path":"/Roles/BULK"}]}`, 200,
			"create Role BULK 0-1 id,name,updatePermissionSet; delete Role BULK 2-0 description,id,name,updatePermissionSet; update Role BULK 1-2 description"},
		{"DELETE", roles + "/RL_AUDITV", "", "", 403, ""},
		{"DELETE", roles + "/AUDITED", "", "", 204, "delete Role AUDITED 6-0 externalId,id,name,updatePermissionSet"},
		{"DELETE", roles + "/AUDITED", "", "", 404, ""},
	} {
		token, principal := step.token, "administrator"
		if token == "" {
			token = "dev-acme-admin"
		}
		a := s.call(t, step.method, step.path, token, step.body)
		if a.status != step.status {
			t.Errorf("%s %s: %d %s", step.method, step.path, a.status, a.body)
		}
		s.drain(t) // what the stream does leaves no records of its own
		var got []string
		for _, r := range s.auditRecords(t, start) {
			if seen[r.ID] {
				continue
			}
			seen[r.ID] = true
			if got = append(got, r.String()); r.ResourceID == "AUDITED" {
				ofRole = append(ofRole, r.ID)
			}
			if r.Principal != principal || r.TokenID == "" || r.RequestID != a.header.Get("X-Amzn-Requestid") || r.Address == "" || r.Time.Before(start.Truncate(time.Millisecond)) || r.Time.After(time.Now()) {
				t.Errorf("%s %s: record %+v", step.method, step.path, r)
			}
		}
		slices.Sort(got) // records of one request may have one time
		if strings.Join(got, "; ") != step.want {
			t.Errorf("%s %s leaves %q, want %q", step.method, step.path, got, step.want)
		}
	}
	testAuditReads(t, s, ofRole)
}

// testAuditReads reads what one role went through, on both surfaces.
func testAuditReads(t *testing.T, s service, ofRole []string) {
	t.Helper()
	for path, member := range map[string]string{"/scim/acme/v2": "resources", "/scim/v2": "Resources"} {
		var list map[string]any
		a := s.call(t, "GET", path+"/AuditRecords?filter=resourceId+eq+%22AUDITED%22&attributes=id", "dev-acme-viewer", "")
		a.decode(t, &list)
		var ids []string
		records, _ := list[member].([]any)
		for _, r := range records {
			id, _ := r.(map[string]any)["id"].(string)
			ids = append(ids, id)
		}
		if a.status != 200 || !slices.Equal(ids, ofRole) {
			t.Errorf("%s: %d %v, want %v", path, a.status, ids, ofRole)
		}
		var one auditRecord
		a = s.call(t, "GET", path+"/AuditRecords/"+ofRole[0], "dev-acme-viewer", "")
		if a.decode(t, &one); a.status != 200 || one.ID != ofRole[0] || one.Operation != "create" || a.header.Get("ETag") != `W/"1"` {
			t.Errorf("%s: get: %d %s", path, a.status, a.body)
		}
		for _, method := range []string{"PUT", "PATCH", "DELETE"} {
			if a := s.call(t, method, path+"/AuditRecords/"+ofRole[0], "dev-acme-admin", "{}"); a.status != 405 || a.header.Get("Allow") != "GET" {
				t.Errorf("%s %s: %d, Allow %s", method, path, a.status, a.header.Get("Allow"))
			}
		}
	}
	if a := s.call(t, "GET", "/scim/globex/v2/AuditRecords/"+ofRole[0], "dev-globex-admin", ""); a.status != 404 {
		t.Errorf("another tenant's record: %d %s", a.status, a.body)
	}
}
