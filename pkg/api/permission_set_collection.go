package api

import (
	"context"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/scim/filter"
)

// permissionSets are the permission sets of the caller's tenant. A whole one has
// the roles that it names.
func (d *Dependencies) permissionSets(c *call) collection[permission.Set] {
	return collection[permission.Set]{
		resourceType: permissionSetResourceType,
		fields:       c.permissionSetFields(),
		key:          func(s *permission.Set) string { return s.ID },
		size:         permissionSetSize,
		count:        func(ctx context.Context) (int, error) { return d.PermissionSets.CountPermissionSets(ctx, c.tenant()) },
		read: func(ctx context.Context, in resource.Span, limit int, whole bool) ([]permission.Set, bool, error) {
			if whole {
				return d.PermissionSets.PermissionSets(ctx, c.tenant(), in, limit)
			}
			return d.PermissionSets.PermissionSetHeaders(ctx, c.tenant(), in, limit)
		},
		needsWhole: func(paths []string) bool {
			return slices.ContainsFunc(paths, func(path string) bool { return strings.HasSuffix(path, ".parameter") })
		},
		sendsWhole: c.projection.Keeps("permissionSetItems"),
		write: func(_ context.Context, sets []*permission.Set) ([]any, error) {
			resources := make([]any, len(sets))
			for i, s := range sets {
				resources[i] = c.permissionSetResource(s)
			}
			return resources, nil
		},
	}
}

func permissionSetSize(s *permission.Set) int {
	size := 450 + len(s.Name)
	for i := range s.Items {
		size += 150
		for _, id := range s.Items[i].Roles {
			size += len(id) + 1
		}
	}
	return size
}

// permissionSetFields read what filters compare and lists are sorted by, as
// clients see it.
func (c *call) permissionSetFields() filter.Fields[permission.Set] {
	item := func(value func(item *permission.Item) filter.Value) filter.Field[permission.Set] {
		return filter.Field[permission.Set]{
			Len: func(s *permission.Set) int { return len(s.Items) },
			At:  func(s *permission.Set, i int) filter.Value { return value(&s.Items[i]) },
		}
	}
	return filter.Fields[permission.Set]{
		"schemas":                      {Value: func(*permission.Set) filter.Value { return filter.Texts(permissionSetSchemas) }},
		"id":                           {Value: func(s *permission.Set) filter.Value { return filter.Text(s.ID) }},
		"meta.resourceType":            {Value: func(*permission.Set) filter.Value { return filter.Text(permissionSetResourceType.Name) }},
		"meta.location":                {Value: func(s *permission.Set) filter.Value { return filter.Text(c.location(permissionSetEndpoint, s.ID)) }},
		"meta.version":                 {Value: func(s *permission.Set) filter.Value { return filter.Text(c.surface.version(s.Version)) }},
		"meta.created":                 {Value: func(s *permission.Set) filter.Value { return filter.Time(s.Created) }},
		"meta.lastModified":            {Value: func(s *permission.Set) filter.Value { return filter.Time(s.LastModified) }},
		"externalId":                   {Value: func(s *permission.Set) filter.Value { return filter.Text(s.ExternalID) }},
		"name":                         {Value: func(s *permission.Set) filter.Value { return filter.Text(s.Name) }},
		"permissionSetItems.schemas":   item(func(*permission.Item) filter.Value { return filter.Text(permissionSetItemURN) }),
		"permissionSetItems.id":        item(func(i *permission.Item) filter.Value { return filter.Text(string(i.Permission)) }),
		"permissionSetItems.parameter": item(func(i *permission.Item) filter.Value { return filter.Text(i.Parameter()) }),
	}
}
