package api

import (
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim/filter"
	"github.com/rolecall/rolecall/pkg/user"
)

// userFields read what filters compare and lists are sorted by, as clients see
// it. known holds roles by id.
func (c *call) userFields(known map[string]role.Role) filter.Fields[user.User] {
	text := func(value func(u *user.User) string) filter.Field[user.User] {
		return filter.Field[user.User]{Value: func(u *user.User) filter.Value { return filter.Text(value(u)) }}
	}
	fields := filter.Fields[user.User]{
		"schemas":              {Value: func(u *user.User) filter.Value { return filter.Texts(schemasOfUser(u)) }},
		"id":                   text(func(u *user.User) string { return u.ID }),
		"externalId":           text(func(u *user.User) string { return u.ExternalID }),
		"meta.resourceType":    text(func(*user.User) string { return userResourceType.Name }),
		"meta.location":        text(func(u *user.User) string { return c.location(userEndpoint, u.ID) }),
		"meta.version":         text(func(u *user.User) string { return c.surface.version(u.Version) }),
		"meta.created":         {Value: func(u *user.User) filter.Value { return filter.Time(u.Created) }},
		"meta.lastModified":    {Value: func(u *user.User) filter.Value { return filter.Time(u.LastModified) }},
		"userName":             text(func(u *user.User) string { return u.UserName }),
		"name.formatted":       text(func(u *user.User) string { return u.Name.Formatted }),
		"name.familyName":      text(func(u *user.User) string { return u.Name.FamilyName }),
		"name.givenName":       text(func(u *user.User) string { return u.Name.GivenName }),
		"name.middleName":      text(func(u *user.User) string { return u.Name.MiddleName }),
		"name.honorificPrefix": text(func(u *user.User) string { return u.Name.HonorificPrefix }),
		"name.honorificSuffix": text(func(u *user.User) string { return u.Name.HonorificSuffix }),
		"displayName":          text(func(u *user.User) string { return u.DisplayName }),
		"title":                text(func(u *user.User) string { return u.Title }),
		"userType":             text(func(u *user.User) string { return u.UserType }),
		"locale":               text(func(u *user.User) string { return u.Locale }),
		"timezone":             text(func(u *user.User) string { return u.Timezone }),
		"active":               {Value: func(u *user.User) filter.Value { return filter.Bool(u.Active) }},

		enterpriseURN + ":employeeNumber":      text(func(u *user.User) string { return u.Enterprise.EmployeeNumber }),
		enterpriseURN + ":costCenter":          text(func(u *user.User) string { return u.Enterprise.CostCenter }),
		enterpriseURN + ":organization":        text(func(u *user.User) string { return u.Enterprise.Organization }),
		enterpriseURN + ":division":            text(func(u *user.User) string { return u.Enterprise.Division }),
		enterpriseURN + ":department":          text(func(u *user.User) string { return u.Enterprise.Department }),
		enterpriseURN + ":manager.value":       text(func(u *user.User) string { return u.Enterprise.Manager.Value }),
		enterpriseURN + ":manager.$ref":        text(func(u *user.User) string { return c.managerLocation(u.Enterprise.Manager) }),
		enterpriseURN + ":manager.displayName": text(func(u *user.User) string { return u.Enterprise.Manager.DisplayName }),
	}
	addValueFields(fields, "emails", func(u *user.User) []user.Value { return u.Emails })
	addValueFields(fields, "phoneNumbers", func(u *user.User) []user.Value { return u.PhoneNumbers })
	addValueFields(fields, "entitlements", func(u *user.User) []user.Value { return u.Entitlements })
	c.addRoleFields(fields, known)
	return fields
}

func addValueFields(fields filter.Fields[user.User], name string, values func(*user.User) []user.Value) {
	count := func(u *user.User) int { return len(values(u)) }
	for sub, value := range map[string]func(user.Value) filter.Value{
		"value":   func(v user.Value) filter.Value { return filter.Text(v.Value) },
		"display": func(v user.Value) filter.Value { return filter.Text(v.Display) },
		"type":    func(v user.Value) filter.Value { return filter.Text(v.Type) },
		"primary": func(v user.Value) filter.Value { return primary(v.Primary) },
	} {
		fields[name+"."+sub] = filter.Field[user.User]{Len: count, At: func(u *user.User, i int) filter.Value { return value(values(u)[i]) }}
	}
}

// addRoleFields reads roles, of which those that were deleted have been left out.
func (c *call) addRoleFields(fields filter.Fields[user.User], known map[string]role.Role) {
	count := func(u *user.User) int { return len(u.Roles) }
	for sub, value := range map[string]func(user.Role) filter.Value{
		"value":   func(r user.Role) filter.Value { return filter.Text(r.ID) },
		"display": func(r user.Role) filter.Value { return filter.Text(known[r.ID].Name) },
		"type":    func(r user.Role) filter.Value { return filter.Text(r.Type) },
		"primary": func(r user.Role) filter.Value { return primary(r.Primary) },
		"$ref":    func(r user.Role) filter.Value { return filter.Text(c.location(roleEndpoint, r.ID)) },
	} {
		fields["roles."+sub] = filter.Field[user.User]{Len: count, At: func(u *user.User, i int) filter.Value { return value(u.Roles[i]) }}
	}
}

// primary has no value where nothing is answered.
func primary(is bool) filter.Value {
	if !is {
		return filter.Value{}
	}
	return filter.Bool(true)
}
