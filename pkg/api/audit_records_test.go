package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
)

// auditedService is a service whose clock stands still until the next change.
type auditedService struct {
	*service
	clock *time.Time
}

// makeRole creates a role a minute later.
func (s *auditedService) makeRole(t *testing.T, id string) {
	t.Helper()
	*s.clock = s.clock.Add(time.Minute)
	s.createRoles(t, role.Role{ID: id, Name: "Role " + id})
}

// newAuditedService is a service with the tenants acme and globex. Each change
// is made a minute after the one before: acme is onboarded at 12:00, and the
// roles R0 to R9 follow.
func newAuditedService(t *testing.T) *auditedService {
	t.Helper()
	client, table := enginetest.Table(t)
	clock := now.Add(-audit.Retention) // the records of the callers have had their time
	store := dynamo.New(client, table, func() time.Time { return clock })
	for _, name := range []string{"globex", "acme"} {
		addPrincipal(t, store, name, viewer, "RL_AUDITV")
		addPrincipal(t, store, name, limited, "RL_USERADM")
	}
	clock = now
	for _, name := range []string{"globex", "acme"} {
		if _, _, err := onboard.Onboard(t.Context(), store, tenantID(t, name), operator, now); err != nil {
			t.Fatal(err)
		}
	}
	s := &auditedService{serve(t, store, api.Dependencies{Roles: store, PermissionSets: store, Grants: store}), &clock}
	for i := range 10 {
		s.makeRole(t, fmt.Sprint("R", i))
	}
	clock = clock.Add(time.Minute)
	s.do(t, call{method: "PATCH", path: "/acme/v2/Roles/R3", body: `{"Operations":[{"op":"replace","path":"name","value":"Three"}]}`}).is(200)
	return s
}

func TestAuditRecordOnBothSurfaces(t *testing.T) {
	t.Parallel()
	s := newAuditedService(t)
	for _, test := range []struct{ path, version string }{{"/acme/v2", `"1"`}, {"/v2", `"W/\"1\""`}} {
		ids, list := s.ids(t, test.path+"/AuditRecords", "filter=operation+eq+%22update%22")
		if len(ids) != 1 {
			t.Fatalf("%s: %s", test.path, list.body)
		}
		location := baseURL + "/scim" + test.path + "/AuditRecords/" + ids[0]
		want := `{"schemas":["urn:rolecall:params:scim:schemas:core:2.0:AuditRecord"],"id":"` + ids[0] + `",` +
			`"meta":{"resourceType":"AuditRecord","location":"` + location + `","version":` + test.version + `,"created":"2026-01-31T12:11:00.000Z","lastModified":"2026-01-31T12:11:00.000Z"},` +
			`"time":"2026-01-31T12:11:00.000Z","principal":"administrator","tokenId":"token","operation":"update","resourceType":"Role","resourceId":"R3","versionBefore":1,"versionAfter":2,` +
			`"attributes":["name"],"requestId":"request-1","address":"192.0.2.1"}`
		got := s.do(t, call{principal: viewer, path: test.path + "/AuditRecords/" + ids[0]}).is(200)
		if got.body != want || got.header.Get("ETag") != `W/"1"` || got.header.Get("Content-Location") != location {
			t.Errorf("got  %s\nwant %s\n%v", got.body, want, got.header)
		}
		if !strings.Contains(list.body, want) {
			t.Errorf("the list shows the record otherwise: %s", list.body)
		}
		s.do(t, call{path: test.path + "/AuditRecords/" + ids[0], header: map[string]string{"If-None-Match": `W/"1"`}}).is(304)
		some := s.do(t, call{path: test.path + "/AuditRecords/" + ids[0] + "?attributes=attributes,resourceId"}).is(200)
		if some.body != `{"schemas":["urn:rolecall:params:scim:schemas:core:2.0:AuditRecord"],"id":"`+ids[0]+`","resourceId":"R3","attributes":["name"]}` {
			t.Errorf("attributes: %s", some.body)
		}
		s.do(t, call{path: test.path + "/AuditRecords/20260131T121100.000Z-AAAAAAAA"}).fails(test.path, 404, "", 0, "no audit record")
		s.do(t, call{tenant: "globex", path: strings.Replace(test.path, "acme", "globex", 1) + "/AuditRecords/" + ids[0]}).is(404)
	}
}

func TestListAuditRecords(t *testing.T) {
	t.Parallel()
	s := newAuditedService(t)
	all, _ := s.ids(t, "/v2/AuditRecords", "")
	if len(all) != 12 || !slices.IsSorted(all) {
		t.Fatalf("got %v", all)
	}
	for _, test := range []struct {
		query      string
		first, end int
	}{
		{`filter=resourceId eq "R4"`, 5, 6},
		{`filter=resourceType eq "tenant" and principal eq "operator"`, 0, 1},
		{`filter=time ge "2026-01-31T12:09:00Z"`, 9, 12},
		{`filter=time gt "2026-01-31T12:09:00.000Z" and time lt "2026-01-31T12:11:00Z"`, 10, 11},
		{`filter=meta.created le "2026-01-31T13:01:00%2B01:00"`, 0, 2},
		{`filter=time eq "2026-01-31T12:04:00Z"`, 4, 5},
		{`filter=time gt "2026-01-31T12:03:59.9999Z" and time lt "2026-01-31T12:04:00.0001Z"`, 4, 5},
		{`filter=not (time lt "2026-01-31T12:10:00Z")`, 10, 12},
		{`filter=time lt "2026-01-31T12:01:00Z" or versionAfter gt 1`, 0, 0},
		{`filter=versionBefore pr`, 11, 12},
		{`filter=attributes eq "permissionSets" and requestId eq "invocation-1"`, 0, 1},
		{`filter=address eq "192.0.2.1" and tokenId eq "token"`, 11, 12},
		{`filter=id ge "` + all[7] + `"`, 7, 12},
		{`filter=id sw "` + audit.IDPrefix(now.Add(time.Minute)) + `"`, 1, 2},
		{`sortBy=time`, 0, 12},
		{`startIndex=3&count=2`, 2, 4},
		{`count=0`, 0, 0},
		{`sortBy=meta.created&startIndex=11&count=5`, 10, 12},
	} {
		want := all[test.first:test.end]
		if strings.Contains(test.query, " or ") {
			want = []string{all[0], all[11]}
		}
		if ids, _ := s.ids(t, "/v2/AuditRecords", strings.NewReplacer(" ", "+", `"`, "%22").Replace(test.query)); !slices.Equal(ids, want) {
			t.Errorf("%s: got %v, want %v", test.query, ids, want)
		}
	}
	newest, _ := s.ids(t, "/acme/v2/AuditRecords", "sortBy=time&sortOrder=descending&count=2")
	if !slices.Equal(newest, []string{all[11], all[10]}) {
		t.Errorf("the newest are %v", newest)
	}
}

// TestAuditRecordsArePaged: on the tenant surface, too, where lists of roles are
// whole.
func TestAuditRecordsArePaged(t *testing.T) {
	t.Parallel()
	s := newAuditedService(t)
	for i := range 95 {
		s.makeRole(t, fmt.Sprint("M", i))
	}
	total := 107
	for _, path := range []string{"/acme/v2/AuditRecords", "/v2/AuditRecords"} {
		ids, a := s.ids(t, path, "")
		if len(ids) != 100 || !strings.Contains(a.body, fmt.Sprintf(`"totalResults":%d,"itemsPerPage":100,"startIndex":1`, total)) {
			t.Errorf("%s: %d records, %.150s", path, len(ids), a.body)
		}
		// What is added under a walk is at its end.
		seen := s.walk(t, path, "count=7", func(page int) {
			s.makeRole(t, fmt.Sprint("W", len(path), "-", page))
			total++
		})
		if len(seen) != total || !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != total || !slices.Equal(seen[:100], ids) {
			t.Errorf("%s: the walk shows %d records of %d", path, len(seen), total)
		}
	}
	// A cursor is one of this list only.
	_, next := s.cursorPage(t, "/v2/AuditRecords", "count=2", "")
	s.do(t, call{path: "/v2/Roles?count=2&cursor=" + next}).fails("/v2", 400, "invalidCursor", 0, "cursor")
}

func TestAuditRecordsNeedPermission(t *testing.T) {
	t.Parallel()
	s := newAuditedService(t)
	for _, path := range []string{"/acme/v2/AuditRecords", "/v2/AuditRecords", "/v2/AuditRecords?cursor=", "/acme/v2/AuditRecords/NONE", "/v2/AuditRecords/NONE"} {
		s.do(t, call{principal: limited, path: path}).fails(path, 403, "", 0, "R_AUDIT")
		s.do(t, call{principal: "nobody", path: path}).fails(path, 403, "", 0, "R_AUDIT")
	}
	for _, query := range []string{"filter=colour+eq+1", "filter=time+co+%222026%22", "filter=time+gt+%22today%22", "sortBy=colour"} {
		s.do(t, call{path: "/v2/AuditRecords?" + query}).is(400)
	}
	// Searches over all types leave records out.
	a := s.do(t, call{method: "POST", path: "/v2/.search", body: `{` + searchSchema + `,"filter":"meta.resourceType eq \"AuditRecord\""}`}).is(200)
	if !strings.Contains(a.body, `"totalResults":0`) {
		t.Errorf("a search finds %s", a.body)
	}
	bulk := s.do(t, call{method: "POST", path: "/acme/v2/Bulk", body: `{"Operations":[{"method":"POST","path":"/AuditRecords","data":{"principal":"x"}}]}`}).is(200)
	if !strings.Contains(bulk.body, `"status":"404"`) {
		t.Errorf("a bulk operation answers %s", bulk.body)
	}
}
