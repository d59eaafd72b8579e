package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func testToken(t *testing.T, f fixture) {
	other := mustParse(t, "other")
	now := time.Now()
	secret, _, err := onboard.Onboard(t.Context(), f, other, actor, now)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := f.authenticate(t, "Bearer "+secret, now)
	if err != nil || caller.Tenant != other || caller.Principal != "administrator" || caller.TokenID == "" || caller.Limits != tenant.DefaultLimits {
		t.Errorf("Authenticate = %+v, %v", caller, err)
	}
	if _, err := f.authenticate(t, "bearer  "+secret, now.Add(onboard.TokenLife-time.Second)); err != nil {
		t.Errorf("Authenticate shortly before expiry = %v", err)
	}
	for name, header := range map[string]string{
		"none": "", "scheme": "Basic " + secret, "no secret": "Bearer ", "changed": "Bearer " + secret + "x", "bare": secret,
	} {
		if _, err := f.authenticate(t, header, now); !errors.Is(err, auth.ErrInvalidToken) {
			t.Errorf("%s: Authenticate = %v", name, err)
		}
	}
	if _, err := f.authenticate(t, "Bearer "+secret, now.Add(onboard.TokenLife)); !errors.Is(err, auth.ErrInvalidToken) {
		t.Errorf("Authenticate at expiry = %v", err)
	}
	if _, err := f.Token(t.Context(), auth.HashToken("unknown")); !errors.Is(err, resource.ErrNotFound) {
		t.Errorf("Token = %v", err)
	}
}

// authenticate finds out who bears a token, of which none is a JWT.
func (f fixture) authenticate(t *testing.T, authorization string, now time.Time) (auth.Caller, error) {
	t.Helper()
	return auth.Authenticator{
		Store: f, JWTs: noJWTs{}, Now: func() time.Time { return now },
		Warn: func(_ context.Context, err error) { t.Error(err) },
	}.Authenticate(t.Context(), authorization)
}

type noJWTs struct{ auth.JWTs }

func (noJWTs) Peek(string) (string, []string, bool) { return "", nil, false }

func testGrants(t *testing.T, f fixture) {
	for principal, want := range map[string]string{"administrator": "true false [RL_SADMIN]", "nobody": "true false []", "": "true false []", "user:nobody": "true true []"} {
		standing, err := f.Standing(t.Context(), f.acme, principal)
		if got := fmt.Sprint(standing.Active, standing.Inactive, idsOf(standing.Roles)); err != nil || got != want {
			t.Errorf("Standing(%q) = %s, %v; want %s", principal, got, err, want)
		}
	}
	if standing, err := f.Standing(t.Context(), mustParse(t, "nobody"), "administrator"); err != nil || standing.Active || len(standing.Roles) > 0 {
		t.Errorf("Standing in no tenant = %+v, %v", standing, err)
	}
	if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "READER", Name: "reader", PermissionSets: []string{"FS_RLASG", "FS_USERADM"}}); err != nil {
		t.Fatal(err)
	}
	sets, err := f.GrantedSets(t.Context(), f.acme, auth.HeldByID("READER", "NONE"))
	if err != nil || len(sets) != 2 || sets[0].ID != "FS_RLASG" || sets[1].ID != "FS_USERADM" {
		t.Fatalf("GrantedSets = %+v, %v", sets, err)
	}
	for _, test := range []struct {
		code permission.Code
		role string
		want bool
	}{
		{permission.ReadRole, "RL_CONFIG", true},
		{permission.AssignRole, "RL_USERADM", true},
		{permission.ReadRole, "READER", false},
		{permission.ReadRole, "AAA", false},
		{permission.ReadRole, "zzz", false},
		{permission.CreateRole, "RL_CONFIG", false},
	} {
		if got, err := f.SetNames(t.Context(), f.acme, sets[0].Set, test.code, test.role); got != test.want || err != nil {
			t.Errorf("SetNames(%s, %s) = %t, %v", test.code, test.role, got, err)
		}
	}
	f.delete(t, f.acme, "READER")
	if sets, err := f.GrantedSets(t.Context(), f.acme, auth.HeldByID("READER")); len(sets) != 0 || err != nil {
		t.Errorf("a deleted role grants %+v, %v", sets, err)
	}
}

func idsOf(held []auth.Held) []string {
	ids := make([]string, len(held))
	for i, h := range held {
		ids[i] = h.Role
	}
	return ids
}

// testGrantsBeforeTheStream: what follows from roles holds before the stream has
// written it.
func testGrantsBeforeTheStream(t *testing.T, f fixture) {
	if _, err := f.CreateRole(t.Context(), f.acme, actor, role.Role{ID: "HOLDER", Name: "holder", PermissionSets: []string{"FS_RLASG"}}); err != nil {
		t.Fatal(err)
	}
	fresh := f.create(t, f.acme, "FRESH")
	apart := fresh
	apart.UpdatePermissionSet = false
	grants, err := auth.LoadGrants(t.Context(), held{f, []string{"HOLDER"}}, auth.Caller{Tenant: f.acme, Principal: "somebody"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		code permission.Code
		role role.Role
		ok   bool
	}{
		{"reads a role that is to join", permission.ReadRole, fresh, true},
		{"assigns a role that is to join", permission.AssignRole, fresh, true},
		{"reads a role that does not join", permission.ReadRole, apart, false},
		{"deletes a role", permission.DeleteRole, fresh, false},
	} {
		err := grants.RequireOverRole(t.Context(), test.code, test.role)
		if forbidden := (*auth.ForbiddenError)(nil); (err == nil) != test.ok || err != nil && !errors.As(err, &forbidden) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	f.delete(t, f.acme, "HOLDER")
	grants, err = auth.LoadGrants(t.Context(), held{f, []string{"HOLDER"}}, auth.Caller{Tenant: f.acme, Principal: "somebody"})
	if err != nil {
		t.Fatal(err)
	}
	if grants.RequireOverRole(t.Context(), permission.ReadRole, fresh) == nil {
		t.Error("a deleted role still grants")
	}
}

// held is a store in which every principal holds these roles.
type held struct {
	fixture
	roles []string
}

func (h held) Standing(context.Context, tenant.ID, string) (auth.Standing, error) {
	return auth.Standing{Active: true, Roles: auth.HeldByID(h.roles...)}, nil
}
