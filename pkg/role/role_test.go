package role_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
)

func TestValidate(t *testing.T) {
	valid := role.Role{ID: "NEWROLE", Name: "New Role", Description: "my new role"}
	if err := valid.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change    func(*role.Role)
		attribute string
		problem   resource.Problem
	}{
		"longest": {func(r *role.Role) {
			r.ID, r.Name, r.Description = strings.Repeat("x", 64), strings.Repeat("é", 256), strings.Repeat("é", 1024)
		}, "", 0},
		"no id":                 {func(r *role.Role) { r.ID = "" }, "id", resource.Missing},
		"id with a space":       {func(r *role.Role) { r.ID = "A B" }, "id", resource.BadFormat},
		"id with a hash":        {func(r *role.Role) { r.ID = "A#B" }, "id", resource.BadFormat},
		"id with a letter é":    {func(r *role.Role) { r.ID = "é" }, "id", resource.BadFormat},
		"id of a parent folder": {func(r *role.Role) { r.ID = ".." }, "id", resource.BadFormat},
		"id of the search":      {func(r *role.Role) { r.ID = ".search" }, "id", resource.BadFormat},
		"long id":               {func(r *role.Role) { r.ID = strings.Repeat("x", 65) }, "id", resource.TooLong},
		"no name":               {func(r *role.Role) { r.Name = "" }, "name", resource.Missing},
		"long name":             {func(r *role.Role) { r.Name = strings.Repeat("x", 257) }, "name", resource.TooLong},
		"broken name":           {func(r *role.Role) { r.Name = "a\xff" }, "name", resource.BadFormat},
		"long description":      {func(r *role.Role) { r.Description = strings.Repeat("x", 1025) }, "description", resource.TooLong},
		"bad permission set":    {func(r *role.Role) { r.PermissionSets = []string{"FS RLASG"} }, "permissionSets.value", resource.BadFormat},
		"many permission sets":  {func(r *role.Role) { r.PermissionSets = slices.Repeat([]string{"FS"}, role.MaxPermissionSets+1) }, "permissionSets", resource.TooLong},
		"most permission sets":  {func(r *role.Role) { r.PermissionSets = slices.Repeat([]string{"FS"}, role.MaxPermissionSets) }, "", 0},
	} {
		r := valid
		test.change(&r)
		err := r.Validate()
		var value *resource.ValueError
		if !errors.As(err, &value) {
			if err != nil || test.attribute != "" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if value.Attribute != test.attribute || value.Problem != test.problem || value.Detail == "" {
			t.Errorf("%s: %+v", name, value)
		}
	}
}

func TestFoldName(t *testing.T) {
	for _, same := range [][2]string{
		{"New Role", "NEW role"}, {"Straße", "STRASSE"}, {"Caf\u00e9", "CAFE\u0301"}, {"ΟΔΟΣ", "οδος"}, {"Ꮮ", "ꮮ"}, {"Ᏸ", "ᏸ"},
	} {
		if role.FoldName(same[0]) != role.FoldName(same[1]) {
			t.Errorf("%q and %q are told apart", same[0], same[1])
		}
	}
	for _, other := range [][2]string{{"a", "b"}, {"a", "a "}, {"a", "\uff41"}, {"i", "ı"}} {
		if role.FoldName(other[0]) == role.FoldName(other[1]) {
			t.Errorf("%q and %q are the same", other[0], other[1])
		}
	}
}

func FuzzFoldName(f *testing.F) {
	f.Add("Straße")
	f.Add("\u0345\u0301")
	f.Add("\u1e9e\u0130")
	f.Add("ꮮᏞ")
	f.Fuzz(func(t *testing.T, name string) {
		folded := role.FoldName(name)
		if again := role.FoldName(folded); again != folded {
			t.Errorf("FoldName(%q) = %q, and folded again %q", name, folded, again)
		}
	})
}
