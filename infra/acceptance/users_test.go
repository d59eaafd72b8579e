package acceptance_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/seed"
)

const userSchemas = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`

// directory is a tenant as its administrator sees it below one path.
type directory struct {
	service
	tenant, base, admin string
}

// testUsers leads users through their lives on each surface, in a tenant of their
// own.
func testUsers(t *testing.T, s service) {
	d := directory{service: s, tenant: "dunder"}
	var first struct{ Token string }
	s.invoke(t, "onboard-tenant", `{"tenant":"dunder"}`, &first)
	d.admin = first.Token
	start := time.Now()
	for name, base := range surfacePaths {
		d.base = strings.Replace(base, "{tenant}", d.tenant, 1)
		t.Run(name, func(t *testing.T) { d.testLife(t) })
	}
	t.Run("audit", func(t *testing.T) { d.testUserRecords(t, start) })
	t.Run("limited", func(t *testing.T) { d.testLimitedGiver(t) })
	t.Run("lists", func(t *testing.T) { d.testUserLists(t) })
	t.Run("bulk", func(t *testing.T) { d.testUserBulk(t) })
	t.Run("seed", func(t *testing.T) { testSeedAgain(t, s) })
}

// do makes a call with a token, and wants a status.
func (d directory) do(t *testing.T, token, method, path, body string, status int, headers ...string) answer {
	t.Helper()
	a := d.call(t, method, d.base+path, token, body, headers...)
	if a.status != status {
		t.Errorf("%s %s%s %s: %d %s, want %d", method, d.base, path, body, a.status, a.body, status)
	}
	return a
}

// create adds a user with more attributes, and returns its id.
func (d directory) create(t *testing.T, userName, more string) string {
	t.Helper()
	var made struct{ ID string }
	a := d.do(t, d.admin, "POST", "/Users", fmt.Sprintf(`{%s,"userName":%q%s}`, userSchemas, userName, more), 201)
	if a.decode(t, &made); a.header.Get("Location") != d.BaseURL()+d.base+"/Users/"+made.ID || a.header.Get("ETag") != `W/"1"` {
		t.Fatalf("created %s: %v %s", userName, a.header, a.body)
	}
	return made.ID
}

// patch changes a user as the administrator, by operations separated by commas.
func (d directory) patch(t *testing.T, id, operations string) {
	t.Helper()
	d.do(t, d.admin, "PATCH", "/Users/"+id, patchOf(operations), 200)
}

// token issues a token for a user, as an operator does.
func (d directory) token(t *testing.T, userName string) string {
	t.Helper()
	var issued struct{ Token string }
	d.invoke(t, "manage-tokens", fmt.Sprintf(`{"tenant":%q,"action":"issue","user":%q}`, d.tenant, userName), &issued)
	return issued.Token
}

// testLife: what a user may do follows from what it is at that moment, whatever API
// Gateway remembers of its token.
func (d directory) testLife(t *testing.T) {
	id := d.create(t, "pam@dunder.example", `,"externalId":"pam-1","emails":[{"value":"pam@dunder.example","primary":true}]`)
	path := "/Users/" + id
	token := d.token(t, "PAM@dunder.example")
	fresh := d.token(t, "pam@dunder.example") // not used while the user is active
	d.testMe(t, id, token)

	d.do(t, token, "GET", "/Roles", "", 403)
	d.patch(t, id, `{"op":"add","path":"roles","value":[{"value":"RL_AUDITV"}]}`)
	d.do(t, token, "GET", "/Roles", "", 200)
	d.do(t, token, "GET", path, "", 200)
	d.patch(t, id, `{"op":"remove","path":"roles[value eq \"RL_AUDITV\"]"}`)
	d.do(t, token, "GET", "/Roles", "", 403)
	d.testDeletedRole(t, id, token)

	d.patch(t, id, `{"op":"replace","path":"active","value":"False"}`)
	for _, path := range []string{"/Me", path, "/Roles", "/Users", "/PermissionSets/FS_RLASG", "/AuditRecords"} {
		d.do(t, token, "GET", path, "", 403)
	}
	d.do(t, fresh, "GET", "/Me", "", 401)
	d.patch(t, id, `{"op":"replace","path":"active","value":true}`)
	d.do(t, token, "GET", "/Me", "", 200)
	d.do(t, fresh, "GET", "/Me", "", 200)

	got := d.do(t, d.admin, "GET", path, "", 200)
	d.do(t, d.admin, "GET", path, "", 304, "If-None-Match", got.header.Get("ETag"))
	d.do(t, d.admin, "PUT", path, `{`+userSchemas+`,"userName":"pam@dunder.example","title":"Manager"}`, 412, "If-Match", `W/"1"`)
	d.do(t, d.admin, "PUT", path, `{`+userSchemas+`,"userName":"Pam.Halpert@dunder.example","title":"Manager"}`, 200, "If-Match", got.header.Get("ETag"))
	if d.base == "/management-api/scim/v2" {
		d.do(t, d.admin, "DELETE", path, "", 501)
		d.base = "/scim/v2"
	}
	d.do(t, d.admin, "DELETE", path, "", 204)
	d.do(t, d.admin, "GET", path, "", 404)
	d.do(t, token, "GET", "/Me", "", 403)
	again := d.create(t, "Pam.Halpert@dunder.example", "")
	d.do(t, token, "GET", "/Me", "", 403)
	d.do(t, d.admin, "DELETE", "/Users/"+again, "", 204)
}

// testMe: a user reads itself at /Me, and is told where else it is.
func (d directory) testMe(t *testing.T, id, token string) {
	t.Helper()
	location := d.BaseURL() + d.base + "/Users/" + id
	me, user := d.do(t, token, "GET", "/Me", "", 200), d.do(t, d.admin, "GET", "/Users/"+id, "", 200)
	if string(me.body) != string(user.body) || me.header.Get("Location") != location {
		t.Errorf("/Me is %v %s, want %s", me.header, me.body, user.body)
	}
	for method, missing := range map[string]string{"PUT": "M_USER", "PATCH": "M_USER", "DELETE": "D_USER"} {
		if method == "DELETE" && d.base == "/management-api/scim/v2" {
			continue
		}
		body := map[string]string{"PUT": `{` + userSchemas + `,"userName":"me"}`, "PATCH": patchOf(`{"op":"add","path":"title","value":"Boss"}`)}[method]
		if a := d.do(t, token, method, "/Me", body, 403); !strings.Contains(string(a.body), missing) || a.header.Get("Location") != location {
			t.Errorf("%s /Me: %v %s", method, a.header, a.body)
		}
	}
}

// testDeletedRole: a role that is deleted is gone at once from those who hold it, and
// another one with its id is not theirs.
func (d directory) testDeletedRole(t *testing.T, id, token string) {
	t.Helper()
	roles := directory{d.service, d.tenant, "/scim/" + d.tenant + "/v2", d.admin} // where clients choose ids
	const auditor = `{"id":"AUDITOR","name":"Auditor","urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[{"value":"FS_AUDITV"}]}}`
	roles.do(t, d.admin, "POST", "/Roles", auditor, 201)
	d.patch(t, id, `{"op":"add","path":"roles","value":"AUDITOR"}`)
	d.do(t, token, "GET", "/AuditRecords?count=1", "", 200)
	for range 2 {
		roles.do(t, d.admin, "DELETE", "/Roles/AUDITOR", "", 204)
		d.do(t, token, "GET", "/AuditRecords?count=1", "", 403)
		roles.do(t, d.admin, "POST", "/Roles", auditor, 201)
		d.do(t, token, "GET", "/AuditRecords?count=1", "", 403)
		if a := d.do(t, token, "GET", "/Me", "", 200); strings.Contains(string(a.body), `"roles"`) {
			t.Errorf("with a deleted role: %s", a.body)
		}
		d.drain(t)
	}
	roles.do(t, d.admin, "DELETE", "/Roles/AUDITOR", "", 204)
}

// testUserRecords: each change of a user leaves one record, with its author.
func (d directory) testUserRecords(t *testing.T, since time.Time) {
	d.base = "/scim/dunder/v2"
	id := d.create(t, "creed@dunder.example", `,"roles":[{"value":"RL_SADMIN"}],"title":"Collator"`)
	token := d.token(t, "creed@dunder.example")
	d.do(t, token, "PATCH", "/Me", patchOf(`{"op":"remove","path":"title"}`), 200)
	d.do(t, token, "PATCH", "/Me", patchOf(`{"op":"remove","path":"title"}`), 200)
	d.do(t, token, "DELETE", "/Me", "", 409) // nobody takes his own power
	d.do(t, token, "PUT", "/Me", `{"active":false}`, 409)
	d.do(t, d.admin, "PUT", "/Users/"+id, `{"userName":"creed.bratton@dunder.example"}`, 200)
	d.do(t, d.admin, "DELETE", "/Users/"+id, "", 204)
	var got []string
	for _, r := range d.auditRecordsAs(t, d.admin, since) {
		if r.ResourceID == id {
			got = append(got, strings.ReplaceAll(r.Principal+" "+r.String(), id, "ID"))
		}
		if r.ResourceType == "User" && (r.RequestID == "" || r.Address == "" && r.Principal != "operator") {
			t.Errorf("record %+v", r)
		}
	}
	want := []string{
		"administrator create User ID 0-1 active,id,roles,title,userName",
		"user:ID update User ID 1-2 title",
		"administrator update User ID 2-3 userName",
		"administrator delete User ID 3-0 active,id,roles,userName",
	}
	if !slices.Equal(got, want) {
		t.Errorf("records\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// testSeedAgain: what was deleted of a seeded database comes back with the next
// start, unless something else is in its place.
func testSeedAgain(t *testing.T, s service) {
	d := directory{s, "acme", "/scim/acme/v2", "dev-acme-admin"}
	_ = d.call(t, "DELETE", d.base+"/Users/"+seed.Dave, d.admin, "") // it may be gone already
	other := d.create(t, "DAVE@acme.example", "")
	for _, status := range []int{404, 200} {
		if err := seed.Apply(t.Context(), s.Stack); err != nil {
			t.Fatal(err)
		}
		d.do(t, d.admin, "GET", "/Users/"+seed.Dave, "", status)
		if status == 404 {
			d.do(t, d.admin, "DELETE", "/Users/"+other, "", 204)
		}
	}
}
