package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/user"
)

// rolesHeldBy reads, at once, the roles that users may hold.
func (d *Dependencies) rolesHeldBy(ctx context.Context, c *call, users ...*user.User) (map[string]role.Role, error) {
	ids := map[string]bool{}
	for _, u := range users {
		for _, r := range u.Roles {
			ids[r.ID] = true
		}
	}
	if len(ids) == 0 {
		return map[string]role.Role{}, nil
	}
	return d.Roles.RolesByID(ctx, c.tenant(), slices.Sorted(maps.Keys(ids)))
}

// findRoles returns the roles that an object names, each once and in the order
// of their ids, and adds them to known. Of one that is named twice, what stands
// last counts. On the standard surface a role may be named by its name
// (BeyondTrust). A role that does not exist is a *resource.ValueError.
func (d *Dependencies) findRoles(ctx context.Context, c *call, object scim.Object, known map[string]role.Role) ([]user.Role, error) {
	named := object.Values("roles")
	if len(named) > 2*user.MaxRoles {
		return nil, tooManyRoles()
	}
	values := make([]string, len(named))
	for i := range named {
		one, _ := named[i].(scim.Object)
		values[i], _ = one.String("value")
		values[i] = roleInDocument(values[i])
	}
	if err := d.readRoles(ctx, c, values, known); err != nil {
		return nil, err
	}
	found := map[string]user.Role{}
	for i := range named {
		r, err := d.findRole(ctx, c, values[i], known)
		if err != nil {
			return nil, err
		}
		one, _ := named[i].(scim.Object)
		held := user.Role{ID: r.ID, Created: r.Created}
		var sent bool
		held.Type, _ = one.String("type")
		if held.Primary, sent = one.Bool("primary"); !sent {
			held.Primary = found[r.ID].Primary
		}
		held.Type = cmp.Or(held.Type, found[r.ID].Type)
		found[r.ID] = held
	}
	return slices.SortedFunc(maps.Values(found), func(a, b user.Role) int { return cmp.Compare(a.ID, b.ID) }), nil
}

func tooManyRoles() error {
	return &resource.ValueError{Attribute: "roles", Problem: resource.TooLong, Detail: fmt.Sprintf("A user holds at most %d roles.", user.MaxRoles)}
}

// readRoles reads, at once, the roles with these ids that are not known yet.
func (d *Dependencies) readRoles(ctx context.Context, c *call, values []string, known map[string]role.Role) error {
	var ids []string
	for _, value := range values {
		if _, found := known[value]; !found && resource.CheckCode("roles.value", value) == nil {
			ids = append(ids, value)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	found, err := d.Roles.RolesByID(ctx, c.tenant(), slices.Compact(ids))
	maps.Copy(known, found)
	return err
}

// findRole returns the role that is called so; one that does not exist is a
// *resource.ValueError.
func (d *Dependencies) findRole(ctx context.Context, c *call, value string, known map[string]role.Role) (*role.Role, error) {
	r, err := d.roleCalled(ctx, c, value, known)
	if r == nil && err == nil {
		err = &resource.ValueError{Attribute: "roles.value", Problem: resource.UnknownRole, Detail: fmt.Sprintf("There is no role %q: %s.", shorten(value), c.surface.roleAdvice())}
	}
	return r, err
}

// roleCalled returns the role that is known by this id or, on the standard
// surface, has this name; nil if there is none.
func (d *Dependencies) roleCalled(ctx context.Context, c *call, value string, known map[string]role.Role) (*role.Role, error) {
	if r, found := known[value]; found {
		return &r, nil
	}
	if value == "" || !c.surface.rolesByName {
		return nil, nil
	}
	r, err := d.Roles.RoleByName(ctx, c.tenant(), value)
	if errors.Is(err, resource.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	known[r.ID] = r
	return &r, nil
}

func (s *surface) roleAdvice() string {
	if s.rolesByName {
		return "send the id or the name of one that exists"
	}
	return "send the id of one that exists"
}

// roleInDocument returns the value in a JSON document that stands for a role
// (Entra ID sends app roles so), and else the value as it is.
func roleInDocument(value string) string {
	if !strings.HasPrefix(strings.TrimSpace(value), "{") {
		return value
	}
	var document struct{ Value string }
	if json.Unmarshal([]byte(value), &document) != nil || document.Value == "" {
		return value
	}
	return document.Value
}
