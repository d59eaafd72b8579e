package dynamo

import (
	"cmp"
	"maps"
	"slices"

	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// What a user does not have is not in the item, but for active.
func encodeUser(t tenant.ID, u user.User) item {
	it := userKey(t, u.ID).attributes()
	it.setFields(userFields(&u))
	it["active"] = boolean(u.Active)
	it.setObject("name", fieldsItem(nameFields(&u.Name)))
	it.setObject("manager", fieldsItem(managerFields(&u.Enterprise.Manager)))
	it.setValues("emails", u.Emails)
	it.setValues("phoneNumbers", u.PhoneNumbers)
	it.setValues("entitlements", u.Entitlements)
	it.setObject("roles", encodeHeldRoles(u.Roles))
	it.setMeta(u.Meta)
	return it
}

func decodeUser(it item) user.User {
	u := user.User{
		ID:           it.text(sortKey)[len(userPrefix):],
		Active:       it.boolean("active"),
		Emails:       it.values("emails"),
		PhoneNumbers: it.values("phoneNumbers"),
		Entitlements: it.values("entitlements"),
		Roles:        heldRoles(it),
		Meta:         it.meta(),
	}
	it.fields(userFields(&u))
	it.object("name").fields(nameFields(&u.Name))
	it.object("manager").fields(managerFields(&u.Enterprise.Manager))
	return u
}

func decodeUsers(items []item) []user.User {
	users := make([]user.User, len(items))
	for i, it := range items {
		users[i] = decodeUser(it)
	}
	return users
}

// fields are texts that have names.
type fields map[string]*string

func userFields(u *user.User) fields {
	return fields{
		"externalId": &u.ExternalID, "userName": &u.UserName, "displayName": &u.DisplayName, "title": &u.Title,
		"userType": &u.UserType, "locale": &u.Locale, "timezone": &u.Timezone,
		"employeeNumber": &u.Enterprise.EmployeeNumber, "costCenter": &u.Enterprise.CostCenter,
		"organization": &u.Enterprise.Organization, "division": &u.Enterprise.Division, "department": &u.Enterprise.Department,
	}
}

func nameFields(n *user.Name) fields {
	return fields{
		"formatted": &n.Formatted, "familyName": &n.FamilyName, "givenName": &n.GivenName, "middleName": &n.MiddleName,
		"honorificPrefix": &n.HonorificPrefix, "honorificSuffix": &n.HonorificSuffix,
	}
}

func managerFields(m *user.Manager) fields {
	return fields{"value": &m.Value, "displayName": &m.DisplayName}
}

func (it item) setFields(all fields) {
	for name, value := range all {
		if *value != "" {
			it[name] = text(*value)
		}
	}
}

func (it item) fields(all fields) {
	for name, value := range all {
		*value = it.text(name)
	}
}

func fieldsItem(all fields) item {
	it := item{}
	it.setFields(all)
	return it
}

func valueFields(v *user.Value) fields {
	return fields{"value": &v.Value, "display": &v.Display, "type": &v.Type}
}

func (it item) setValues(name string, values []user.Value) {
	if len(values) == 0 {
		return
	}
	elements := make([]item, len(values))
	for i, v := range values {
		elements[i] = fieldsItem(valueFields(&v))
		elements[i].setPrimary(v.Primary)
	}
	it[name] = list(elements)
}

func (it item) values(name string) []user.Value {
	var values []user.Value
	for _, element := range it.list(name) {
		v := user.Value{Primary: element.boolean("primary")}
		element.fields(valueFields(&v))
		values = append(values, v)
	}
	return values
}

func (it item) setPrimary(primary bool) {
	if primary {
		it["primary"] = boolean(true)
	}
}

// encodeHeldRoles maps roles by their ids, so that a condition can name one.
func encodeHeldRoles(roles []user.Role) item {
	byID := make(item, len(roles))
	for _, r := range roles {
		held := item{"created": moment(r.Created)}
		held.setFields(fields{"type": &r.Type})
		held.setPrimary(r.Primary)
		byID[r.ID] = held.value()
	}
	return byID
}

// heldRoles returns, sorted by id, the roles that a user's item holds. Some may
// have been deleted.
func heldRoles(it item) []user.Role {
	byID := it.object("roles")
	var roles []user.Role
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		held := byID.object(id)
		roles = append(roles, user.Role{ID: id, Created: held.time("created"), Type: held.text("type"), Primary: held.boolean("primary")})
	}
	return roles
}

// oneOfEach sorts roles by id, and keeps the first of those that have the same.
func oneOfEach(roles []user.Role) []user.Role {
	roles = slices.Clone(roles)
	slices.SortStableFunc(roles, func(a, b user.Role) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(roles, func(a, b user.Role) bool { return a.ID == b.ID })
}

// attributesOfUser names the attributes that a user has.
func attributesOfUser(u user.User) []string {
	return append(changedUserAttributes(user.User{}, u), "id")
}

// changedUserAttributes names the attributes in which two users differ, of those
// that can change.
func changedUserAttributes(a, b user.User) []string {
	var names []string
	before := userFields(&a)
	for name, value := range userFields(&b) {
		if *value != *before[name] {
			names = append(names, name)
		}
	}
	for name, same := range map[string]bool{
		"name":         a.Name == b.Name,
		"active":       a.Active == b.Active,
		"manager":      a.Enterprise.Manager == b.Enterprise.Manager,
		"emails":       slices.Equal(a.Emails, b.Emails),
		"phoneNumbers": slices.Equal(a.PhoneNumbers, b.PhoneNumbers),
		"entitlements": slices.Equal(a.Entitlements, b.Entitlements),
		"roles":        slices.EqualFunc(a.Roles, b.Roles, sameHeldRole),
	} {
		if !same {
			names = append(names, name)
		}
	}
	return sorted(names)
}

func sameHeldRole(a, b user.Role) bool {
	return a.ID == b.ID && a.Created.Equal(b.Created) && a.Type == b.Type && a.Primary == b.Primary
}
