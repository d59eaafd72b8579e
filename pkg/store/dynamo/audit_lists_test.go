package dynamo_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// auditStart is the time of the first record; there is another each minute.
var auditStart = time.Now().UTC().Truncate(time.Minute).AddDate(0, 0, -30)

// minute writes the time of a record as filters have it.
func minute(i int) string {
	return auditStart.Add(time.Duration(i) * time.Minute).Format(time.RFC3339)
}

// auditListsOf makes a tenant with n audit records beside that of its creation.
func auditListsOf(t *testing.T, n int) lists {
	t.Helper()
	client, table := enginetest.Table(t)
	client, u := capacity.Metered(client)
	store := dynamo.New(client, table, time.Now)
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := onboard.Onboard(t.Context(), store, acme, actor, time.Now()); err != nil {
		t.Fatal(err)
	}
	records := make([]audit.Record, n)
	for i := range records {
		records[i] = audit.Record{
			Actor: actor, Operation: audit.Update, ResourceType: "Role", ResourceID: fmt.Sprintf("R%d", i%3),
			VersionBefore: 1, VersionAfter: 2, Attributes: []string{"name", "description"}, Time: auditStart.Add(time.Duration(i) * time.Minute),
		}
	}
	if err := store.PutAuditRecords(t.Context(), acme, records); err != nil {
		t.Fatal(err)
	}
	u.Take()
	handler := api.ListAuditRecords(api.Dependencies{AuditRecords: store, Grants: store, CursorKeys: store})
	return lists{handler: handler, endpoint: "AuditRecords", tenant: acme, units: u}
}

// TestCostOfAuditLists: what a range of time and a page by cursor cost does not
// depend on how many records there are.
func TestCostOfAuditLists(t *testing.T) {
	t.Parallel()
	small, large := auditListsOf(t, 10), auditListsOf(t, 3000)
	for query, want := range map[string]int{
		`filter=time ge "` + minute(2) + `" and time lt "` + minute(4) + `"`:  2,
		`filter=time gt "` + minute(2) + `" and time le "` + minute(4) + `"`:  2,
		`filter=time eq "` + minute(3) + `"`:                                  1,
		`filter=time lt "` + minute(3) + `"`:                                  3,
		`filter=meta.created lt "` + minute(3) + `" and resourceId eq "R1"`:   1,
		`filter=id sw "` + audit.IDPrefix(auditStart) + `"`:                   1,
		`filter=id lt "` + audit.IDPrefix(auditStart.Add(time.Minute)) + `"`:  1,
		`filter=time lt "` + minute(5) + `"&sortBy=time&sortOrder=descending`: 5,
		`count=5&cursor=`:             5,
		`count=5&cursor=&sortBy=time`: 5,
		`count=2&cursor=&filter=time ge "` + minute(3) + `" and resourceId eq "R0"`:                      2,
		`count=0&cursor=&filter=time lt "` + minute(3) + `"`:                                             0,
		`count=2&startIndex=2&filter=meta.lastModified lt "` + minute(4) + `" and operation eq "update"`: 2,
		`filter=time gt "` + minute(2) + `" and time lt "` + minute(2) + `"`:                             0,
		`filter=time lt "0000-01-01T00:00:00%2B10:00"`:                                                   0,
	} {
		a, b := small.get(t, strings.Split(query, "&")...), large.get(t, strings.Split(query, "&")...)
		t.Logf("%s: %.1f read units of 3,000", query, b.read)
		if a.status != 200 || b.status != 200 || len(a.Resources) != want || len(b.Resources) != want {
			t.Errorf("%s: %d with %d records, %d with %d; want %d", query, a.status, len(a.Resources), b.status, len(b.Resources), want)
		}
		if b.read > a.read {
			t.Errorf("%s: %.1f read units of 10 records, %.1f of 3,000", query, a.read, b.read)
		}
	}
	cursor, seen := "", 0
	for more := true; more; {
		page := large.get(t, "count=100", "cursor="+cursor)
		if seen += len(page.Resources); page.status != 200 || page.TotalResults != nil || page.read > 5+101*400/4096+1 {
			t.Fatalf("a page of %d records for %.1f read units: %d", len(page.Resources), page.read, page.status)
		}
		cursor, more = page.NextCursor, page.NextCursor != ""
	}
	if seen != 3001 {
		t.Errorf("the walk shows %d records of 3,001", seen)
	}
	page := large.get(t, "count=10", "startIndex=2991")
	t.Logf("a page by index: %.1f read units", page.read)
	if page.TotalResults == nil || *page.TotalResults != 3001 || len(page.Resources) != 10 {
		t.Errorf("a page by index: %d with %d records, total %v", page.status, len(page.Resources), page.TotalResults)
	}
}

// TestTooManyAuditRecords: what would read more than 10,000 records is refused,
// with advice.
func TestTooManyAuditRecords(t *testing.T) {
	t.Parallel()
	l := auditListsOf(t, 10_100)
	for _, query := range []string{``, `count=0`, `count=0&cursor=`, `filter=resourceId eq "R1"`, `sortBy=time&sortOrder=descending`, `filter=time ge "` + minute(0) + `"`} {
		if a := l.get(t, strings.Split(query, "&")...); a.status != 400 || a.ScimType != "tooMany" || !strings.Contains(a.Detail, "time ge") {
			t.Errorf("%s: %d %s %s", query, a.status, a.ScimType, a.Detail)
		}
	}
	for query, total := range map[string]int{
		`filter=time lt "` + minute(9000) + `" and resourceId eq "R1"`: 3000, `filter=time ge "` + minute(9000) + `"&sortBy=time&sortOrder=descending`: 1101,
	} {
		if a := l.get(t, strings.Split(query, "&")...); a.status != 200 || a.TotalResults == nil || *a.TotalResults != total {
			t.Errorf("%s: %d %s, total %v", query, a.status, a.ScimType, a.TotalResults)
		}
	}
}
