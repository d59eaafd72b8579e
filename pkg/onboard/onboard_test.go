package onboard_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// receiver takes what is to be stored.
type receiver struct{ got onboard.NewTenant }

func (r *receiver) CreateTenant(_ context.Context, n onboard.NewTenant) error {
	r.got = n
	return nil
}

// TestBuiltIn checks builtin.json, which an operator may have changed: what it
// names has to exist, and somebody has to be able to administer the tenant.
func TestBuiltIn(t *testing.T) {
	acme, _ := tenant.ParseID("acme")
	var store receiver
	secret, token, err := onboard.Onboard(t.Context(), &store, acme, audit.Actor{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	n := store.got
	if n.TokenHash != auth.HashToken(secret) || n.Token != token || token.Principal != n.Administrator.ID || token.Tenant != acme {
		t.Errorf("the token handed out is not the one stored: %+v", n.Token)
	}
	var roles, sets []string
	for _, r := range n.Roles {
		roles = append(roles, r.ID)
	}
	for _, s := range n.PermissionSets {
		sets = append(sets, s.ID)
		for _, item := range s.Items {
			for _, id := range item.Roles {
				if !slices.Contains(roles, id) {
					t.Errorf("set %s names the role %s, which does not exist", s.ID, id)
				}
			}
		}
	}
	granted := map[permission.Code]bool{}
	for _, r := range n.Roles {
		for _, id := range r.PermissionSets {
			i := slices.Index(sets, id)
			if i < 0 {
				t.Errorf("role %s grants the set %s, which does not exist", r.ID, id)
				continue
			}
			if slices.Contains(n.Administrator.Roles, r.ID) {
				for _, item := range n.PermissionSets[i].Items {
					granted[item.Permission] = granted[item.Permission] || !item.Limited
				}
			}
		}
	}
	for _, code := range []permission.Code{
		permission.AssignRole, permission.ReadRole, permission.ReadReferenceData, permission.CreateRole, permission.ChangeRole, permission.DeleteRole,
		permission.WritePermissionSet, permission.ReadUser, permission.CreateUser, permission.ChangeUser, permission.DeleteUser, permission.ReadAudit,
	} {
		if !granted[code] {
			t.Errorf("the administrator lacks %s", code)
		}
	}
	i := slices.Index(sets, n.ConfiguredPermissionSet)
	if i < 0 {
		t.Fatalf("the configured set %s does not exist", n.ConfiguredPermissionSet)
	}
	for _, code := range []permission.Code{permission.AssignRole, permission.ReadRole} {
		if item, ok := n.PermissionSets[i].Item(code); !ok || !item.Limited || !slices.Equal(item.Roles, slices.Sorted(slices.Values(roles))) {
			t.Errorf("the configured set's item %s is %+v, want every role", code, item)
		}
	}
}
