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
