package operator

import (
	"time"

	"github.com/rolecall/rolecall/pkg/user"
)

type exportedUser struct {
	Type         string             `json:"type"`
	ID           string             `json:"id"`
	ExternalID   string             `json:"externalId,omitempty"`
	UserName     string             `json:"userName"`
	Name         exportedName       `json:"name,omitzero"`
	DisplayName  string             `json:"displayName,omitempty"`
	Title        string             `json:"title,omitempty"`
	UserType     string             `json:"userType,omitempty"`
	Locale       string             `json:"locale,omitempty"`
	Timezone     string             `json:"timezone,omitempty"`
	Active       bool               `json:"active"`
	Emails       []exportedValue    `json:"emails,omitempty"`
	PhoneNumbers []exportedValue    `json:"phoneNumbers,omitempty"`
	Entitlements []exportedValue    `json:"entitlements,omitempty"`
	Roles        []exportedHeldRole `json:"roles,omitempty"`
	Enterprise   exportedEnterprise `json:"enterprise,omitzero"`
	exportedMeta
}

type exportedName struct {
	Formatted       string `json:"formatted,omitempty"`
	FamilyName      string `json:"familyName,omitempty"`
	GivenName       string `json:"givenName,omitempty"`
	MiddleName      string `json:"middleName,omitempty"`
	HonorificPrefix string `json:"honorificPrefix,omitempty"`
	HonorificSuffix string `json:"honorificSuffix,omitempty"`
}

type exportedValue struct {
	Value   string `json:"value"`
	Display string `json:"display,omitempty"`
	Type    string `json:"type,omitempty"`
	Primary bool   `json:"primary,omitempty"`
}

// exportedHeldRole is a role that a user holds. One that was created at another
// time than the role with this id has been deleted, and grants nothing.
type exportedHeldRole struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Type    string    `json:"type,omitempty"`
	Primary bool      `json:"primary,omitempty"`
}

type exportedEnterprise struct {
	EmployeeNumber string          `json:"employeeNumber,omitempty"`
	CostCenter     string          `json:"costCenter,omitempty"`
	Organization   string          `json:"organization,omitempty"`
	Division       string          `json:"division,omitempty"`
	Department     string          `json:"department,omitempty"`
	Manager        exportedManager `json:"manager,omitzero"`
}

type exportedManager struct {
	Value       string `json:"value,omitempty"`
	DisplayName string `json:"displayName,omitempty"`
}

func exportedUserOf(u *user.User) exportedUser {
	exported := exportedUser{
		Type: "user", ID: u.ID, ExternalID: u.ExternalID, UserName: u.UserName, Name: exportedName(u.Name), DisplayName: u.DisplayName,
		Title: u.Title, UserType: u.UserType, Locale: u.Locale, Timezone: u.Timezone, Active: u.Active,
		Emails: exportedValuesOf(u.Emails), PhoneNumbers: exportedValuesOf(u.PhoneNumbers), Entitlements: exportedValuesOf(u.Entitlements),
		Enterprise: exportedEnterprise{
			u.Enterprise.EmployeeNumber, u.Enterprise.CostCenter, u.Enterprise.Organization, u.Enterprise.Division, u.Enterprise.Department,
			exportedManager(u.Enterprise.Manager),
		},
		exportedMeta: exportedMetaOf(u.Meta),
	}
	for _, r := range u.Roles {
		exported.Roles = append(exported.Roles, exportedHeldRole(r))
	}
	return exported
}

func exportedValuesOf(values []user.Value) []exportedValue {
	exported := make([]exportedValue, len(values))
	for i, v := range values {
		exported[i] = exportedValue(v)
	}
	return exported
}
