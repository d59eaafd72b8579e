package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/sync"
)

// TestModel runs random sequences of operations against the service and against
// a plain model, on both surfaces, and compares what there is after each.
func TestModel(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			m := newModel(t, seed)
			for range 400 {
				m.step()
			}
			m.compareAll()
		})
	}
}

type modelRole struct {
	name, description string
	member            bool
	sets              []string
	version           int
	incarnation       int // tells it from others that had its id
}

type modelSet struct {
	name    string
	roles   []string // of its one item, R_ROLE; nil without the item
	version int
}

// model is what the service should hold, beside what is built in.
type model struct {
	t          *testing.T
	s          *service
	random     *rand.Rand
	log        []string
	roles      map[string]*modelRole
	sets       map[string]*modelSet
	users      map[string]*modelUser // by a name that only the test knows
	configured int                   // version of FS_RLASG
	created    int                   // roles
}

func newModel(t *testing.T, seed uint64) *model {
	return &model{t: t, s: newService(t), random: rand.New(rand.NewPCG(seed, 9)), roles: map[string]*modelRole{}, sets: map[string]*modelSet{}, users: map[string]*modelUser{}, configured: 1}
}

func pick[T any](m *model, values ...T) T { return values[m.random.IntN(len(values))] }

func (m *model) some(values ...string) []string {
	return slices.DeleteFunc(values, func(string) bool { return m.random.IntN(2) == 0 })
}

func (m *model) step() {
	id, set := pick(m, "R0", "R1", "R2", "R3"), pick(m, "FS_0", "FS_1", "FS_2")
	m.s.pass()
	if m.random.IntN(2) == 0 {
		m.stepUser()
		return
	}
	switch m.random.IntN(9) {
	case 0, 1:
		m.createRole(id)
	case 2, 3:
		m.putRole(id)
	case 4:
		m.patchRole(id)
	case 5:
		m.deleteRole(id)
	case 6:
		m.createSet(set)
	case 7:
		m.putSet(set)
	case 8:
		m.deleteSet(set)
	}
	m.sync(id)
	m.compareUsers()
	m.compareRole(id)
	m.compareSet(set)
}

// send makes a request on one of the surfaces and checks the status.
func (m *model) send(method, path, ifMatch string, body map[string]any, schema string, want int) answer {
	m.t.Helper()
	surface := "/acme/v2"
	if schema == "standard" {
		surface = "/v2"
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	c := call{method: method, path: surface + path, body: string(encoded), header: map[string]string{}}
	if ifMatch != "" {
		c.header["If-Match"] = ifMatch
	}
	got := m.s.do(m.t, c)
	m.log = append(m.log, fmt.Sprintf("%s %s %s %s: %d", method, c.path, ifMatch, c.body, got.status))
	if got.status != want {
		m.t.Fatalf("got %d %s, want %d, after\n%s", got.status, got.body, want, strings.Join(m.log, "\n"))
	}
	return got
}

func (m *model) ifMatch(version int) (header string, matches bool) {
	switch m.random.IntN(4) {
	case 0:
		return fmt.Sprintf(`W/"%d"`, version), true
	case 1:
		return fmt.Sprintf(`W/"%d"`, version+1), false
	}
	return "", true
}

func (m *model) randomRole() (modelRole, map[string]any) {
	r := modelRole{name: pick(m, "alpha", "beta", "gamma", "ALPHA"), description: pick(m, "", "one", "two"), member: pick(m, true, false), sets: m.some("FS_0", "FS_1", "FS_AUDITV")}
	return r, map[string]any{"schemas": []string{"urn:hid:scim:api:idp:2.0:Role"}, "name": r.name, "description": r.description, "updatePermissionSet": r.member, extension: references(r.sets)}
}

const extension = "urn:rolecall:params:scim:schemas:extension:2.0:Role"

func references(sets []string) map[string]any {
	values := []any{}
	for _, id := range sets {
		values = append(values, map[string]any{"value": id})
	}
	return map[string]any{"permissionSets": values}
}

// refusal returns the status with which a role cannot become wanted, or 0.
func (m *model) refusal(id string, wanted modelRole, old *modelRole) int {
	for other, r := range m.roles {
		if other != id && strings.EqualFold(r.name, wanted.name) {
			return 409
		}
	}
	for _, set := range wanted.sets {
		if set != "FS_AUDITV" && m.sets[set] == nil && (old == nil || !slices.Contains(old.sets, set)) {
			return 400
		}
	}
	return 0
}

func (m *model) createRole(id string) {
	r, body := m.randomRole()
	body["id"] = id
	switch refused := m.refusal(id, r, nil); {
	case m.roles[id] != nil:
		m.send("POST", "/Roles", "", body, "tenant", 409)
	case refused != 0:
		m.send("POST", "/Roles", "", body, "tenant", refused)
	default:
		m.send("POST", "/Roles", "", body, "tenant", 201)
		m.created++
		r.version, r.incarnation = 1, m.created
		m.roles[id] = &r
		m.moved(false, r.member)
	}
}

// moved counts a version of the configured set if membership changed.
func (m *model) moved(before, after bool) {
	if before != after {
		m.configured++
	}
}

func (m *model) putRole(id string) {
	wanted, body := m.randomRole()
	surface := pick(m, "tenant", "standard")
	old := m.roles[id]
	if old != nil && m.random.IntN(2) == 0 {
		delete(body, "description")
		delete(body, extension)
		if wanted.description, wanted.sets = "", nil; surface == "tenant" {
			wanted.description, wanted.sets = old.description, old.sets
		}
	}
	m.change("PUT", id, surface, body, wanted)
}

func (m *model) patchRole(id string) {
	old := m.roles[id]
	if old == nil {
		old = &modelRole{}
	}
	wanted := *old
	var operation map[string]any
	switch m.random.IntN(5) {
	case 0:
		wanted.name = pick(m, "alpha", "delta")
		operation = map[string]any{"op": "replace", "path": "name", "value": wanted.name}
	case 1:
		wanted.description = ""
		operation = map[string]any{"op": "replace", "path": "description", "value": ""}
	case 2:
		wanted.member = !old.member
		operation = map[string]any{"op": "Replace", "value": map[string]any{"updatePermissionSet": wanted.member}}
	case 3:
		set := pick(m, "FS_0", "FS_AUDITV")
		wanted.sets = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(old.sets), set))))
		operation = map[string]any{"op": "add", "path": extension + ":permissionSets", "value": []any{map[string]any{"value": set}}}
	case 4:
		wanted.sets = nil
		operation = map[string]any{"op": "remove", "path": extension + ":permissionSets"}
	}
	body := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{operation}}
	m.change("PATCH", id, pick(m, "tenant", "standard"), body, wanted)
}

func (m *model) change(method, id, surface string, body map[string]any, wanted modelRole) {
	m.t.Helper()
	old := m.roles[id]
	if old == nil {
		m.send(method, "/Roles/"+id, "", body, surface, 404)
		return
	}
	header, matches := m.ifMatch(old.version)
	wanted.version, wanted.incarnation = old.version, old.incarnation
	same := wanted.name == old.name && wanted.description == old.description && wanted.member == old.member && slices.Equal(wanted.sets, old.sets)
	switch refused := m.refusal(id, wanted, old); {
	case !matches:
		m.send(method, "/Roles/"+id, header, body, surface, 412)
	case same:
		m.send(method, "/Roles/"+id, header, body, surface, 200)
	case refused != 0:
		m.send(method, "/Roles/"+id, header, body, surface, refused)
	default:
		m.send(method, "/Roles/"+id, header, body, surface, 200)
		wanted.version++
		m.roles[id] = &wanted
		m.moved(old.member, wanted.member)
	}
}

func (m *model) deleteRole(id string) {
	r := m.roles[id]
	if r == nil {
		m.send("DELETE", "/Roles/"+id, "", nil, "standard", 404)
		return
	}
	header, matches := m.ifMatch(r.version)
	if !matches {
		m.send("DELETE", "/Roles/"+id, header, nil, "standard", 412)
		return
	}
	m.send("DELETE", "/Roles/"+id, header, nil, "standard", 204)
	delete(m.roles, id)
	m.moved(r.member, false)
	for _, set := range m.sets {
		if i := slices.Index(set.roles, id); i >= 0 {
			set.roles = slices.Delete(slices.Clone(set.roles), i, i+1)
			set.version++
		}
	}
}

// randomSet returns a set whose item, if it has one, is limited to roles.
func (m *model) randomSet() (modelSet, map[string]any) {
	set := modelSet{name: pick(m, "first", "second")}
	items := []any{}
	if m.random.IntN(3) > 0 {
		set.roles = m.some("R0", "R1", "R2", "RL_RFE")
		parameter := slices.Clone(set.roles)
		m.random.Shuffle(len(parameter), func(i, j int) { parameter[i], parameter[j] = parameter[j], parameter[i] })
		items = append(items, map[string]any{"id": "R_ROLE", "parameter": strings.Join(parameter, "|")})
	}
	return set, map[string]any{"schemas": []string{"urn:hid:scim:api:idp:2.0:PermissionSet"}, "name": set.name, "permissionSetItems": items}
}

// unknown reports whether a set names a role that does not exist.
func (m *model) unknown(roles []string) bool {
	return slices.ContainsFunc(roles, func(id string) bool { return id != "RL_RFE" && m.roles[id] == nil })
}

func (m *model) createSet(id string) {
	set, body := m.randomSet()
	body["id"] = id
	switch {
	case m.unknown(set.roles):
		m.send("POST", "/PermissionSets", "", body, "tenant", 400)
	case m.sets[id] != nil:
		m.send("POST", "/PermissionSets", "", body, "tenant", 409)
	default:
		m.send("POST", "/PermissionSets", "", body, "tenant", 201)
		set.version = 1
		m.sets[id] = &set
	}
}

func (m *model) putSet(id string) {
	wanted, body := m.randomSet()
	surface, method := pick(m, "tenant", "standard"), pick(m, "PUT", "POST")
	old := m.sets[id]
	if old == nil {
		m.send(method, "/PermissionSets/"+id, "", body, surface, 404)
		return
	}
	header, matches := m.ifMatch(old.version)
	wanted.version = old.version
	switch {
	case !matches:
		m.send(method, "/PermissionSets/"+id, header, body, surface, 412)
	case m.unknown(wanted.roles):
		m.send(method, "/PermissionSets/"+id, header, body, surface, 400)
	default:
		m.send(method, "/PermissionSets/"+id, header, body, surface, 200)
		if wanted.name != old.name || (wanted.roles == nil) != (old.roles == nil) || !slices.Equal(wanted.roles, old.roles) {
			wanted.version++
		}
		m.sets[id] = &wanted
	}
}

func (m *model) deleteSet(id string) {
	set := m.sets[id]
	if set == nil {
		m.send("DELETE", "/PermissionSets/"+id, "", nil, "tenant", 404)
		return
	}
	header, matches := m.ifMatch(set.version)
	granted := false
	for _, r := range m.roles {
		granted = granted || slices.Contains(r.sets, id)
	}
	switch {
	case !matches:
		m.send("DELETE", "/PermissionSets/"+id, header, nil, "tenant", 412)
	case granted:
		m.send("DELETE", "/PermissionSets/"+id, header, nil, "tenant", 409)
	default:
		m.send("DELETE", "/PermissionSets/"+id, header, nil, "tenant", 204)
		delete(m.sets, id)
	}
}

// sync does what the stream would.
func (m *model) sync(id string) {
	m.t.Helper()
	for _, applied := range sync.Apply(m.t.Context(), m.s.Store, []sync.Hint{{Tenant: tenantID(m.t, "acme"), Role: id}}, sync.Pace{}) {
		if applied.Err != nil {
			m.t.Fatal(applied.Err)
		}
	}
}

func (m *model) compareRole(id string) {
	m.t.Helper()
	got := m.s.do(m.t, call{path: "/acme/v2/Roles/" + id})
	r := m.roles[id]
	if r == nil {
		got.is(404)
		return
	}
	var body struct {
		Name, Description   string
		UpdatePermissionSet bool
		Meta                struct{ Version string }
		Extension           struct{ PermissionSets []struct{ Value string } } `json:"urn:rolecall:params:scim:schemas:extension:2.0:Role"`
	}
	got.is(200).json(&body)
	var sets []string
	for _, set := range body.Extension.PermissionSets {
		sets = append(sets, set.Value)
	}
	if body.Name != r.name || body.Description != r.description || body.UpdatePermissionSet != r.member || body.Meta.Version != fmt.Sprint(r.version) || !slices.Equal(sets, r.sets) {
		m.t.Fatalf("role %s is %s, want %+v, after\n%s", id, got.body, *r, strings.Join(m.log, "\n"))
	}
}

func (m *model) compareSet(id string) {
	m.t.Helper()
	got := m.s.do(m.t, call{path: "/acme/v2/PermissionSets/" + id})
	set := m.sets[id]
	if set == nil {
		got.is(404)
		return
	}
	items := "[]"
	if set.roles != nil {
		items = fmt.Sprintf(`[{"schemas":["urn:hid:scim:api:idp:2.0:PermissionSetItem"],"id":"R_ROLE","parameter":"%s"}]`, strings.Join(set.roles, "|"))
	}
	if got.is(200); !strings.Contains(got.body, fmt.Sprintf(`"version":"%d"`, set.version)) || !strings.Contains(got.body, `"name":"`+set.name+`"`) || !strings.HasSuffix(got.body, `"permissionSetItems":`+items+"}") {
		m.t.Fatalf("set %s is %s, want %+v, after\n%s", id, got.body, *set, strings.Join(m.log, "\n"))
	}
}

// compareAll compares the lists and the configured set.
func (m *model) compareAll() {
	m.t.Helper()
	m.compareUserLists()
	var list struct{ Resources []struct{ ID string } }
	m.s.do(m.t, call{path: "/v2/Roles?count=100"}).is(200).json(&list)
	var got []string
	for _, r := range list.Resources {
		if !strings.HasPrefix(r.ID, "RL_") {
			got = append(got, r.ID)
		}
	}
	if want := slices.Sorted(maps.Keys(m.roles)); !slices.Equal(got, want) {
		m.t.Errorf("roles %v, want %v", got, want)
	}
	var configured struct {
		Meta               struct{ Version string }
		PermissionSetItems []struct{ ID, Parameter string }
	}
	m.s.do(m.t, call{path: "/acme/v2/PermissionSets/FS_RLASG"}).is(200).json(&configured)
	for _, item := range configured.PermissionSetItems {
		named := strings.Split(item.Parameter, "|")
		for id, r := range m.roles {
			if slices.Contains(named, id) != r.member {
				m.t.Errorf("%s names %v, but updatePermissionSet of %s is %t", item.ID, named, id, r.member)
			}
		}
	}
	if configured.Meta.Version != fmt.Sprint(m.configured) {
		m.t.Errorf("FS_RLASG is at version %s, want %d", configured.Meta.Version, m.configured)
	}
}
