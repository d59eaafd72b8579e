package operator

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
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
	"github.com/rolecall/rolecall/pkg/user"
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
	addUsers(t, store, acme)
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

// addUsers adds three users, each with a role and a token.
func addUsers(t *testing.T, store *dynamo.Store, in tenant.ID) {
	t.Helper()
	viewer, err := store.Role(t.Context(), in, "RL_AUDITV")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"2c", "1b", "3d"} {
		if _, err := store.CreateUser(t.Context(), in, audit.Actor{}, user.User{ID: id, UserName: id, Roles: []user.Role{{ID: viewer.ID, Created: viewer.Created}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := (tokens{store, silent, time.Now}).handle(t.Context(), TokensRequest{Tenant: "acme", Action: "issue", User: id}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestExportUsers: a user is exported with all that it has, and once.
func TestExportUsers(t *testing.T) {
	t.Parallel()
	store, acme := newStore(t)
	addUsers(t, store, acme)
	lines, _ := export{store, exportBytes, rolesPerLine}.walk(t)
	if paged, _ := (export{pagedPrincipals{store}, exportBytes, rolesPerLine}).walk(t); !slices.Equal(paged, lines) {
		t.Errorf("with pages of principals that are all users\n%s\nwant\n%s", strings.Join(paged, "\n"), strings.Join(lines, "\n"))
	}
	var kinds []string
	for _, line := range lines {
		var object struct{ Type, ID, Principal string }
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatal(err)
		}
		if object.Type == "user" || object.Type == "principal" || object.Type == "token" {
			kinds = append(kinds, object.Type+" "+object.ID+object.Principal)
		}
	}
	slices.Sort(kinds)
	want := []string{"principal administrator", "token administrator", "token user:1b", "token user:2c", "token user:3d", "user 1b", "user 2c", "user 3d"}
	if !slices.Equal(kinds, want) {
		t.Errorf("exported %q, want %q", kinds, want)
	}
}

// pagedPrincipals reads principals two by two.
type pagedPrincipals struct{ *dynamo.Store }

func (s pagedPrincipals) Principals(ctx context.Context, t tenant.ID, behind string, _ int) ([]auth.Principal, bool, error) {
	return s.Store.Principals(ctx, t, behind, 2)
}

// TestExportedUser: nothing of a user is forgotten.
func TestExportedUser(t *testing.T) {
	t.Parallel()
	u := user.User{Active: true}
	texts := fill(reflect.ValueOf(&u).Elem())
	line, err := json.Marshal(exportedUserOf(&u))
	if err != nil {
		t.Fatal(err)
	}
	empty, err := json.Marshal(exportedUserOf(&user.User{ID: "1b", UserName: "bjensen"}))
	if want := `{"type":"user","id":"1b","userName":"bjensen","active":false,"version":0,`; err != nil || !strings.HasPrefix(string(empty), want) {
		t.Errorf("%s, %v; want %s", empty, err, want)
	}
	if n := strings.Count(string(line), `"x"`); n != texts || n < 30 {
		t.Errorf("%d texts in %s, want %d", n, line, texts)
	}
}

// fill fills texts with x, and lists with one element. It returns how many texts
// there are.
func fill(v reflect.Value) (texts int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString("x")
		return 1
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		return fill(v.Index(0))
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				texts += fill(v.Field(i))
			}
		}
	}
	return texts
}

func TestExportWrongNext(t *testing.T) {
	t.Parallel()
	store, _ := newStore(t)
	for _, next := range []string{"people/alice", "/", "roles#", "permissionSets/FS_RLASG#x", "permissionSets/FS_RLASG#-1"} {
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
