package sync_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func TestWanted(t *testing.T) {
	set := permission.Set{Items: []permission.Item{
		{Permission: permission.ReadRole, Limited: true},
		{Permission: permission.AssignRole, Limited: true},
		{Permission: permission.ChangeRole, Limited: true},
		{Permission: permission.DeleteRole},
	}}
	unlimited := permission.Set{Items: []permission.Item{{Permission: permission.ReadRole}, {Permission: permission.AssignRole}}}
	member, other := &role.Role{UpdatePermissionSet: true}, &role.Role{}
	both := []permission.Code{permission.AssignRole, permission.ReadRole}
	change := []permission.Code{permission.ChangeRole}
	for name, test := range map[string]struct {
		view sync.View
		want []permission.Code
	}{
		"a role that does not exist":         {sync.View{Set: set, Configured: true, Codes: both}, nil},
		"the same in another set":            {sync.View{Set: set, Codes: both}, nil},
		"a new member":                       {sync.View{Role: member, Set: set, Configured: true}, both},
		"half a member":                      {sync.View{Role: member, Set: set, Configured: true, Codes: both[:1]}, both},
		"a member that is there":             {sync.View{Role: member, Set: set, Configured: true, Codes: both}, both},
		"a member of another item too":       {sync.View{Role: member, Set: set, Configured: true, Codes: change}, []permission.Code{permission.ChangeRole, permission.AssignRole, permission.ReadRole}},
		"a member of an unlimited set":       {sync.View{Role: member, Set: unlimited, Configured: true}, nil},
		"a member and another set":           {sync.View{Role: member, Set: set}, nil},
		"not a member":                       {sync.View{Role: other, Set: set, Configured: true}, nil},
		"no longer a member":                 {sync.View{Role: other, Set: set, Configured: true, Codes: both}, nil},
		"no longer a member, but in an item": {sync.View{Role: other, Set: set, Configured: true, Codes: append(slices.Clone(both), change...)}, change},
		"put there by a client":              {sync.View{Role: other, Set: set, Configured: true, Codes: both, Explicit: true}, both},
		"put in half by a client":            {sync.View{Role: member, Set: set, Configured: true, Codes: both[:1], Explicit: true}, both},
		"put there, but gone":                {sync.View{Set: set, Configured: true, Codes: both, Explicit: true}, nil},
		"not a member, and another set":      {sync.View{Role: other, Set: set, Codes: both}, both},
	} {
		got, want := slices.Sorted(slices.Values(sync.Wanted(test.view))), slices.Sorted(slices.Values(test.want))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// recorder notes what it is asked to bring in line, and fails for one tenant.
type recorder struct {
	calls map[string][][]string
	fails string
}

func (r *recorder) BringInLine(_ context.Context, t tenant.ID, roles []string, _ func(sync.View) []permission.Code) ([]sync.SetChange, error) {
	if t.String() == r.fails {
		return nil, errors.New("out of order")
	}
	r.calls[t.String()] = append(r.calls[t.String()], roles)
	return []sync.SetChange{{Set: "FS_RLASG", Roles: roles}}, nil
}

func TestApply(t *testing.T) {
	acme, _ := tenant.ParseID("acme")
	globex, _ := tenant.ParseID("globex")
	store := &recorder{calls: map[string][][]string{}, fails: "globex"}
	hints := []sync.Hint{{Tenant: globex, Role: "X"}}
	for i := range sync.MaxRoles + 1 {
		id := string(rune('a'+i%26)) + string(rune('a'+i/26))
		hints = append(hints, sync.Hint{Tenant: acme, Role: id}, sync.Hint{Tenant: acme, Role: id})
	}
	changes, failures := sync.Apply(t.Context(), store, hints)
	if len(failures) != 1 || failures[globex] == nil {
		t.Errorf("failures %v, want one of globex", failures)
	}
	if calls := store.calls["acme"]; len(calls) != 2 || len(calls[0]) != sync.MaxRoles || len(calls[1]) != 1 {
		t.Errorf("calls for acme: %v", calls)
	}
	if len(changes[acme]) != 2 {
		t.Errorf("changes %v", changes)
	}
}
