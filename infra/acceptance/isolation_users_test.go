package acceptance_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/user"
)

// addUsers adds the callers who are users, and the roles that one of them gives.
func (i *isolated) addUsers(t *testing.T) {
	t.Helper()
	store, acme := i.store(), i.id(t, "acme")
	givable := func(roles ...string) permission.Item {
		return permission.Item{Permission: permission.AssignRole, Limited: true, Roles: roles}
	}
	for _, r := range []struct {
		id     string
		grants []permission.Item
	}{
		{"SPARE", nil},
		{"POWER", []permission.Item{{Permission: permission.ChangeRole}}},
		{"LESS", []permission.Item{givable("PART")}},
		{"MORE", []permission.Item{givable("PART", "RL_SADMIN")}},
		{"GIVER", []permission.Item{{Permission: permission.ReadUser}, givable("LESS", "MORE", "PART", "POWER", "SPARE")}},
	} {
		made := role.Role{ID: r.id, Name: r.id}
		if r.grants != nil {
			made.PermissionSets = []string{"FS_" + r.id}
			if _, err := store.CreatePermissionSet(t.Context(), acme, audit.Actor{}, permission.Set{ID: "FS_" + r.id, Name: r.id, Items: r.grants}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := store.CreateRole(t.Context(), acme, audit.Actor{}, made); err != nil {
			t.Fatal(err)
		}
	}
	for _, u := range []struct {
		caller, role string
		active       bool
	}{{"self", "RL_HELPDSK", true}, {"giver", "GIVER", true}, {"inactive", "RL_SADMIN", false}} {
		i.users[u.caller] = i.user(t, "acme", user.User{UserName: u.caller, Active: u.active}, u.role)
		i.tokens[u.caller] = i.userToken(t, "acme", i.users[u.caller])
	}
}

// user adds a user who holds roles, and returns its id.
func (i *isolated) user(t *testing.T, in string, u user.User, roles ...string) string {
	t.Helper()
	known, err := i.store().RolesByID(t.Context(), i.id(t, in), roles)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range roles {
		u.Roles = append(u.Roles, user.Role{ID: id, Created: known[id].Created})
	}
	u.ID = fmt.Sprintf("%016x%016x", rand.Uint64(), rand.Uint64())
	if _, err := i.store().CreateUser(t.Context(), i.id(t, in), audit.Actor{}, u); err != nil {
		t.Fatal(err)
	}
	return u.ID
}

func (i *isolated) userToken(t *testing.T, in, id string) string {
	t.Helper()
	secret, token := auth.NewToken(i.id(t, in), auth.UserPrefix+id, time.Now(), time.Hour)
	if err := i.store().IssueToken(t.Context(), audit.Actor{}, token, auth.HashToken(secret), nil); err != nil {
		t.Fatal(err)
	}
	return secret
}

// userRequest makes the request of a cell about users. Behind the path may stand a
// role.
func (i *isolated) userRequest(method, path, base string) request {
	path, role, _ := strings.Cut(path, ":")
	patch := func(operation string) request { return request{"PATCH", path, patchOf(operation)} }
	switch method {
	case "GIVE":
		return patch(fmt.Sprintf(`{"op":"add","path":"roles","value":[{"value":%q}]}`, role))
	case "TAKE":
		return patch(fmt.Sprintf(`{"op":"remove","path":"roles[value eq \"%s\"]"}`, role))
	case "DISABLE":
		return patch(`{"op":"replace","path":"active","value":false}`)
	case "PATCH":
		return patch(fmt.Sprintf(`{"op":"replace","path":"displayName","value":"Made %d"}`, i.made))
	case "POST", "PUT":
		resource := map[string]any{"userName": fmt.Sprint("made", i.made)}
		if base == "/scim/v2" {
			resource["schemas"] = []string{"urn:ietf:params:scim:schemas:core:2.0:User"}
		}
		if role != "" {
			resource["roles"] = []map[string]string{{"value": role}}
		}
		body, _ := json.Marshal(resource) // plain values: cannot fail
		return request{method, path, string(body)}
	}
	return request{method, path, ""}
}

// testUsersApart: the same person in two tenants is two users, and neither is found
// by what is known of the other.
func (i *isolated) testUsersApart(t *testing.T) {
	const schemas = `"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]`
	ids := map[string]string{}
	for _, caller := range []string{"admin", "other"} {
		a := i.call(t, "POST", "/scim/v2/Users", i.tokens[caller], `{`+schemas+`,"userName":"twin@example.com","externalId":"twin","emails":[{"value":"twin@example.com"}],"roles":[{"value":"RL_CONFIG"}]}`)
		var made struct{ ID string }
		if a.decode(t, &made); a.status != 201 {
			t.Fatalf("create as %s: %d %s", caller, a.status, a.body)
		}
		ids[caller] = made.ID
	}
	for _, caller := range []string{"admin", "other"} {
		for _, filter := range []string{`userName eq "TWIN@example.com"`, `externalId eq "twin"`, `emails.value eq "twin@example.com"`, `roles.value eq "RL_CONFIG"`, `roles.display eq "Configuration"`, `userName sw "twin"`} {
			var found page
			a := i.call(t, "GET", "/scim/v2/Users?filter="+url.QueryEscape(filter), i.tokens[caller], "")
			if a.decode(t, &found); !slices.Equal(found.ids(), []string{ids[caller]}) {
				t.Errorf("%s finds by %s: %s", caller, filter, a.body)
			}
		}
	}
	for _, path := range []string{"/scim/globex/v2/Me", "/scim/globex/v2/Users/" + ids["other"], "/scim/globex/v2/Users"} {
		for _, caller := range []string{"self", "giver", "admin"} {
			if a := i.call(t, "GET", path, i.tokens[caller], ""); a.status != 403 || !strings.Contains(string(a.body), "not for the tenant in the path") {
				t.Errorf("%s as %s: %d %s", path, caller, a.status, a.body)
			}
		}
	}
	if a := i.call(t, "GET", "/scim/v2/Users/"+ids["other"], i.tokens["giver"], ""); a.status != 404 {
		t.Errorf("a user of globex as giver: %d %s", a.status, a.body)
	}
	var first page
	i.call(t, "GET", "/scim/v2/Users?cursor&count=1", i.tokens["admin"], "").decode(t, &first)
	for caller, want := range map[string]int{"admin": 200, "other": 400, "giver": 400} {
		if a := i.call(t, "GET", "/scim/v2/Users?count=1&cursor="+first.NextCursor, i.tokens[caller], ""); a.status != want {
			t.Errorf("the administrator's cursor as %s: %d %s, want %d", caller, a.status, a.body, want)
		}
	}
}

// testRaising: whoever may give some roles cannot come to hold more by it, however
// it is asked for, nor let anybody else.
func (i *isolated) testRaising(t *testing.T) {
	me := i.users["giver"]
	accomplice := i.user(t, "acme", user.User{UserName: "accomplice", Active: true})
	const (
		power = `{"op":"add","path":"roles","value":[{"value":"RL_SADMIN"}]}`
		bulk  = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"PATCH","path":"/Users/%s","data":%s}]}`
	)
	for _, attempt := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"PATCH", "/Me", patchOf(`{"op":"add","path":"roles","value":[{"value":"System Administration"}]}`), 403, "over the role RL_SADMIN"},
		{"PATCH", "/Me", patchOf(`{"op":"add","value":{"roles":[{"value":"RL_SADMIN"}]}}`), 403, "over the role RL_SADMIN"},
		{"PATCH", "/Me", patchOf(`{"op":"Add","path":"roles","value":"{\"value\":\"RL_SADMIN\"}"}`), 403, "over the role RL_SADMIN"},
		{"PATCH", "/Me", patchOf(`{"op":"replace","path":"urn:ietf:params:scim:schemas:core:2.0:User:roles","value":"RL_SADMIN"}`), 403, "RL_SADMIN"},
		{"PATCH", "/Me", patchOf(`{"op":"replace","path":"roles[value eq \"GIVER\"].value","value":"RL_SADMIN"}`), 403, "over the role"},
		{"PATCH", "/Me", patchOf(`{"op":"add","path":"roles","value":[{"value":"LESS"}]},` + power), 403, "over the role RL_SADMIN"},
		{"PATCH", "/Me", patchOf(`{"op":"add","path":"roles","value":[{"value":"MORE"}]}`), 403, "M_U_ROLES over the role RL_SADMIN"},
		{"PATCH", "/Users/" + accomplice, patchOf(`{"op":"add","path":"roles","value":[{"value":"MORE"}]}`), 403, "M_U_ROLES over the role RL_SADMIN"},
		{"PATCH", "/Users/" + accomplice, patchOf(`{"op":"add","path":"roles","value":[{"value":"POWER"}]}`), 403, "M_ROLE"},
		{"PATCH", "/Users/" + accomplice, patchOf(`{"op":"add","path":"roles","value":[{"value":"GIVER"}]}`), 403, "over the role GIVER"},
		{"PUT", "/Me", `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"giver","roles":[{"value":"GIVER"},{"value":"RL_SADMIN"}]}`, 403, "over the role RL_SADMIN"},
		{"POST", "/Bulk", fmt.Sprintf(bulk, me, patchOf(power)), 200, `"status":"403"`},
		{"PUT", "/PermissionSets/FS_GIVER", `{"schemas":["urn:hid:scim:api:idp:2.0:PermissionSet"],"name":"x","permissionSetItems":[]}`, 403, "U_PSET"},
		{"PATCH", "/Roles/SPARE", patchOf(`{"op":"add","path":"urn:rolecall:params:scim:schemas:extension:2.0:Role:permissionSets","value":[{"value":"FS_SADMIN"}]}`), 403, "M_ROLE"},
		// What the giver holds already it may hand on.
		{"PATCH", "/Users/" + accomplice, patchOf(`{"op":"add","path":"roles","value":[{"value":"LESS"},{"value":"PART"}]}`), 200, `"LESS"`},
	} {
		a := i.call(t, attempt.method, "/scim/v2"+attempt.path, i.tokens["giver"], attempt.body)
		if a.status != attempt.status || !strings.Contains(string(a.body), attempt.says) {
			t.Errorf("%s %s %s: %d %s, want %d with %q", attempt.method, attempt.path, attempt.body, a.status, a.body, attempt.status, attempt.says)
		}
	}
	for id, want := range map[string][]string{me: {"GIVER", "SPARE"}, accomplice: {"LESS", "PART"}} {
		if held := i.rolesOf(t, "acme", "admin", id); !slices.Equal(held, want) {
			t.Errorf("%s holds %v, want %v", id, held, want)
		}
	}
}

// rolesOf reads which roles a user holds.
func (i *isolated) rolesOf(t *testing.T, in, caller, id string) []string {
	t.Helper()
	var u struct{ Roles []struct{ Value string } }
	i.call(t, "GET", "/scim/"+in+"/v2/Users/"+id, i.tokens[caller], "").decode(t, &u)
	var held []string
	for _, r := range u.Roles {
		held = append(held, r.Value)
	}
	return held
}
