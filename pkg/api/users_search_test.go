package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/user"
)

// TestSearchEverything: a search at the root finds users, for those who may list
// them.
func TestSearchEverything(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createUsers(t, user.User{ID: "u1", UserName: "audit", DisplayName: "Zed", Active: true}, user.User{ID: "u2", UserName: "other", Active: true, Roles: []user.Role{{ID: "RL_RFE"}}})
	s.permit(t, "lister", unlimited(permission.ReadReferenceData)...)
	s.permit(t, "users", unlimited(permission.ReadUser)...)
	const roles, sets = "RL_AUDITV RL_CFGMGR RL_CONFIG RL_DEVADM RL_HELPDSK RL_RFE RL_RGWADM RL_SADMIN RL_SSPADM RL_STPADM RL_SUSRADM RL_SYSTEM RL_USERADM ROLE_LISTER ROLE_USERS", "FS_AUDITV FS_LISTER FS_RLASG FS_SADMIN FS_USERADM FS_USERS"
	tests := []struct{ principal, members, want string }{
		{admin, ``, roles + " " + sets + " u1 u2"},
		{"lister", ``, roles + " " + sets},
		{"users", ``, "u1 u2"},
		{admin, `,"filter":"userName eq \"audit\" or name co \"audit\""`, "RL_AUDITV FS_AUDITV u1"},
		{"lister", `,"filter":"userName eq \"audit\" or name co \"audit\""`, "RL_AUDITV FS_AUDITV"},
		{"users", `,"filter":"userName eq \"audit\" or name co \"audit\""`, "u1"},
		{"lister", `,"filter":"userName eq \"audit\""`, ""},
		{admin, `,"filter":"roles.value eq \"RL_RFE\""`, "u2"},
		{admin, `,"filter":"displayName pr","sortBy":"userName"`, "u1"},
		{admin, `,"filter":"userName pr","sortBy":"userName","sortOrder":"descending"`, "u2 u1"},
		{"lister", `,"filter":"id sw \"RL_S\"","sortBy":"userName"`, "RL_SADMIN RL_SSPADM RL_STPADM RL_SUSRADM RL_SYSTEM"},
		{admin, `,"filter":"meta.resourceType eq \"User\""`, "u1 u2"},
	}
	for _, test := range tests {
		for _, base := range []string{"/v2", "/acme/v2"} {
			c := call{principal: test.principal, method: "POST", path: base + "/.search", body: "{" + searchSchema + test.members + "}"}
			if got := strings.Join(idsOf(s.do(t, c).is(200)), " "); got != test.want {
				t.Errorf("%s %s: got %q, want %q", test.principal, test.members, got, test.want)
			}
			for _, count := range []int{1, 2, 16} {
				var walked []string
				for cursor, more := "", true; more; more = cursor != "" {
					c.body = fmt.Sprintf(`{%s%s,"count":%d,"cursor":%q}`, searchSchema, test.members, count, cursor)
					var list struct{ NextCursor string }
					a := s.do(t, c).is(200)
					a.json(&list)
					cursor, walked = list.NextCursor, append(walked, idsOf(a)...)
				}
				if got := strings.Join(walked, " "); got != test.want {
					t.Errorf("%s %s by %d: got %q", test.principal, test.members, count, got)
				}
			}
		}
	}
	whole := s.do(t, call{path: "/v2/Users/u2"}).is(200)
	if a := s.do(t, call{method: "POST", path: "/v2/.search", body: "{" + searchSchema + `,"filter":"id eq \"u2\""}`}).is(200); !strings.Contains(a.body, whole.body) {
		t.Errorf("the user is not whole: %s", a.body)
	}
	s.do(t, call{principal: nobody, method: "POST", path: "/v2/.search", body: "{" + searchSchema + "}"}).fails("/v2", 403, "", 0, "R_REFDATA")
	// A cursor is good for the types that the caller may list.
	body := fmt.Sprintf(`{%s,"count":1,"cursor":%%q}`, searchSchema)
	var list struct{ NextCursor string }
	s.do(t, call{principal: "users", method: "POST", path: "/v2/.search", body: fmt.Sprintf(body, "")}).is(200).json(&list)
	addPrincipal(t, s.Store, "acme", "users", "RL_AUDITV")
	s.do(t, call{principal: "users", method: "POST", path: "/v2/.search", body: fmt.Sprintf(body, list.NextCursor)}).fails("/v2", 400, "invalidCursor", 0, "")
}

// TestSearchReadsNoOthers: a search reads no users for what users do not have.
func TestSearchReadsNoOthers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	s.createUsers(t, numberedUsers(3)...)
	counted := &readUsers{Store: s.Store}
	counting := serve(t, s.Store, api.Dependencies{Roles: s.Store, PermissionSets: s.Store, Users: counted, Grants: s.Store})
	for _, test := range []struct {
		filter string
		rows   int
		read   int64
	}{
		{`name co \"audit\"`, 2, 0}, {`updatePermissionSet eq true and id sw \"RL_A\"`, 1, 0}, {`permissionSetItems.id eq \"R_AUDIT\" or name eq \"Help Desk\"`, 3, 0},
		{`userName eq \"user 1\" or name eq \"Help Desk\"`, 2, 3}, {`not (name co \"a\") and id sw \"u0\"`, 3, 3},
	} {
		counted.read.Store(0)
		a := counting.do(t, call{method: "POST", path: "/v2/.search", body: `{` + searchSchema + `,"filter":"` + test.filter + `"}`}).is(200)
		if len(idsOf(a)) != test.rows || counted.read.Load() != test.read {
			t.Errorf("%s: %d rows of %d users", test.filter, len(idsOf(a)), counted.read.Load())
		}
	}
}
