package acceptance_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// testLimitedGiver: who may give only some roles gives no more than that, in every
// way of writing a user.
func (d directory) testLimitedGiver(t *testing.T) {
	d.base = "/scim/dunder/v2"
	const grants = `"urn:rolecall:params:scim:schemas:extension:2.0:Role":{"permissionSets":[{"value":%q}]}`
	for _, r := range []struct{ id, set, items string }{
		{"PART", "FS_PART", `{"id":"R_ROLE","parameter":"RL_RFE"}`},
		{"HIGH", "FS_HIGH", `{"id":"R_ROLE","parameter":"RL_RFE|RL_CONFIG"}`},
		{"GIVER", "FS_GIVER", `{"id":"R_USER"},{"id":"C_USER"},{"id":"M_USER"},{"id":"R_ROLE","parameter":"RL_RFE"},{"id":"M_U_ROLES","parameter":"PART|HIGH"}`},
	} {
		d.do(t, d.admin, "POST", "/PermissionSets", fmt.Sprintf(`{"id":%q,"name":%q,"permissionSetItems":[%s]}`, r.set, r.set, r.items), 201)
		d.do(t, d.admin, "POST", "/Roles", fmt.Sprintf(`{"id":%q,"name":"The %s",%s,"updatePermissionSet":false}`, r.id, strings.ToLower(r.id), fmt.Sprintf(grants, r.set)), 201)
	}
	d.create(t, "andy@dunder.example", `,"roles":[{"value":"GIVER"}]`)
	andy := d.token(t, "andy@dunder.example")
	other := d.create(t, "erin@dunder.example", "")
	path := "/Users/" + other
	for _, base := range []string{"/scim/dunder/v2", "/scim/v2"} {
		d.base = base
		for i, role := range []string{"PART", "HIGH"} {
			status := map[string]int{"PART": 200, "HIGH": 403}[role]
			named := fmt.Sprintf(`"roles":[{"value":%q}]`, role)
			if base == "/scim/v2" {
				named = fmt.Sprintf(`"roles":[{"value":"the %s"}]`, role) // by its name, in any case
			}
			d.do(t, andy, "PATCH", path, patchOf(`{"op":"add","value":{`+named+`}}`), status)
			d.do(t, d.admin, "PATCH", path, patchOf(`{"op":"remove","path":"roles"}`), 200)
			d.do(t, andy, "PUT", path, fmt.Sprintf(`{%s,"userName":"erin@dunder.example",%s}`, userSchemas, named), status)
			d.do(t, d.admin, "PUT", path, fmt.Sprintf(`{%s,"userName":"erin@dunder.example","roles":[]}`, userSchemas), 200)
			body := fmt.Sprintf(`{%s,"userName":"new%d%d@dunder.example",%s}`, userSchemas, i, len(base), named)
			d.do(t, andy, "POST", "/Users", body, max(status, 201))
			var answer struct{ Operations []struct{ Status string } }
			a := d.do(t, andy, "POST", "/Bulk", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"PATCH","path":%q,"data":%s}]}`, path, patchOf(`{"op":"add","value":{`+named+`}}`)), 200)
			if a.decode(t, &answer); len(answer.Operations) != 1 || answer.Operations[0].Status != fmt.Sprint(status) {
				t.Errorf("in bulk: %s, want %d", a.body, status)
			}
		}
		d.do(t, andy, "DELETE", path, "", 403)
	}
}

// testUserLists: every way to a user leads to it, on each surface.
func (d directory) testUserLists(t *testing.T) {
	d.base = "/scim/v2"
	var made []string
	for i := range 9 {
		made = append(made, d.create(t, fmt.Sprintf("clerk%d@dunder.example", i),
			fmt.Sprintf(`,"externalId":"clerk-%d","emails":[{"value":"Clerk%d@Dunder.example"}],"roles":[{"value":"Help Desk"}]`, i, i)))
	}
	slices.Sort(made)
	var all page
	d.do(t, d.admin, "GET", "/Users", "", 200).decode(t, &all)
	for name, base := range surfacePaths {
		d.base = strings.Replace(base, "{tenant}", d.tenant, 1)
		if walked := d.walk(t, "cursor=", func(p page, _ int) string { return "cursor=" + url.QueryEscape(p.NextCursor) }); !slices.Equal(walked, all.ids()) {
			t.Errorf("%s: by cursor: %v, want %v", name, walked, all.ids())
		}
		if walked := d.walk(t, "startIndex=1", func(_ page, read int) string { return fmt.Sprint("startIndex=", 1+read) }); !slices.Equal(walked, all.ids()) {
			t.Errorf("%s: by index: %v, want %v", name, walked, all.ids())
		}
		for _, test := range []struct {
			filter string
			want   int
		}{
			{`userName eq "CLERK3@dunder.example"`, 1},
			{`externalId eq "clerk-3"`, 1},
			{`emails.value eq "clerk3@dunder.example"`, 1},
			{`emails[value eq "clerk3@dunder.example" and not (type pr)]`, 1},
			{`roles.value eq "RL_HELPDSK"`, 9},
			{`roles.display eq "help desk" and userName sw "clerk"`, 9},
			{`roles.value eq "RL_NONE"`, 0},
			{`userName eq "nobody"`, 0},
			{fmt.Sprintf(`id eq %q`, made[0]), 1},
			{`active eq true and userName sw "clerk" and userName ew "5@dunder.example"`, 1},
		} {
			var got, searched, anywhere page
			a := d.do(t, d.admin, "GET", "/Users?filter="+url.QueryEscape(test.filter), "", 200)
			a.decode(t, &got)
			d.do(t, d.admin, "GET", "/Users?filter="+url.QueryEscape(test.filter), "", 304, "If-None-Match", a.header.Get("ETag"))
			search, _ := json.Marshal(map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:SearchRequest"}, "filter": test.filter}) // texts: cannot fail
			d.do(t, d.admin, "POST", "/Users/.search", string(search), 200).decode(t, &searched)
			d.do(t, d.admin, "POST", "/.search", string(search), 200).decode(t, &anywhere)
			if len(got.Resources) != test.want || !slices.Equal(got.ids(), searched.ids()) || !slices.Equal(got.ids(), anywhere.ids()) {
				t.Errorf("%s: %s finds %v, searches find %v and %v; want %d", name, test.filter, got.ids(), searched.ids(), anywhere.ids(), test.want)
			}
		}
		var far page
		d.do(t, d.admin, "POST", "/Users/.search", fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],"startIndex":%d,"count":5}`, len(all.Resources)), 200).decode(t, &far)
		if last := all.ids()[len(all.Resources)-1:]; !slices.Equal(far.ids(), last) || far.TotalResults == nil || *far.TotalResults != len(all.Resources) {
			t.Errorf("%s: the last page is %+v, want %v", name, far, last)
		}
	}
}

// walk reads all users in pages of four. next asks for the page behind one, when
// so many have been read.
func (d directory) walk(t *testing.T, query string, next func(p page, read int) string) (ids []string) {
	t.Helper()
	for more := true; more; {
		var p page
		d.do(t, d.admin, "GET", "/Users?count=4&"+query, "", 200).decode(t, &p)
		ids = append(ids, p.ids()...)
		query = next(p, len(ids))
		more = len(p.Resources) == 4 && !strings.HasSuffix(query, "=")
	}
	return ids
}

// testUserBulk: users, and the roles and managers that they refer to, in one
// request.
func (d directory) testUserBulk(t *testing.T) {
	const bulk = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[
		{"method":"POST","path":"/Users","bulkId":"smith","data":{` + userSchemas + `,"userName":"smith","roles":[{"value":"bulkId:role"}],
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"bulkId:boss"}}}},
		{"method":"POST","path":"/Users","bulkId":"boss","data":{` + userSchemas + `,"userName":"boss"}},
		{"method":"POST","path":"/Roles","bulkId":"role","data":{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"name":"Made in bulk"}},
		{"method":"PATCH","path":"/Users/bulkId:boss","data":` + `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"roles","value":[{"value":"bulkId:role"}]}]}` + `},
		{"method":"POST","path":"/Users","bulkId":"none","data":{` + userSchemas + `,"userName":"none","roles":[{"value":"RL_NONE"}]}},
		{"method":"PUT","path":"/Users/bulkId:none","data":{` + userSchemas + `,"userName":"none"}},
		{"method":"DELETE","path":"/Users/bulkId:smith"},
		{"method":"DELETE","path":"/Users/bulkId:boss"},
		{"method":"DELETE","path":"/Roles/bulkId:role"}]}`
	for _, base := range []string{"/scim/dunder/v2", "/scim/v2"} {
		d.base = base
		var answer struct {
			Operations []struct{ Status, Location string }
		}
		a := d.do(t, d.admin, "POST", "/Bulk", bulk, 200)
		a.decode(t, &answer)
		var statuses []string
		for _, o := range answer.Operations {
			statuses = append(statuses, o.Status)
		}
		if want := []string{"201", "201", "201", "200", "400", "409", "204", "204", "204"}; !slices.Equal(statuses, want) {
			t.Errorf("%s: %v, want %v: %s", base, statuses, want, a.body)
		}
	}
}
