package api_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
)

// creation is an operation of a bulk request that creates a user.
func creation(bulkID, members string) string {
	return fmt.Sprintf(`{"method":"POST","path":"/Users","bulkId":%q,"data":%s}`, bulkID, userBody(members))
}

// TestBulkUsers: users refer to roles and managers that the same request creates.
func TestBulkUsers(t *testing.T) {
	t.Parallel()
	s := newService(t)
	answer := s.bulk(t, call{path: "/v2/Bulk"}, 0,
		creation("u", `"userName":"u","roles":[{"value":"bulkId:r","primary":"True"},"RL_RFE"],"`+enterpriseURN+`":{"manager":{"value":"bulkId:m"}}`), // refers forward
		creation("v", `"userName":"v","roles":["bulkId:r"]`),
		fmt.Sprintf(roleGranting, "r", "Bulk Role", "bulkId:s"),
		creation("m", `"userName":"m"`),
		fmt.Sprintf(setNaming, "s", "Bulk Set", "RL_RFE"),
		`{"method":"PATCH","path":"/Users/bulkId:v","data":`+patchBody(`{"op":"add","path":"roles","value":"Help Desk"},{"op":"remove","path":"roles","value":"bulkId:r"}`)+`}`,
		`{"method":"PUT","path":"/Users/bulkId:m","version":"W/\"1\"","data":`+userBody(`"userName":"M","title":"boss","roles":[{"value":"bulkId:r"}]`)+`}`,
		`{"method":"DELETE","path":"/Users/bulkId:v","version":"W/\"1\""}`)
	wantStatuses(t, answer, "201", "201", "201", "201", "201", "200", "200", "412")
	var ids []string
	for i, o := range answer.Operations {
		id := strings.TrimPrefix(o.Location, baseURL+"/scim/v2/Users/")
		if ids = append(ids, id); strings.Contains(id, "/Users/") {
			t.Errorf("operation %d is at %s", i, o.Location)
		}
	}
	r := strings.TrimPrefix(answer.Operations[2].Location, baseURL+"/scim/v2/Roles/")
	for id, want := range map[string][]string{ids[0]: {"RL_RFE", r + "*"}, ids[1]: {"RL_HELPDSK"}, ids[3]: {r}} {
		slices.Sort(want)
		if got := rolesOf(s.do(t, call{path: "/v2/Users/" + id}).is(200)); !slices.Equal(got, want) {
			t.Errorf("%s holds %v, want %v", id, got, want)
		}
	}
	if a := s.do(t, call{path: "/v2/Users/" + ids[0]}).is(200); !strings.Contains(a.body, `"manager":{"value":"`+ids[3]+`","$ref":"`+answer.Operations[3].Location+`"}`) {
		t.Errorf("manager: %s", a.body)
	}
	if o := answer.Operations[5]; o.Version != `W/"2"` || o.Response != nil {
		t.Errorf("patched: %+v", o)
	}
	// On the tenant surface roles have ids of their own choice, and users none.
	answer = s.bulk(t, call{path: "/acme/v2/Bulk"}, 0,
		`{"method":"POST","path":"/Users","bulkId":"x","data":{"id":"MINE","userName":"x","roles":["bulkId:y"]}}`,
		`{"method":"POST","path":"/Roles","bulkId":"y","data":{"id":"MINE","name":"Mine"}}`,
		`{"method":"PUT","path":"/Users/bulkId:x","data":{"title":"t"}}`,
		`{"method":"DELETE","path":"/Users/bulkId:x"}`)
	wantStatuses(t, answer, "201", "201", "200", "204")
	if o := answer.Operations[0]; o.Version != "1" || strings.HasSuffix(o.Location, "MINE") {
		t.Errorf("created %+v", o)
	}
}

// TestBulkUsersRefuses: one operation's failure is not another's.
func TestBulkUsersRefuses(t *testing.T) {
	t.Parallel()
	s := newService(t)
	answer := s.bulk(t, call{path: "/v2/Bulk"}, 0,
		creation("a", `"userName":"same"`), creation("b", `"userName":"SAME"`), creation("c", `"userName":"c","roles":["GHOST"]`), creation("d", `"userName":"d","roles":["bulkId:none"]`),
		creation("e", `"userName":"e","`+enterpriseURN+`":{"manager":{"value":"bulkId:c"}}`), creation("f", `"userName":"f"`))
	wantStatuses(t, answer, "201", "409", "400", "409", "409", "201")
	if !strings.Contains(string(answer.Operations[1].Response), `"uniqueness"`) || answer.Operations[1].Location != "" {
		t.Errorf("got %+v", answer.Operations[1])
	}
	answer = s.bulk(t, call{path: "/v2/Bulk"}, 2, creation("a", `"userName":"same"`), creation("g", `"userName":"g"`), creation("b", `"userName":"same"`), creation("h", `"userName":"h"`))
	wantStatuses(t, answer, "409", "201", "409")
	if ids, _ := s.ids(t, "/v2/Users", "filter="+escaped(`userName eq "h"`)); len(ids) != 0 {
		t.Error("an operation was made after the last error allowed")
	}
	// Two users that are each other's managers are made one by one.
	answer = s.bulk(t, call{path: "/v2/Bulk"}, 0,
		creation("i", `"userName":"i","`+enterpriseURN+`":{"manager":"bulkId:j"}`), creation("j", `"userName":"j","`+enterpriseURN+`":{"manager":"bulkId:i"}`))
	wantStatuses(t, answer, "409", "409")
	// Each operation is authorised by itself.
	s.permit(t, "hirer", append(unlimited(permission.CreateUser), over(permission.AssignRole, "RL_RFE"))...)
	answer = s.bulk(t, call{principal: "hirer", path: "/v2/Bulk"}, 0,
		creation("k", `"userName":"k","roles":["RL_RFE"]`), creation("l", `"userName":"l","roles":["Help Desk"]`),
		`{"method":"PATCH","path":"/Users/bulkId:k","data":`+patchBody(`{"op":"remove","path":"roles"}`)+`}`, `{"method":"DELETE","path":"/Users/bulkId:k"}`)
	wantStatuses(t, answer, "201", "403", "403", "403")
}
