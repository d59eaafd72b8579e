package api

import (
	"cmp"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/user"
)

// userResource is a user as clients see it.
type userResource struct {
	Schemas      []string    `json:"schemas"`
	ID           string      `json:"id"`
	ExternalID   string      `json:"externalId,omitempty"`
	Meta         scim.Meta   `json:"meta"`
	UserName     string      `json:"userName"`
	Name         *userName   `json:"name,omitempty"`
	DisplayName  string      `json:"displayName,omitempty"`
	Title        string      `json:"title,omitempty"`
	UserType     string      `json:"userType,omitempty"`
	Locale       string      `json:"locale,omitempty"`
	Timezone     string      `json:"timezone,omitempty"`
	Active       bool        `json:"active"`
	Emails       []userValue `json:"emails,omitempty"`
	PhoneNumbers []userValue `json:"phoneNumbers,omitempty"`
	Entitlements []userValue `json:"entitlements,omitempty"`
	Roles        []userRole  `json:"roles,omitempty"`
	Enterprise   *enterprise `json:"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User,omitempty"`
}

type userName struct {
	Formatted       string `json:"formatted,omitempty"`
	FamilyName      string `json:"familyName,omitempty"`
	GivenName       string `json:"givenName,omitempty"`
	MiddleName      string `json:"middleName,omitempty"`
	HonorificPrefix string `json:"honorificPrefix,omitempty"`
	HonorificSuffix string `json:"honorificSuffix,omitempty"`
}

type userValue struct {
	Value   string `json:"value"`
	Display string `json:"display,omitempty"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

type userRole struct {
	Value   string `json:"value"`
	Display string `json:"display"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
	Ref     string `json:"$ref"`
}

type enterprise struct {
	EmployeeNumber string   `json:"employeeNumber,omitempty"`
	CostCenter     string   `json:"costCenter,omitempty"`
	Organization   string   `json:"organization,omitempty"`
	Division       string   `json:"division,omitempty"`
	Department     string   `json:"department,omitempty"`
	Manager        *manager `json:"manager,omitempty"`
}

type manager struct {
	Value       string `json:"value,omitempty"`
	Ref         string `json:"$ref,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
}

var (
	userSchemas           = []string{userURN}
	enterpriseUserSchemas = []string{userURN, enterpriseURN}
)

func schemasOfUser(u *user.User) []string {
	if u.Enterprise == (user.Enterprise{}) {
		return userSchemas
	}
	return enterpriseUserSchemas
}

// userResource writes a user. known holds the roles that it may hold, by id: a
// role that has been deleted, or deleted and created again, is not held any
// more, although it may still be stored with the user.
func (c *call) userResource(u *user.User, known map[string]role.Role) *userResource {
	return &userResource{
		Schemas:      schemasOfUser(u),
		ID:           u.ID,
		ExternalID:   u.ExternalID,
		Meta:         c.meta(userResourceType.Name, u.Meta, c.location(userEndpoint, u.ID)),
		UserName:     u.UserName,
		Name:         userNameOf(u.Name),
		DisplayName:  u.DisplayName,
		Title:        u.Title,
		UserType:     u.UserType,
		Locale:       u.Locale,
		Timezone:     u.Timezone,
		Active:       u.Active,
		Emails:       userValues(u.Emails),
		PhoneNumbers: userValues(u.PhoneNumbers),
		Entitlements: userValues(u.Entitlements),
		Roles:        c.userRoles(u.Roles, known),
		Enterprise:   c.enterprise(u.Enterprise),
	}
}

func userNameOf(n user.Name) *userName {
	if n == (user.Name{}) {
		return nil
	}
	written := userName(n)
	return &written
}

func userValues(values []user.Value) []userValue {
	written := make([]userValue, len(values))
	for i, v := range values {
		written[i] = userValue(v)
	}
	return written
}

func (c *call) userRoles(held []user.Role, known map[string]role.Role) []userRole {
	held = stillHeld(held, known)
	written := make([]userRole, len(held))
	for i, r := range held {
		written[i] = userRole{Value: r.ID, Display: known[r.ID].Name, Type: r.Type, Primary: r.Primary, Ref: c.location(roleEndpoint, r.ID)}
	}
	return written
}

// stillHeld leaves out the roles that are not those that were given.
func stillHeld(held []user.Role, known map[string]role.Role) []user.Role {
	var still []user.Role
	for _, r := range held {
		if now, exists := known[r.ID]; exists && now.Created.Equal(r.Created) {
			still = append(still, r)
		}
	}
	return still
}

func (c *call) enterprise(e user.Enterprise) *enterprise {
	if e == (user.Enterprise{}) {
		return nil
	}
	written := &enterprise{EmployeeNumber: e.EmployeeNumber, CostCenter: e.CostCenter, Organization: e.Organization, Division: e.Division, Department: e.Department}
	if e.Manager != (user.Manager{}) {
		written.Manager = &manager{Value: e.Manager.Value, Ref: c.managerLocation(e.Manager), DisplayName: e.Manager.DisplayName}
	}
	return written
}

// managerLocation is empty where value cannot be a user's id.
func (c *call) managerLocation(m user.Manager) string {
	if resource.CheckCode("value", m.Value) != nil {
		return ""
	}
	return c.location(userEndpoint, m.Value)
}

// displayOf is how a user is shown where another resource refers to it.
func displayOf(u *user.User) string { return cmp.Or(u.DisplayName, u.Name.Formatted, u.UserName) }
