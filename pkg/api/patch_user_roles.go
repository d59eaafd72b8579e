package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/filter"
	"github.com/rolecall/rolecall/pkg/scim/patch"
	"github.com/rolecall/rolecall/pkg/user"
)

// nameRoles puts ids in place of the names by which a PATCH calls roles, in its
// values and in the filters of its paths: what it is applied to has ids. Names
// that no role has stay. The roles are added to known.
func (d *Dependencies) nameRoles(ctx context.Context, c *call, r patch.Request, known map[string]role.Role) (patch.Request, error) {
	ids := map[string]string{} // by what roles are called
	roleNaming(func(text string) string {
		ids[text] = text
		return text
	}).request(r)
	called := slices.Sorted(maps.Keys(ids))
	if len(called) > 2*user.MaxRoles {
		return r, tooManyRoles()
	}
	if err := d.readRoles(ctx, c, called, known); err != nil {
		return r, err
	}
	for _, text := range called {
		found, err := d.roleCalled(ctx, c, text, known)
		if err != nil {
			return r, err
		}
		if found != nil {
			ids[text] = found.ID
		}
	}
	return roleNaming(func(text string) string { return ids[text] }).request(r), nil
}

// roleNaming says what to write in place of each text that a PATCH calls a role.
type roleNaming func(text string) string

func (n roleNaming) request(r patch.Request) patch.Request {
	r.Operations = slices.Clone(r.Operations)
	for i := range r.Operations {
		o := &r.Operations[i]
		if o.Path == "" {
			o.Value = n.members(o.Value)
		} else {
			o.Path, o.Value = n.at(o.Path, o.Value)
		}
	}
	return r
}

// members are the attributes of an operation without path.
func (n roleNaming) members(value any) any {
	members, ok := value.(scim.Members)
	if !ok {
		return value
	}
	members = slices.Clone(members)
	for i, m := range members {
		if scim.EqualNames(m.Name, userURN) {
			members[i].Value = n.members(m.Value)
		} else {
			members[i].Name, members[i].Value = n.at(m.Name, m.Value)
		}
	}
	return members
}

// at names the roles in a path and in what is to be there, if it leads to roles.
func (n roleNaming) at(path string, value any) (string, any) {
	selected, behind := path, ""
	if end := strings.LastIndexByte(path, ']'); end >= 0 {
		selected, behind = path[:end+1], path[end+1:]
	}
	name, _, isSelection := strings.Cut(selected, "[")
	found, ok := userResourceType.Lookup(strings.TrimSpace(name) + strings.TrimSpace(behind))
	if !ok || found.Extension != nil || found.Attribute == nil || found.Attribute.Name != "roles" {
		return path, value
	}
	if isSelection {
		path = n.selection(selected) + behind
	}
	if found.SubAttribute != nil && found.SubAttribute.Name != "value" {
		return path, value
	}
	return path, n.value(value)
}

// selection names the roles between brackets.
func (n roleNaming) selection(text string) string {
	e, err := filter.ParseExpr(text, filter.Options{RepeatedSpaces: true, QuotedBooleans: true})
	selection, ok := e.(*filter.ValuePath)
	if err != nil || !ok {
		return text
	}
	return (&filter.ValuePath{Path: selection.Path, Filter: n.filter(selection.Filter)}).String()
}

func (n roleNaming) filter(e filter.Expr) filter.Expr {
	switch e := e.(type) {
	case filter.And:
		return filter.And(n.filters(e))
	case filter.Or:
		return filter.Or(n.filters(e))
	case *filter.Not:
		return &filter.Not{X: n.filter(e.X)}
	case *filter.Comparison:
		if scim.EqualNames(e.Path, "value") && (e.Op == filter.Equal || e.Op == filter.NotEqual) && e.Value.Kind == filter.StringLiteral {
			named := *e
			named.Value.Text = n(e.Value.Text)
			return &named
		}
	}
	return e
}

func (n roleNaming) filters(parts []filter.Expr) []filter.Expr {
	named := make([]filter.Expr, len(parts))
	for i := range parts {
		named[i] = n.filter(parts[i])
	}
	return named
}

// value names the roles in the value of an operation.
func (n roleNaming) value(value any) any {
	switch value := value.(type) {
	case string:
		if document, err := scim.DecodeText(value); err == nil && !isScalar(document) {
			return n.value(document)
		}
		return n(value)
	case []any:
		named := make([]any, len(value))
		for i := range value {
			named[i] = n.value(value[i])
		}
		return named
	case scim.Members:
		named := slices.Clone(value)
		for i, m := range named {
			if text, ok := m.Value.(string); ok && scim.EqualNames(m.Name, "value") && roleInDocument(text) == text {
				named[i].Value = n(text)
			}
		}
		return named
	}
	return value
}

func isScalar(value any) bool {
	switch value.(type) {
	case []any, scim.Members:
		return false
	}
	return true
}
