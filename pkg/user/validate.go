package user

import (
	"fmt"
	"unicode/utf8"

	"github.com/rolecall/rolecall/pkg/resource"
)

// What a user may hold at most.
const (
	MaxTextLength = 256 // characters, of each attribute and sub-attribute
	MaxEmails     = 8
	MaxRoles      = 75 // with all that else is stored of a user, they fit one transaction
	MaxValues     = 40 // of each other attribute with several values; more would not fit an item
)

// Validate checks what a client may choose. It returns a *resource.ValueError.
func (u *User) Validate() error {
	if u.UserName == "" {
		return &resource.ValueError{Attribute: "userName", Problem: resource.Missing, Detail: fmt.Sprintf("userName is required: send a string of 1 to %d characters.", MaxTextLength)}
	}
	if err := resource.CheckExternalID(u.ExternalID); err != nil {
		return err
	}
	for _, one := range u.texts() {
		if err := checkText(one.attribute, one.value); err != nil {
			return err
		}
	}
	for _, several := range []struct {
		attribute string
		values    []Value
		most      int
	}{{"emails", u.Emails, MaxEmails}, {"phoneNumbers", u.PhoneNumbers, MaxValues}, {"entitlements", u.Entitlements, MaxValues}} {
		if err := checkValues(several.attribute, several.values, several.most); err != nil {
			return err
		}
	}
	return u.checkRoles()
}

type text struct{ attribute, value string }

func (u *User) texts() []text {
	return []text{
		{"userName", u.UserName}, {"displayName", u.DisplayName}, {"title", u.Title}, {"userType", u.UserType},
		{"locale", u.Locale}, {"timezone", u.Timezone},
		{"name.formatted", u.Name.Formatted}, {"name.familyName", u.Name.FamilyName}, {"name.givenName", u.Name.GivenName},
		{"name.middleName", u.Name.MiddleName}, {"name.honorificPrefix", u.Name.HonorificPrefix}, {"name.honorificSuffix", u.Name.HonorificSuffix},
		{"employeeNumber", u.Enterprise.EmployeeNumber}, {"costCenter", u.Enterprise.CostCenter}, {"organization", u.Enterprise.Organization},
		{"division", u.Enterprise.Division}, {"department", u.Enterprise.Department},
		{"manager.value", u.Enterprise.Manager.Value}, {"manager.displayName", u.Enterprise.Manager.DisplayName},
	}
}

func checkText(attribute, value string) error {
	if !utf8.ValidString(value) {
		return &resource.ValueError{Attribute: attribute, Problem: resource.BadFormat, Detail: attribute + " must be valid UTF-8."}
	}
	if utf8.RuneCountInString(value) > MaxTextLength {
		return &resource.ValueError{Attribute: attribute, Problem: resource.TooLong, Detail: fmt.Sprintf("%s must have at most %d characters.", attribute, MaxTextLength)}
	}
	return nil
}

func checkValues(attribute string, values []Value, most int) error {
	if len(values) > most {
		return &resource.ValueError{Attribute: attribute, Problem: resource.TooLong, Detail: fmt.Sprintf("A user has at most %d %s.", most, attribute)}
	}
	primary := 0
	for _, v := range values {
		if v.Value == "" {
			return &resource.ValueError{Attribute: attribute + ".value", Problem: resource.Missing, Detail: fmt.Sprintf("Each of %s needs a value.", attribute)}
		}
		for _, one := range []text{{".value", v.Value}, {".display", v.Display}, {".type", v.Type}} {
			if err := checkText(attribute+one.attribute, one.value); err != nil {
				return err
			}
		}
		if v.Primary {
			primary++
		}
	}
	if primary > 1 {
		return morePrimaries(attribute)
	}
	return nil
}

func (u *User) checkRoles() error {
	if len(u.Roles) > MaxRoles {
		return &resource.ValueError{Attribute: "roles", Problem: resource.TooLong, Detail: fmt.Sprintf("A user holds at most %d roles.", MaxRoles)}
	}
	primary := 0
	for _, r := range u.Roles {
		if err := resource.CheckCode("roles.value", r.ID); err != nil {
			return err
		}
		if err := checkText("roles.type", r.Type); err != nil {
			return err
		}
		if r.Primary {
			primary++
		}
	}
	if primary > 1 {
		return morePrimaries("roles")
	}
	return nil
}

// morePrimaries refuses several primary values (RFC 7643 section 2.4).
func morePrimaries(attribute string) error {
	return &resource.ValueError{Attribute: attribute + ".primary", Problem: resource.Unsupported, Detail: fmt.Sprintf("At most one of %s can be primary.", attribute)}
}
