package api

import (
	"context"
	"errors"
	"maps"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// fewNames is up to how many roles are read one by one by their names' prefix
// rather than all in order.
const fewNames = 100

// roles are the roles of the caller's tenant.
func (d *Dependencies) roles(c *call) collection[role.Role] {
	names := map[string]string{} // of permission sets
	return collection[role.Role]{
		resourceType: roleResourceType,
		fields:       c.roleFields(names),
		key:          func(r *role.Role) string { return r.ID },
		size: func(r *role.Role) int {
			return 450 + len(r.Name) + len(r.Description) + 250*len(r.PermissionSets)
		},
		count: func(ctx context.Context) (int, error) { return d.Roles.CountRoles(ctx, c.tenant()) },
		read: func(ctx context.Context, in resource.Span, limit int, _ bool) ([]role.Role, bool, error) {
			return d.Roles.Roles(ctx, c.tenant(), in, limit)
		},
		lookup: func(ctx context.Context, f *filter.Filter) ([]role.Role, bool, error) { return d.rolesNamed(ctx, c, f) },
		prepare: func(ctx context.Context, _ []string, roles []role.Role) error {
			known, err := d.permissionSetNames(ctx, c, roles...)
			maps.Copy(names, known)
			return err
		},
		write: func(ctx context.Context, roles []*role.Role) ([]any, error) { return d.writeRoles(ctx, c, roles) },
	}
}

// rolesNamed finds the roles that a filter asks for by name.
func (d *Dependencies) rolesNamed(ctx context.Context, c *call, f *filter.Filter) (found []role.Role, ok bool, err error) {
	if name, _, ok := f.Equality("name"); ok {
		one, err := d.Roles.RoleByName(ctx, c.tenant(), name)
		if errors.Is(err, resource.ErrNotFound) {
			return nil, true, nil
		}
		return []role.Role{one}, true, err
	}
	if _, _, ok := f.Equality("id"); ok {
		return nil, false, nil // which reads less
	}
	if prefix, _, ok := f.Prefix("name"); ok {
		return d.Roles.RolesByNamePrefix(ctx, c.tenant(), prefix, fewNames)
	}
	return nil, false, nil
}

func (d *Dependencies) writeRoles(ctx context.Context, c *call, roles []*role.Role) ([]any, error) {
	var names map[string]string
	if c.projection.Keeps(roleExtensionURN) {
		var err error
		if names, err = d.permissionSetNames(ctx, c, valuesOf(roles)...); err != nil {
			return nil, err
		}
	}
	resources := make([]any, len(roles))
	for i, r := range roles {
		resources[i] = c.roleResource(r, names)
	}
	return resources, nil
}

func valuesOf[T any](pointers []*T) []T {
	values := make([]T, len(pointers))
	for i, p := range pointers {
		values[i] = *p
	}
	return values
}

// roleFields read what filters compare and lists are sorted by, as clients see
// it. names holds the names of permission sets.
func (c *call) roleFields(names map[string]string) filter.Fields[role.Role] {
	granted := func(value func(id string) filter.Value) filter.Field[role.Role] {
		return filter.Field[role.Role]{
			Len: func(r *role.Role) int { return len(r.PermissionSets) },
			At:  func(r *role.Role, i int) filter.Value { return value(r.PermissionSets[i]) },
		}
	}
	return filter.Fields[role.Role]{
		"schemas":             {Value: func(r *role.Role) filter.Value { return filter.Texts(schemasOf(r)) }},
		"id":                  {Value: func(r *role.Role) filter.Value { return filter.Text(r.ID) }},
		"externalId":          {Value: func(r *role.Role) filter.Value { return filter.Text(r.ExternalID) }},
		"meta.resourceType":   {Value: func(*role.Role) filter.Value { return filter.Text(roleResourceType.Name) }},
		"meta.location":       {Value: func(r *role.Role) filter.Value { return filter.Text(c.location(roleEndpoint, r.ID)) }},
		"meta.version":        {Value: func(r *role.Role) filter.Value { return filter.Text(c.surface.version(r.Version)) }},
		"meta.created":        {Value: func(r *role.Role) filter.Value { return filter.Time(r.Created) }},
		"meta.lastModified":   {Value: func(r *role.Role) filter.Value { return filter.Time(r.LastModified) }},
		"name":                {Value: func(r *role.Role) filter.Value { return filter.Text(r.Name) }},
		"description":         {Value: func(r *role.Role) filter.Value { return filter.Text(r.Description) }},
		"updatePermissionSet": {Value: func(r *role.Role) filter.Value { return filter.Bool(r.UpdatePermissionSet) }},
		roleExtensionURN + ":builtIn": {Value: func(r *role.Role) filter.Value {
			if !isExtended(r) {
				return filter.Value{}
			}
			return filter.Bool(r.BuiltIn)
		}},
		roleExtensionURN + ":permissionSets.value":   granted(filter.Text),
		roleExtensionURN + ":permissionSets.display": granted(func(id string) filter.Value { return filter.Text(names[id]) }),
		roleExtensionURN + ":permissionSets.$ref":    granted(func(id string) filter.Value { return filter.Text(c.location(permissionSetEndpoint, id)) }),
	}
}
