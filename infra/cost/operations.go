package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/sync"
)

// kind is a kind of request. The i-th one is about the i-th role or user, or a new one.
type kind struct {
	name, method string
	operation    func(api.Dependencies) http.Handler
	path         string // the i-th one's is made with i
	body         string // likewise
	stream       []wake
}

// wake does what a function does that the stream tells of a change of a role.
type wake func(ctx context.Context, s *capacity.Service, role string) error

func syncSets(ctx context.Context, s *capacity.Service, role string) error {
	return sync.Apply(ctx, s.Store, []sync.Hint{{Tenant: s.Tenant, Role: role}}, sync.Pace{})[s.Tenant].Err
}

func takeDeleted(ctx context.Context, s *capacity.Service, role string) error {
	deletion := sync.Deletion{Tenant: s.Tenant, Role: role}
	return sync.TakeDeleted(ctx, s.Store, []sync.Deletion{deletion}, sync.Pace{})[deletion].Err
}

const (
	newRole     = `{"schemas":["urn:hid:scim:api:idp:2.0:Role"],"name":"New role %d"}`
	newUser     = `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"new-%[1]d@example.com","emails":[{"value":"new-%[1]d@example.com"}]}`
	patchPrefix = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":`
)

// The names of two kinds of which a load is made, too.
const (
	findUser = "find a user by userName"
	giveRole = "give a user a role"
)

var kinds = []kind{
	{"get a role", "GET", api.GetRole, "/Roles/ROLE%03d", "", nil},
	{"page of 100 roles by cursor", "GET", api.ListRoles, "/Roles?cursor=", "", nil},
	{"create a role", "POST", api.CreateRole, "/Roles", newRole, []wake{syncSets}},
	{"change a role's description", "PATCH", api.PatchRole, "/Roles/ROLE%03d", patchPrefix + `[{"op":"replace","path":"description","value":"changed"}]}`, []wake{syncSets}},
	{"delete a role that nobody holds", "DELETE", api.DeleteRole, "/Roles/ROLE%03d", "", []wake{syncSets, takeDeleted}},
	{"get a permission set of 200 roles", "GET", api.GetPermissionSet, "/PermissionSets/FS_RLASG", "", nil},
	{"get a user", "GET", api.GetUser, "/Users/%032x", "", nil},
	{findUser, "GET", api.ListUsers, "/Users?filter=userName+eq+%%22user-%d@example.com%%22", "", nil},
	{"page of 100 users by cursor", "GET", api.ListUsers, "/Users?cursor=", "", nil},
	{"create a user", "POST", api.CreateUser, "/Users", newUser, nil},
	{giveRole, "PATCH", api.PatchUser, "/Users/%032x", patchPrefix + `[{"op":"add","path":"roles","value":[{"value":"RL_CONFIG"}]}]}`, nil},
	{"delete a user", "DELETE", api.DeleteUser, "/Users/%032x", "", nil},
}

// measure sends samples, and does what the stream's functions do about each.
func (k kind) measure(ctx context.Context, engine *capacity.Engine, s *capacity.Service) (operation, error) {
	o := operation{name: k.name, request: usage{write: lotsOfRequest}, stream: make([]usage, len(k.stream))}
	before, err := bytesOf(ctx, engine, s, "AUDIT#")
	if err != nil {
		return o, err
	}
	for i := range samples {
		s.Meter.Take()
		answer, err := s.Send(ctx, k.operation, k.method, numbered(k.path, i), numbered(k.body, i))
		if err != nil {
			return o, err
		}
		o.request.add(s.Meter.Take(), 1.0/samples)
		o.answer += float64(len(answer)) / samples
		id := fmt.Sprintf("ROLE%03d", i)
		var made struct{ ID string }
		if k.method == "POST" {
			if err := json.Unmarshal(answer, &made); err != nil {
				return o, err
			}
			id = made.ID
		}
		for j, wake := range k.stream {
			s.Meter.Take()
			if err := wake(ctx, s, id); err != nil {
				return o, err
			}
			o.stream[j].add(s.Meter.Take(), 1.0/samples)
		}
	}
	after, err := bytesOf(ctx, engine, s, "AUDIT#")
	o.kept = (after - before) / samples
	return o, err
}

// numbered puts a number into a format, if it has a place for it.
func numbered(format string, i int) string {
	if !strings.Contains(format, "%") {
		return format
	}
	return fmt.Sprintf(format, i)
}

// lotsOfRequest is what counting a request against the default limit writes, in
// units (infra/adr/0009).
const lotsOfRequest = 0.2
