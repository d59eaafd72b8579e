package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/sync"
)

type modelUser struct {
	id, name, title string
	active          bool
	roles           map[string]modelHeld // that are stored, by id
	version         int
}

// modelHeld is a role that a user was given.
type modelHeld struct {
	incarnation int
	primary     bool
}

// exists returns the name of a role, if it is there, and which of those that had
// its id it is.
func (m *model) exists(id string) (name string, incarnation int, ok bool) {
	if id == "RL_RFE" {
		return "RADIUS Front End", 0, true
	}
	r := m.roles[id]
	if r == nil {
		return "", 0, false
	}
	return r.name, r.incarnation, true
}

// held returns the roles that a user holds: of those that are stored, the ones
// that have not been deleted.
func (m *model) held(u *modelUser) map[string]modelHeld {
	held := map[string]modelHeld{}
	for id, h := range u.roles {
		if _, incarnation, ok := m.exists(id); ok && incarnation == h.incarnation {
			held[id] = h
		}
	}
	return held
}

// stepUser makes an operation on users.
func (m *model) stepUser() {
	slot := pick(m, "u0", "u1", "u2", "u3", "u4")
	kind := m.random.IntN(8)
	if m.users[slot] == nil && m.random.IntN(4) > 0 {
		kind = 0
	}
	switch kind {
	case 0, 1:
		m.createUser(slot)
	case 2, 3:
		m.putUser(slot)
	case 4, 5, 6:
		m.patchUser(slot)
	case 7:
		m.deleteUser(slot)
	}
	if m.random.IntN(4) == 0 {
		m.takeDeleted()
	}
	m.compareUsers()
}

// calls returns how a client may call a role on a surface: by its id, or by its name
// in any case.
func (m *model) calls(id, surface string) string {
	name, _, ok := m.exists(id)
	if !ok || surface == "tenant" || m.random.IntN(2) == 0 {
		return id
	}
	return pick(m, name, strings.ToUpper(name), strings.ToLower(name))
}

// randomRoles returns roles as they are to be held, and as a client sends them; ok
// is false if one does not exist.
func (m *model) randomRoles(surface string) (roles map[string]modelHeld, sent []any, ok bool) {
	roles, sent, ok = map[string]modelHeld{}, []any{}, true
	primary, dares := m.random.IntN(4), m.random.IntN(8) == 0
	for i, id := range m.some("R0", "R1", "R2", "R3", "RL_RFE") {
		_, incarnation, exists := m.exists(id)
		if !exists && !dares {
			continue
		}
		ok = ok && exists
		roles[id] = modelHeld{incarnation, i == primary}
		var value any = m.calls(id, surface)
		if i == primary {
			value = map[string]any{"value": value, "primary": pick[any](m, true, "True")}
		}
		if sent = append(sent, value); m.random.IntN(4) == 0 {
			sent = append(sent, m.calls(id, surface))
		}
	}
	return roles, sent, ok
}

func (m *model) randomUser(surface string) (u modelUser, body map[string]any, ok bool) {
	u = modelUser{name: pick(m, "ada", "bob", "BOB", "cyd", "dan", "eve"), title: pick(m, "", "x", "y"), active: m.random.IntN(3) > 0}
	body = map[string]any{"schemas": []string{userURN}, "userName": u.name, "title": u.title, "active": pick[any](m, u.active, fmt.Sprint(u.active)), "id": "MINE"}
	u.roles, body["roles"], ok = m.randomRoles(surface)
	return u, body, ok
}

// isTaken tells whether another user has the name.
func (m *model) isTaken(slot, name string) bool {
	for other, u := range m.users {
		if other != slot && strings.EqualFold(u.name, name) {
			return true
		}
	}
	return false
}

func (m *model) createUser(slot string) {
	if m.users[slot] != nil {
		return
	}
	surface := pick(m, "tenant", "standard")
	u, body, ok := m.randomUser(surface)
	switch {
	case !ok:
		m.send("POST", "/Users", "", body, surface, 400)
	case m.isTaken(slot, u.name):
		m.send("POST", "/Users", "", body, surface, 409)
	default:
		var made struct{ ID string }
		m.send("POST", "/Users", "", body, surface, 201).json(&made)
		u.id, u.version = made.ID, 1
		m.users[slot] = &u
	}
}

// userAt returns a user, or one that is not there.
func (m *model) userAt(slot string) modelUser {
	if u := m.users[slot]; u != nil {
		return *u
	}
	return modelUser{id: "GHOST"}
}

func (m *model) putUser(slot string) {
	surface, old := pick(m, "tenant", "standard"), m.userAt(slot)
	wanted, body, ok := m.randomUser(surface)
	for _, name := range m.some("title", "active", "roles") {
		if m.random.IntN(2) == 0 {
			continue
		}
		switch delete(body, name); name {
		case "title":
			if wanted.title = ""; surface == "tenant" {
				wanted.title = old.title
			}
		case "active":
			wanted.active = old.active
		case "roles":
			if wanted.roles, ok = nil, true; surface == "tenant" {
				wanted.roles = m.held(&old)
			}
		}
	}
	status := 0
	if !ok {
		status = 400
	}
	m.changeUser("PUT", slot, surface, body, wanted, status)
}

func (m *model) patchUser(slot string) {
	surface, old := pick(m, "tenant", "standard"), m.userAt(slot)
	wanted, held := old, m.held(&old)
	wanted.roles = maps.Clone(held)
	id := pick(m, "R0", "R1", "R2", "RL_RFE")
	name, incarnation, exists := m.exists(id)
	_, has := held[id]
	status := 0
	var operation map[string]any
	switch m.random.IntN(9) {
	case 0:
		wanted.title = pick(m, "", "x", "z")
		operation = map[string]any{"op": "Replace", "path": "title", "value": wanted.title}
	case 1:
		wanted.name = pick(m, "ada", "ADA", "bob")
		operation = map[string]any{"op": "replace", "value": map[string]any{"userName": wanted.name}}
	case 2:
		wanted.active = !old.active
		operation = map[string]any{"op": "replace", "path": "active", "value": pick[any](m, wanted.active, fmt.Sprint(wanted.active))}
	case 3, 4:
		var value any = m.calls(id, surface)
		if primary := m.random.IntN(3) == 0; primary {
			for other, h := range wanted.roles {
				wanted.roles[other] = modelHeld{h.incarnation, false}
			}
			value = map[string]any{"value": value, "primary": "True"}
			wanted.roles[id] = modelHeld{incarnation, true}
		} else if !has {
			wanted.roles[id] = modelHeld{incarnation: incarnation}
		}
		if operation = map[string]any{"op": "add", "path": "roles", "value": pick[any](m, value, []any{value}, m.inString(value))}; !exists {
			status = 400
		}
	case 5:
		sub, value := "value", m.calls(id, surface)
		if exists && m.random.IntN(3) == 0 {
			sub, value = "display", name
		}
		operation = map[string]any{"op": "remove", "path": fmt.Sprintf(`roles[%s eq %q]`, sub, value)}
		if delete(wanted.roles, id); !has {
			status = 400
		}
	case 6:
		operation = map[string]any{"op": "remove", "path": "roles", "value": pick[any](m, m.calls(id, surface), []any{map[string]any{"value": m.calls(id, surface)}})}
		delete(wanted.roles, id)
	case 7:
		status = 400
		for id, h := range held {
			if h.primary {
				delete(wanted.roles, id)
				status = 0
			}
		}
		operation = map[string]any{"op": "remove", "path": `roles[primary eq "True"]`}
	case 8:
		roles, sent, ok := m.randomRoles(surface)
		if wanted.roles = roles; !ok {
			status = 400
		}
		operation = map[string]any{"op": "replace", "path": "roles", "value": sent}
	}
	body := map[string]any{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{operation}}
	m.changeUser("PATCH", slot, surface, body, wanted, status)
}

// inString writes a value as JSON in a string.
func (m *model) inString(value any) any {
	if _, isText := value.(string); isText {
		return value
	}
	text, err := json.Marshal(value)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(text)
}

// changeUser sends a change that is refused with a status, or makes a user what is
// wanted.
func (m *model) changeUser(method, slot, surface string, body map[string]any, wanted modelUser, refused int) {
	m.t.Helper()
	old := m.users[slot]
	if old == nil {
		m.send(method, "/Users/GHOST", "", body, surface, 404)
		return
	}
	header, matches := m.ifMatch(old.version)
	path := "/Users/" + old.id
	wanted.id, wanted.version = old.id, old.version
	switch {
	case !matches:
		m.send(method, path, header, body, surface, 412)
	case refused != 0:
		m.send(method, path, header, body, surface, refused)
	case m.isTaken(slot, wanted.name):
		m.send(method, path, header, body, surface, 409)
	default:
		if wanted.name != old.name || wanted.title != old.title || wanted.active != old.active || !maps.Equal(wanted.roles, old.roles) {
			wanted.version++
		}
		m.users[slot] = &wanted
		m.wantUser(m.send(method, path, header, body, surface, 200), &wanted)
	}
}

func (m *model) deleteUser(slot string) {
	u := m.users[slot]
	if u == nil {
		m.send("DELETE", "/Users/GHOST", "", nil, "standard", 404)
		return
	}
	header, matches := m.ifMatch(u.version)
	if !matches {
		m.send("DELETE", "/Users/"+u.id, header, nil, "tenant", 412)
		return
	}
	m.send("DELETE", "/Users/"+u.id, header, nil, "tenant", 204)
	delete(m.users, slot)
}

// takeDeleted does what the stream would: it takes deleted roles from users.
func (m *model) takeDeleted() {
	m.t.Helper()
	var deletions []sync.Deletion
	for _, id := range []string{"R0", "R1", "R2", "R3"} {
		deletions = append(deletions, sync.Deletion{Tenant: tenantID(m.t, "acme"), Role: id})
	}
	for d, taken := range sync.TakeDeleted(m.t.Context(), m.s.Store, deletions, sync.Pace{}) {
		if taken.Err != nil || taken.Left {
			m.t.Fatalf("%s: %+v", d.Role, taken)
		}
	}
	for _, u := range m.users {
		held := m.held(u)
		u.version += len(u.roles) - len(held)
		u.roles = held
	}
	m.log = append(m.log, "deleted roles taken")
}

// wantUser compares an answer on either surface.
func (m *model) wantUser(got answer, u *modelUser) {
	m.t.Helper()
	var body struct {
		ID, UserName, Title string
		Active              bool
		Roles               []struct {
			Value, Display string
			Primary        bool
		}
	}
	got.is(200).json(&body)
	roles, names := map[string]modelHeld{}, true
	for _, r := range body.Roles {
		name, incarnation, _ := m.exists(r.Value)
		roles[r.Value] = modelHeld{incarnation, r.Primary}
		names = names && name == r.Display
	}
	if body.ID != u.id || body.UserName != u.name || body.Title != u.title || body.Active != u.active || got.header.Get("ETag") != fmt.Sprintf(`W/"%d"`, u.version) ||
		!names || len(roles) != len(body.Roles) || !maps.Equal(roles, m.held(u)) {
		m.t.Fatalf("user is %s at %s, want %+v holding %v, after\n%s", got.body, got.header.Get("ETag"), *u, m.held(u), strings.Join(m.log, "\n"))
	}
}

// compareUsers reads every user, on one of the surfaces, by one of the paths.
func (m *model) compareUsers() {
	m.t.Helper()
	for _, u := range m.users {
		c := call{path: pick(m, "/v2", "/acme/v2") + "/Users/" + u.id}
		if m.random.IntN(4) == 0 {
			c = call{principal: "user:" + u.id, path: pick(m, "/v2", "/acme/v2") + "/Me"}
		}
		if got := m.s.do(m.t, c); c.principal != "" && !u.active {
			got.is(403)
		} else {
			m.wantUser(got, u)
		}
	}
	if m.random.IntN(4) == 0 {
		m.compareUserLists()
	}
}

// compareUserLists compares what lists and roles' members hold.
func (m *model) compareUserLists() {
	m.t.Helper()
	id := pick(m, "R0", "R1", "R2", "R3", "RL_RFE")
	name, _, exists := m.exists(id)
	for filter, holds := range map[string]func(u *modelUser) bool{
		`id pr`:                 func(*modelUser) bool { return true },
		`userName eq "Ada"`:     func(u *modelUser) bool { return strings.EqualFold(u.name, "ada") },
		`active eq false`:       func(u *modelUser) bool { return !u.active },
		`roles pr and title pr`: func(u *modelUser) bool { return len(m.held(u)) > 0 && u.title != "" },
		`roles[primary eq true]`: func(u *modelUser) bool {
			return slices.ContainsFunc(slices.Collect(maps.Values(m.held(u))), func(h modelHeld) bool { return h.primary })
		},
		`roles.value eq "` + id + `"`: func(u *modelUser) bool {
			_, has := m.held(u)[id]
			return has
		},
		`not (roles.display eq "` + name + `")`: func(u *modelUser) bool {
			_, has := m.held(u)[id]
			return !has
		},
	} {
		want := m.usersWhere(holds)
		if got, _ := m.s.ids(m.t, pick(m, "/v2", "/acme/v2")+"/Users", "filter="+escaped(filter)); !slices.Equal(got, want) {
			m.t.Fatalf("%s: %v, want %v, after\n%s", filter, got, want, strings.Join(m.log, "\n"))
		}
	}
	if !exists {
		return
	}
	want := m.usersWhere(func(u *modelUser) bool {
		_, has := m.held(u)[id]
		return has
	})
	if got, _ := memberIDs(m.s.do(m.t, call{path: "/v2/Roles/" + id + "?attributes=members"}).is(200)); !slices.Equal(got, want) {
		m.t.Fatalf("members of %s: %v, want %v, after\n%s", id, got, want, strings.Join(m.log, "\n"))
	}
}

func (m *model) usersWhere(holds func(u *modelUser) bool) []string {
	var ids []string
	for _, u := range m.users {
		if holds(u) {
			ids = append(ids, u.id)
		}
	}
	slices.Sort(ids)
	if ids == nil {
		ids = []string{}
	}
	return ids
}
