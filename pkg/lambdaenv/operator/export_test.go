package operator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine/enginetest"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// newStore is a store with the tenant acme.
func newStore(t *testing.T) (*dynamo.Store, tenant.ID) {
	t.Helper()
	client, table := enginetest.Table(t)
	store := dynamo.New(client, table, time.Now)
	acme, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := onboard.Onboard(t.Context(), store, acme, audit.Actor{}, time.Now()); err != nil {
		t.Fatal(err)
	}
	return store, acme
}

// walk reads an export page by page.
func (e export) walk(t *testing.T) (lines []string, pages int) {
	t.Helper()
	for request, more := (ExportRequest{Tenant: "acme"}), true; more; pages++ {
		page, err := e.handle(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		size := 0
		for _, line := range page.Lines {
			lines = append(lines, string(line))
			size += len(line)
		}
		if size > e.bytes && len(page.Lines) > 1 {
			t.Errorf("a page of %d bytes", size)
		}
		request.Next, more = page.Next, page.Next != ""
	}
	return lines, pages
}

// TestExportPages: however small the pages are, together they hold the same.
func TestExportPages(t *testing.T) {
	t.Parallel()
	store, acme := newStore(t)
	for _, principal := range []string{"hr", "robot"} {
		_, token := auth.NewToken(acme, principal, time.Now(), time.Hour)
		if err := store.IssueToken(t.Context(), audit.Actor{}, token, auth.HashToken(principal), []string{"RL_AUDITV"}); err != nil {
			t.Fatal(err)
		}
		_, c := auth.NewClient(acme, "HR", principal, time.Now())
		if err := store.CreateClient(t.Context(), audit.Actor{}, c, nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, roleCodes := range []int{rolesPerLine, 7} {
		whole, pages := export{store, exportBytes, roleCodes}.walk(t)
		if pages != 1 {
			t.Errorf("the whole took %d pages", pages)
		}
		for _, bytes := range []int{1, 300, 1000, 5000} {
			lines, pages := export{store, bytes, roleCodes}.walk(t)
			if !slices.Equal(lines, whole) || pages < 2 || bytes == 1 && pages != len(whole) {
				t.Errorf("%d pages of %d bytes hold\n%s\nwant\n%s", pages, bytes, strings.Join(lines, "\n"), strings.Join(whole, "\n"))
			}
		}
	}
}

func TestExportWrongNext(t *testing.T) {
	t.Parallel()
	store, _ := newStore(t)
	for _, next := range []string{"users/alice", "/", "roles#", "permissionSets/FS_RLASG#x", "permissionSets/FS_RLASG#-1"} {
		if page, err := (export{store, exportBytes, rolesPerLine}).handle(t.Context(), ExportRequest{Tenant: "acme", Next: next}); err == nil {
			t.Errorf("%s: %s", next, page.Lines)
		}
	}
	// What was deleted in between does not matter.
	for _, next := range []string{"roles/GONE", "permissionSets/GONE", "permissionSets/GONE#3", "permissionSets/FS_RLASG#9"} {
		page, err := (export{store, exportBytes, rolesPerLine}).handle(t.Context(), ExportRequest{Tenant: "acme", Next: next})
		if err != nil || len(page.Lines) == 0 || strings.Contains(string(page.Lines[0]), `"id":"FS_RLASG"`) {
			t.Errorf("%s: %s, %v", next, page.Lines, err)
		}
	}
}

func TestPartsOf(t *testing.T) {
	t.Parallel()
	limited := func(code permission.Code, roles ...string) permission.Item {
		return permission.Item{Permission: code, Limited: true, Roles: roles}
	}
	for name, test := range map[string]struct {
		items []permission.Item
		want  []string // the parts' items
	}{
		"none":      {nil, []string{"[]"}},
		"unlimited": {[]permission.Item{{Permission: "C"}}, []string{"[{C false []}]"}},
		"no role":   {[]permission.Item{limited("M")}, []string{"[{M true []}]"}},
		"one part":  {[]permission.Item{limited("M", "A"), limited("R", "A", "B")}, []string{"[{M true [A]} {R true [A B]}]"}},
		"two parts": {[]permission.Item{limited("M", "A", "B"), limited("R", "A", "B")}, []string{"[{M true [A B]} {R true [A]}]", "[{R true [B]}]"}},
		"many":      {[]permission.Item{limited("M", "A", "B", "C", "D", "E", "F", "G")}, []string{"[{M true [A B C]}]", "[{M true [D E F]}]", "[{M true [G]}]"}},
		"full":      {[]permission.Item{limited("M", "A", "B", "C"), {Permission: "C"}}, []string{"[{M true [A B C]}]", "[{C false []}]"}},
	} {
		var got []string
		for i, part := range partsOf(permission.Set{ID: "SET", Items: test.items}, 3) {
			got = append(got, fmt.Sprint(part.Items))
			if part.ID != "SET" || part.Continued != (i > 0) {
				t.Errorf("%s: part %d is %+v", name, i, part)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

// TestLongestLine: a line stays well below what an answer holds.
func TestLongestLine(t *testing.T) {
	t.Parallel()
	roles := make([]string, 3*rolesPerLine)
	for i := range roles {
		roles[i] = fmt.Sprintf("%064d", i)
	}
	for _, part := range partsOf(permission.Set{ID: "SET", Items: []permission.Item{{Permission: "M", Limited: true, Roles: roles}}}, rolesPerLine) {
		if line, err := json.Marshal(part); err != nil || len(line) > 1_000_000 {
			t.Errorf("%d bytes, %v", len(line), err)
		}
	}
}
