package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// cursorPage asks for one page by cursor.
func (s *service) cursorPage(t *testing.T, path, query, cursor string) (ids []string, next string) {
	t.Helper()
	a := s.do(t, call{path: path + "?" + query + "&cursor=" + cursor}).is(200)
	var list struct{ NextCursor string }
	a.json(&list)
	if strings.Contains(a.body, "startIndex") || strings.Contains(a.body, "previousCursor") {
		t.Errorf("got %.200s", a.body)
	}
	return idsOf(a), list.NextCursor
}

// walk reads a list to its end by cursor. between is called after each page but
// the last.
func (s *service) walk(t *testing.T, path, query string, between func(page int)) []string {
	t.Helper()
	walked := []string{}
	for cursor, page := "", 0; ; page++ {
		ids, next := s.cursorPage(t, path, query, cursor)
		walked = append(walked, ids...)
		if next == "" {
			return walked
		}
		if len(ids) == 0 || page > 100 {
			t.Fatalf("%s?%s: page %d holds %v", path, query, page, ids)
		}
		if between != nil {
			between(page)
		}
		cursor = next
	}
}

func TestCursorPages(t *testing.T) {
	t.Parallel()
	s := newService(t)
	all, _ := s.ids(t, "/acme/v2/Roles", "")
	for _, path := range []string{"/acme/v2/Roles", "/v2/Roles"} {
		for _, count := range []int{1, 2, 6, 12, 13, 14, 100} {
			if got := s.walk(t, path, fmt.Sprint("count=", count), nil); !slices.Equal(got, all) {
				t.Errorf("%s by %d: got %v", path, count, got)
			}
		}
		if got := s.walk(t, path, "", nil); !slices.Equal(got, all) {
			t.Errorf("%s: got %v", path, got)
		}
	}
	page := s.do(t, call{path: "/v2/Roles?cursor=&count=2"}).is(200)
	if !strings.HasPrefix(page.body, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"itemsPerPage":2,"nextCursor":"`) {
		t.Errorf("first page: %.200s", page.body)
	}
	whole := s.do(t, call{path: "/acme/v2/Roles?cursor"}).is(200)
	if !strings.Contains(whole.body, `"totalResults":13,"itemsPerPage":13,"resources"`) {
		t.Errorf("only page: %.200s", whole.body)
	}
	for _, query := range []string{"cursor&count=0", "cursor&count=-1"} {
		if a := s.do(t, call{path: "/v2/Roles?" + query}).is(200); !strings.HasSuffix(a.body, `"totalResults":13,"itemsPerPage":0,"Resources":[]}`) {
			t.Errorf("%s: %s", query, a.body)
		}
	}
	sets := []string{"FS_AUDITV", "FS_RLASG", "FS_SADMIN", "FS_USERADM"}
	for _, query := range []string{"count=1", "count=3", "count=4", "count=3&attributes=name", "count=1&sortBy=id"} {
		if got := s.walk(t, "/v2/PermissionSets", query, nil); !slices.Equal(got, sets) {
			t.Errorf("%s: %v", query, got)
		}
	}
}

// TestCursorIsBound sends cursors where they do not belong.
func TestCursorIsBound(t *testing.T) {
	t.Parallel()
	s := newService(t)
	const query = "count=2&filter=id+sw+%22RL%22"
	_, cursor := s.cursorPage(t, "/v2/Roles", query, "")
	tests := []struct {
		name     string
		call     call
		scimType string
	}{
		{"tenant surface", call{path: "/acme/v2/Roles?" + query}, "invalidCursor"},
		{"another tenant", call{tenant: "globex", path: "/v2/Roles?" + query}, "invalidCursor"},
		{"another caller", call{principal: viewer, path: "/v2/Roles?" + query}, "invalidCursor"},
		{"another list", call{path: "/v2/PermissionSets?" + query}, "invalidCursor"},
		{"another filter", call{path: "/v2/Roles?count=2&filter=id+sw+%22R%22"}, "invalidCursor"},
		{"no filter", call{path: "/v2/Roles?count=2"}, "invalidCursor"},
		{"another order", call{path: "/v2/Roles?sortBy=name&" + query}, "invalidCursor"},
		{"another count", call{path: "/v2/Roles?count=3&filter=id+sw+%22RL%22"}, "invalidCount"},
		{"no count", call{path: "/v2/Roles?filter=id+sw+%22RL%22"}, "invalidCount"},
	}
	for _, test := range tests {
		test.call.path += "&cursor=" + cursor
		t.Run(test.name, func(t *testing.T) {
			s.do(t, test.call).fails(test.call.path, 400, test.scimType, 1009, "")
		})
	}
	s.do(t, call{principal: nobody, path: "/v2/Roles?" + query + "&cursor=" + cursor}).fails("/v2", 403, "", 0, "R_REFDATA")
	// What asks for the same is the same query, and each page may be projected otherwise.
	for _, same := range []string{"count=2&filter=ID+Sw+%22RL%22", "attributes=name&sortBy=id&" + query, "sortOrder=ascending&api-version=10&" + query} {
		if ids, _ := s.cursorPage(t, "/v2/Roles", same, cursor); !slices.Equal(ids, []string{"RL_CONFIG", "RL_DEVADM"}) {
			t.Errorf("%s: got %v", same, ids)
		}
	}
	for i := 0; i < len(cursor); i += 7 {
		changed := []byte(cursor)
		changed[i] ^= 1
		s.do(t, call{path: "/v2/Roles?" + query + "&cursor=" + url.QueryEscape(string(changed))}).fails("/v2", 400, "invalidCursor", 0, "start again")
	}
}

func TestCursorExpires(t *testing.T) {
	t.Parallel()
	s := newService(t)
	_, cursor := s.cursorPage(t, "/acme/v2/Roles", "count=2", "")
	s.later = tenant.CursorLife - time.Second
	s.cursorPage(t, "/acme/v2/Roles", "count=2", cursor)
	s.later = tenant.CursorLife
	s.do(t, call{path: "/acme/v2/Roles?count=2&cursor=" + cursor}).fails("/acme", 400, "expiredCursor", 1009, "start again with an empty cursor")
}

// TestCursorKeyRotation rotates keys while clients walk.
func TestCursorKeyRotation(t *testing.T) {
	t.Parallel()
	s := newService(t)
	all, _ := s.ids(t, "/acme/v2/Roles", "")
	acme := tenantID(t, "acme")
	rotate := func() []tenant.CursorKey {
		keys, err := s.RotateCursorKeys(t.Context(), acme, audit.Actor{}, tenant.NewCursorKey(now.Add(s.later)))
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	walked := s.walk(t, "/v2/Roles", "count=3", func(page int) {
		s.later += 20 * time.Minute
		rotate()
	})
	if !slices.Equal(walked, all) {
		t.Errorf("walked %v", walked)
	}
	_, old := s.cursorPage(t, "/v2/Roles", "count=3", "")
	s.later += 2 * time.Hour
	rotate()
	s.later += 2 * time.Hour
	if keys := rotate(); len(keys) != 2 {
		t.Errorf("%d keys are kept", len(keys))
	}
	s.do(t, call{path: "/v2/Roles?count=3&cursor=" + old}).fails("/v2", 400, "expiredCursor", 0, "start again")
	globex, err := s.CursorKeys(t.Context(), tenantID(t, "globex"))
	if err != nil || len(globex) != 1 {
		t.Errorf("globex has %d keys, %v", len(globex), err)
	}
	// A tenant from before there were keys gets its first one by rotation.
	bare := call{tenant: "bare", path: "/v2/Roles?cursor&count=1"}
	s.do(t, bare).fails("/v2", 500, "", 0, "report request")
	if _, err := s.RotateCursorKeys(t.Context(), tenantID(t, "bare"), audit.Actor{}, tenant.NewCursorKey(now)); err != nil {
		t.Fatal(err)
	}
	s.do(t, bare).is(200)
	if _, err := s.RotateCursorKeys(t.Context(), tenantID(t, "nobody"), audit.Actor{}, tenant.NewCursorKey(now)); err == nil {
		t.Error("a tenant that does not exist was given a key")
	}
}

// TestLongSortKeys keeps cursors within a URL.
func TestLongSortKeys(t *testing.T) {
	t.Parallel()
	s := newService(t)
	long := strings.Repeat("é", 1000)
	s.createRoles(t, role.Role{ID: "L1", Name: "l1", Description: long + "b"}, role.Role{ID: "L2", Name: "l2", Description: long + "a"}, role.Role{ID: "L3", Name: "l3", Description: long})
	_, cursor := s.cursorPage(t, "/v2/Roles", "sortBy=description&count=2", "")
	if len(cursor) > 1200 {
		t.Errorf("the cursor has %d bytes", len(cursor))
	}
	if got := s.walk(t, "/v2/Roles", "sortBy=description&count=1&filter=description+pr", nil); !slices.Equal(got, []string{"RL_CONFIG", "L1", "L2", "L3"}) {
		t.Errorf("got %v", got)
	}
}
