package dynamo_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// lists answers GET of a tenant with many resources.
type lists struct {
	handler  http.Handler
	endpoint string // Roles if empty
	tenant   tenant.ID
	units    *capacity.Meter
}

// listsOf makes a tenant with n roles beside the built-in ones. Their names are
// in the contrary order of their ids.
func listsOf(t *testing.T, n int) lists {
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
	roles := make([]role.Role, n)
	for i := range roles {
		roles[i] = role.Role{ID: fmt.Sprintf("N%05d", i), Name: fmt.Sprintf("Number %05d of all", n-i), Description: "one of many"}
	}
	if err := store.PutRoles(t.Context(), acme, roles); err != nil {
		t.Fatal(err)
	}
	u.Take()
	return lists{handler: api.ListRoles(api.Dependencies{Roles: store, PermissionSets: store, Grants: store, CursorKeys: store}), tenant: acme, units: u}
}

// answer is a list, or an error, and what reading it cost.
type answer struct {
	status       int
	TotalResults *int
	NextCursor   string
	ScimType     string
	Detail       string
	Resources    []struct{ ID string }
	read         float64
}

func (l lists) get(t *testing.T, query ...string) answer {
	t.Helper()
	for i := range query {
		name, value, _ := strings.Cut(query[i], "=")
		query[i] = name + "=" + strings.NewReplacer(" ", "+", `"`, "%22").Replace(value)
	}
	r := httptest.NewRequest(http.MethodGet, "/scim/v2/"+cmp.Or(l.endpoint, "Roles")+"?"+strings.Join(query, "&"), nil)
	r = r.WithContext(api.WithRequest(r.Context(), api.Request{Caller: auth.Caller{Tenant: l.tenant, Principal: "administrator"}}))
	w := httptest.NewRecorder()
	l.units.Take()
	l.handler.ServeHTTP(w, r)
	a := answer{status: w.Code}
	a.read = l.units.Take().Read
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return a
}

// TestCostOfLists: what a page by cursor and a lookup cost does not depend on
// how many roles there are.
func TestCostOfLists(t *testing.T) {
	t.Parallel()
	small, large := listsOf(t, 10), listsOf(t, 3000)
	for _, query := range []string{
		`filter=id eq "N00003"`, `filter=name eq "Number 00005 of all"`, `filter=name eq "nobody"`, `filter=id eq "nobody"`,
		`filter=name sw "Number 00005"`, `filter=id sw "N00003"`, `filter=id ge "N00003" and id le "N00004"`,
		`filter=id eq "N00003" and description co "many"`, `count=5&cursor=`, `count=5&cursor=&filter=description co "many"`, `count=5&cursor=&filter=id gt "N00003"`,
	} {
		a, b := small.get(t, strings.Split(query, "&")...), large.get(t, strings.Split(query, "&")...)
		t.Logf("%s: %.1f read units", query, b.read)
		if a.status != 200 || b.status != 200 || len(a.Resources) != len(b.Resources) {
			t.Errorf("%s: %d with %d roles, %d with %d", query, a.status, len(a.Resources), b.status, len(b.Resources))
		}
		if b.read > a.read {
			t.Errorf("%s: %.1f read units of 10 roles, %.1f of 3,000", query, a.read, b.read)
		}
	}
	// The walk costs the same from page to page: 5 of what it costs are the
	// caller's permissions and the key.
	cursor := ""
	for range 6 {
		page := large.get(t, "count=50", "cursor="+cursor)
		if len(page.Resources) != 50 || page.NextCursor == "" || page.TotalResults != nil || page.read > 5+51*200/4096+1 {
			t.Fatalf("a page of %d roles for %.1f read units, total %v", len(page.Resources), page.read, page.TotalResults)
		}
		cursor = page.NextCursor
	}
}

// TestTooMany: what would read more than 10,000 roles is refused, unless it can
// be walked.
func TestTooMany(t *testing.T) {
	t.Parallel()
	l := listsOf(t, 11_500)
	for _, query := range []string{`sortBy=name`, `filter=description co "x"`, `sortBy=name&cursor=`, `filter=not (id eq "x")&count=0`, `filter=name sw "number"`} {
		if a := l.get(t, strings.Split(query, "&")...); a.status != 400 || a.ScimType != "tooMany" {
			t.Errorf("%s: %d %s", query, a.status, a.ScimType)
		}
	}
	for query, total := range map[string]int{
		`filter=id sw "N09" and description co "MANY"`: 1000, `filter=name sw "Number 000"`: 99, `filter=id sw "N0"&sortBy=name`: 10_000, `filter=id lt "N00002"&sortBy=name`: 2,
	} {
		a := l.get(t, strings.Split(query, "&")...)
		if a.status != 200 || a.TotalResults == nil || *a.TotalResults != total {
			t.Errorf("%s: %d %s, total %v", query, a.status, a.ScimType, a.TotalResults)
		}
	}
	// A walk under a filter that holds for few goes on where the last page ended.
	seen, pages := 0, 0
	for cursor, more := "", true; more; pages++ {
		a := l.get(t, `filter=description co "allows" or name co "00001"`, "cursor="+cursor, "count=100")
		if a.status != 200 || pages > 5 {
			t.Fatalf("page %d: %d %s", pages, a.status, a.ScimType)
		}
		seen += len(a.Resources)
		cursor, more = a.NextCursor, a.NextCursor != ""
	}
	if seen != 2 || pages != 2 {
		t.Errorf("%d roles on %d pages", seen, pages)
	}
}
