// Package user holds users and the roles that they hold: the type, its rules and
// the store it needs. It imports neither the SCIM protocol nor AWS.
package user

import (
	"cmp"
	"slices"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
)

// User is a user of one tenant (RFC 7643 section 4.1).
type User struct {
	ID           string // made by the service
	ExternalID   string // what clients know the user by; empty when they do not say
	UserName     string // unique in the tenant without regard to case
	Name         Name
	DisplayName  string
	Title        string
	UserType     string
	Locale       string
	Timezone     string
	Active       bool // a user that is not may do nothing
	Emails       []Value
	PhoneNumbers []Value
	Entitlements []Value
	Roles        []Role // sorted by id
	Enterprise   Enterprise
	resource.Meta
}

// Name is the parts of a user's name (RFC 7643 section 4.1.1).
type Name struct {
	Formatted, FamilyName, GivenName, MiddleName, HonorificPrefix, HonorificSuffix string
}

// Value is one of several values of an attribute (RFC 7643 section 2.4).
type Value struct {
	Value, Display, Type string
	Primary              bool
}

// Role is a role that a user holds. A role that was deleted is not held again
// when another one gets its id: that one has another time of creation.
type Role struct {
	ID      string
	Created time.Time // when the role was created
	Type    string
	Primary bool
}

// Enterprise are the attributes of the enterprise extension (RFC 7643 section
// 4.3).
type Enterprise struct {
	EmployeeNumber, CostCenter, Organization, Division, Department string
	Manager                                                        Manager
}

// Manager is a user's manager. Whether Value is a user's id is not checked:
// clients write managers before they create them.
type Manager struct{ Value, DisplayName string }

// Role returns the role with this id that the user holds.
func (u *User) Role(id string) (Role, bool) {
	i, found := slices.BinarySearchFunc(u.Roles, id, func(r Role, id string) int { return cmp.Compare(r.ID, id) })
	if !found {
		return Role{}, false
	}
	return u.Roles[i], true
}

// Given returns the roles that a user holds who did not hold them before.
func Given(before, after []Role) []Role {
	return slices.DeleteFunc(slices.Clone(after), func(r Role) bool {
		return slices.ContainsFunc(before, func(held Role) bool { return held.ID == r.ID && held.Created.Equal(r.Created) })
	})
}
