package api

import (
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/user"
)

// userOf makes a user, without roles, of what a client sent. Attributes that
// are left out have no value; active is that of old.
func userOf(object scim.Object, old user.User) user.User {
	u := user.User{ID: old.ID, Active: old.Active}
	u.ExternalID, _ = object.String("externalId")
	u.UserName, _ = object.String("userName")
	u.Name = nameOf(object.Object("name"))
	u.DisplayName, _ = object.String("displayName")
	u.Title, _ = object.String("title")
	u.UserType, _ = object.String("userType")
	u.Locale, _ = object.String("locale")
	u.Timezone, _ = object.String("timezone")
	if active, sent := object.Bool("active"); sent {
		u.Active = active
	}
	u.Emails = valuesIn(object, "emails")
	u.PhoneNumbers = valuesIn(object, "phoneNumbers")
	u.Entitlements = valuesIn(object, "entitlements")
	u.Enterprise = enterpriseOf(object.Object(enterpriseURN))
	return u
}

func nameOf(object scim.Object) (n user.Name) {
	n.Formatted, _ = object.String("formatted")
	n.FamilyName, _ = object.String("familyName")
	n.GivenName, _ = object.String("givenName")
	n.MiddleName, _ = object.String("middleName")
	n.HonorificPrefix, _ = object.String("honorificPrefix")
	n.HonorificSuffix, _ = object.String("honorificSuffix")
	return n
}

func valuesIn(object scim.Object, name string) []user.Value {
	var values []user.Value
	for _, one := range object.Values(name) {
		sent, _ := one.(scim.Object)
		var v user.Value
		v.Value, _ = sent.String("value")
		v.Display, _ = sent.String("display")
		v.Type, _ = sent.String("type")
		v.Primary, _ = sent.Bool("primary")
		values = append(values, v)
	}
	return values
}

func enterpriseOf(object scim.Object) (e user.Enterprise) {
	e.EmployeeNumber, _ = object.String("employeeNumber")
	e.CostCenter, _ = object.String("costCenter")
	e.Organization, _ = object.String("organization")
	e.Division, _ = object.String("division")
	e.Department, _ = object.String("department")
	e.Manager.Value, _ = object.Object("manager").String("value")
	e.Manager.DisplayName, _ = object.Object("manager").String("displayName")
	return e
}

// userObject is what a PATCH is applied to, and what a PUT is merged into. known
// holds the roles that the user may hold, by id.
func userObject(u *user.User, known map[string]role.Role) scim.Object {
	object := scim.Object{"id": u.ID, "userName": u.UserName, "active": u.Active}
	setTexts(object, map[string]string{
		"externalId": u.ExternalID, "displayName": u.DisplayName, "title": u.Title, "userType": u.UserType, "locale": u.Locale, "timezone": u.Timezone,
	})
	setObject(object, "name", setTexts(scim.Object{}, map[string]string{
		"formatted": u.Name.Formatted, "familyName": u.Name.FamilyName, "givenName": u.Name.GivenName,
		"middleName": u.Name.MiddleName, "honorificPrefix": u.Name.HonorificPrefix, "honorificSuffix": u.Name.HonorificSuffix,
	}))
	setValues(object, "emails", u.Emails)
	setValues(object, "phoneNumbers", u.PhoneNumbers)
	setValues(object, "entitlements", u.Entitlements)
	var roles []any
	for _, r := range stillHeld(u.Roles, known) {
		one := setTexts(scim.Object{"value": r.ID, "display": known[r.ID].Name}, map[string]string{"type": r.Type})
		if r.Primary {
			one["primary"] = true
		}
		roles = append(roles, one)
	}
	if roles != nil {
		object["roles"] = roles
	}
	extension := setTexts(scim.Object{}, map[string]string{
		"employeeNumber": u.Enterprise.EmployeeNumber, "costCenter": u.Enterprise.CostCenter, "organization": u.Enterprise.Organization,
		"division": u.Enterprise.Division, "department": u.Enterprise.Department,
	})
	setObject(extension, "manager", setTexts(scim.Object{}, map[string]string{"value": u.Enterprise.Manager.Value, "displayName": u.Enterprise.Manager.DisplayName}))
	setObject(object, enterpriseURN, extension)
	return object
}

// setTexts adds the texts that are not empty.
func setTexts(object scim.Object, texts map[string]string) scim.Object {
	for name, text := range texts {
		if text != "" {
			object[name] = text
		}
	}
	return object
}

// setObject adds an object that is not empty.
func setObject(object scim.Object, name string, value scim.Object) {
	if len(value) > 0 {
		object[name] = value
	}
}

func setValues(object scim.Object, name string, values []user.Value) {
	if len(values) == 0 {
		return
	}
	written := make([]any, len(values))
	for i, v := range values {
		one := setTexts(scim.Object{"value": v.Value}, map[string]string{"display": v.Display, "type": v.Type})
		if v.Primary {
			one["primary"] = true
		}
		written[i] = one
	}
	object[name] = written
}
