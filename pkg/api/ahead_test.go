package api_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// meeting is a store in which the caller's standing and what the caller asks for are
// read only if both are asked for at once.
type meeting struct {
	*dynamo.Store
	standing, asked chan struct{}
}

func (m meeting) Standing(ctx context.Context, t tenant.ID, principal string) (auth.Standing, error) {
	if err := meet(m.standing, m.asked); err != nil {
		return auth.Standing{}, err
	}
	return m.Store.Standing(ctx, t, principal)
}

func (m meeting) Role(ctx context.Context, t tenant.ID, id string) (role.Role, error) {
	if err := meet(m.asked, m.standing); err != nil {
		return role.Role{}, err
	}
	return m.Store.Role(ctx, t, id)
}

func (m meeting) User(ctx context.Context, t tenant.ID, id string) (user.User, error) {
	if err := meet(m.asked, m.standing); err != nil {
		return user.User{}, err
	}
	return m.Store.User(ctx, t, id)
}

func meet(here, there chan struct{}) error {
	close(here)
	select {
	case <-there:
		return nil
	case <-time.After(10 * time.Second):
		return errors.New("nothing else is read")
	}
}

// TestReadAhead: a role or a user is read while it is found out whether the caller may
// read it, and shown to nobody who may not.
func TestReadAhead(t *testing.T) {
	t.Parallel()
	s := newService(t)
	made := s.do(t, call{method: http.MethodPost, path: "/v2/Users", body: `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"eve"}`})
	if made.status != http.StatusCreated {
		t.Fatalf("%d %s", made.status, made.body)
	}
	for _, test := range []struct {
		principal, path string
		status          int
	}{
		{admin, "/v2/Roles/RL_CONFIG", 200},
		{admin, "/v2/Roles/NONE", 404},
		{"nobody", "/v2/Roles/RL_CONFIG", 403},
		{"nobody", "/v2/Roles/NONE", 403},
		{admin, "/v2/Users/made-1", 200},
		{admin, "/v2/Users/NONE", 404},
		{"nobody", "/v2/Users/made-1", 403},
		{"nobody", "/v2/Users/NONE", 403},
	} {
		m := meeting{s.Store, make(chan struct{}), make(chan struct{})}
		a := serve(t, s.Store, api.Dependencies{Roles: m, PermissionSets: s.Store, Users: m, Grants: m}).do(t, call{principal: test.principal, path: test.path})
		if a.status != test.status {
			t.Errorf("%+v: %d %s", test, a.status, a.body)
		}
	}
}

// panicking is a store that panics when a role is read.
type panicking struct{ *dynamo.Store }

func (panicking) Role(context.Context, tenant.ID, string) (role.Role, error) { panic("a bug") }

// TestReadAheadPanics: what goes wrong beside a request is a failure of the request, not
// the end of the process.
func TestReadAheadPanics(t *testing.T) {
	t.Parallel()
	s := newService(t)
	b := serve(t, s.Store, api.Dependencies{Roles: panicking{s.Store}, PermissionSets: s.Store, Users: s.Store, Grants: s.Store})
	if a := b.do(t, call{path: "/v2/Roles/RL_CONFIG"}); a.status != http.StatusInternalServerError || !strings.Contains(b.log.String(), "a bug") {
		t.Errorf("%d %s, log %s", a.status, a.body, b.log)
	}
}
