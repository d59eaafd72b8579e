package main

import (
	"fmt"
	"slices"
)

func (r *role) same(other *role) bool {
	return r.name == other.name && r.description == other.description && r.member == other.member && slices.Equal(r.sets, other.sets)
}

func (r *role) body() object {
	return object{
		"schemas": []string{roleURN, extensionURN}, "name": r.name, "description": r.description, "updatePermissionSet": r.member,
		extensionURN: object{"permissionSets": references(r.sets)},
	}
}

func references(ids []string) []object {
	values := []object{}
	for _, id := range ids {
		values = append(values, object{"value": id})
	}
	return values
}

// referred are references as clients see them.
type referred []struct{ Value string }

// ids are sorted.
func (r referred) ids() []string {
	var ids []string
	for _, one := range r {
		ids = append(ids, one.Value)
	}
	slices.Sort(ids)
	return ids
}

func patchBody(operations ...object) object {
	return object{"schemas": []string{patchURN}, "Operations": operations}
}

// roleBody is a role as clients see it.
type roleBody struct {
	ID, Name, Description string
	UpdatePermissionSet   bool
	Meta                  meta
	Extension             struct {
		PermissionSets referred
		BuiltIn        bool
	} `json:"urn:rolecall:params:scim:schemas:extension:2.0:Role"`
}

func (c *client) checkRole(id string, a *answer) error {
	return compare(a, func(got *roleBody) error { return c.compareRole(id, got) })
}

func (c *client) compareRole(id string, got *roleBody) error {
	want := c.roles[id]
	is := role{got.Name, got.Description, got.UpdatePermissionSet, got.Extension.PermissionSets.ids(), got.Meta.version()}
	if got.ID != id || !want.same(&is) || want.version != is.version {
		return fmt.Errorf("and is %+v, not %+v", is, *want)
	}
	return nil
}
