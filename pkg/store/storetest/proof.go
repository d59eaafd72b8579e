package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

// testProofs: a change is written while what it rests on is so, and otherwise
// asked again with nothing changed, whether the transaction writes what the
// proof names or not.
func testProofs(t *testing.T, f fixture) {
	grant := func(r *role.Role) { r.PermissionSets = []string{"FS_AUDITV", "FS_USERADM"} }
	meta := func(role string) resource.Meta {
		r, err := f.Role(t.Context(), f.acme, role)
		if err != nil {
			t.Fatal(err)
		}
		return r.Meta
	}
	metas := func(role string) map[string]resource.Meta { return map[string]resource.Meta{role: meta(role)} }
	setMeta := func(id string) resource.Meta {
		set, err := f.PermissionSet(t.Context(), f.acme, id)
		if err != nil {
			t.Fatal(err)
		}
		return set.Meta
	}
	gone := f.create(t, f.acme, "GONE")
	f.delete(t, f.acme, "GONE")
	again := f.create(t, f.acme, "GONE")
	if again.Created.Equal(gone.Created) {
		t.Fatal("the role was created twice in the same millisecond")
	}
	f.create(t, f.acme, "A")
	f.update(t, "A", grant)
	for name, proof := range map[string]resource.Proof{
		"no principal":        {Principal: "nobody", Role: "RL_SADMIN", Roles: metas("RL_SADMIN")},
		"another role":        {Principal: "administrator", Role: "RL_AUDITV", Roles: metas("RL_AUDITV")},
		"no role":             {Roles: map[string]resource.Meta{"NONE": meta("RL_SADMIN")}},
		"a changed role":      {Roles: map[string]resource.Meta{"RL_SADMIN": {Version: 2, Created: meta("RL_SADMIN").Created}}},
		"another role by id":  {Roles: map[string]resource.Meta{"GONE": gone.Meta}},
		"no set":              {Sets: map[string]resource.Meta{"NONE": setMeta("FS_SADMIN")}},
		"a changed set":       {Sets: map[string]resource.Meta{"FS_SADMIN": {Version: 2, Created: setMeta("FS_SADMIN").Created}}},
		"itself changed":      {Roles: map[string]resource.Meta{"A": {Version: 1, Created: meta("A").Created}}},
		"a taken set changed": {Sets: map[string]resource.Meta{"FS_AUDITV": {Version: 2, Created: setMeta("FS_AUDITV").Created}}},
	} {
		for change, try := range f.proved() {
			asked := 0
			refused := errors.New("refused")
			err := try(t.Context(), func() (resource.Proof, error) {
				if asked++; asked > 1 {
					return resource.Proof{}, refused
				}
				return proof, nil
			})
			if asked != 2 || !errors.Is(err, refused) {
				t.Errorf("%s: %s: asked %d times, %v", name, change, asked, err)
			}
		}
	}
	if v := meta("A").Version; v != 2 {
		t.Errorf("the role is at version %d", v)
	}
	for _, change := range []string{"update set", "update role", "delete role"} {
		proof := resource.Proof{
			Principal: "administrator", Role: "RL_SADMIN",
			Roles: map[string]resource.Meta{"RL_SADMIN": meta("RL_SADMIN"), "A": meta("A"), "GONE": again.Meta},
			Sets:  map[string]resource.Meta{"FS_SADMIN": setMeta("FS_SADMIN"), "FS_AUDITV": setMeta("FS_AUDITV")},
		}
		if err := f.proved()[change](t.Context(), func() (resource.Proof, error) { return proof, nil }); err != nil {
			t.Errorf("%s: %v", change, err)
		}
	}
}

// proved returns changes of acme that rest on proofs: of the role A, and of a set
// that names it.
func (f fixture) proved() map[string]func(context.Context, func() (resource.Proof, error)) error {
	return map[string]func(context.Context, func() (resource.Proof, error)) error{
		"update set": func(ctx context.Context, prove func() (resource.Proof, error)) error {
			_, err := f.UpdatePermissionSet(ctx, f.acme, actor, "FS_USERADM", func(set permission.Set) (permission.Set, resource.Proof, error) {
				set.Items = []permission.Item{{Permission: permission.ReadRole, Limited: true, Roles: []string{"A", "RL_SADMIN"}}}
				proof, err := prove()
				return set, proof, err
			})
			return err
		},
		"update role": func(ctx context.Context, prove func() (resource.Proof, error)) error {
			_, err := f.UpdateRole(ctx, f.acme, actor, "A", func(r role.Role) (role.Role, resource.Proof, error) {
				r.PermissionSets = []string{"FS_USERADM"}
				proof, err := prove()
				return r, proof, err
			})
			return err
		},
		"delete role": func(ctx context.Context, prove func() (resource.Proof, error)) error {
			return f.DeleteRole(ctx, f.acme, actor, "A", func(role.Role) (resource.Proof, error) { return prove() })
		},
	}
}
