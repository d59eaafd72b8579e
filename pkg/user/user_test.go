package user_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/user"
)

func TestValidate(t *testing.T) {
	valid := user.User{UserName: "bjensen", Emails: []user.Value{{Value: "bjensen@example.com", Type: "work", Primary: true}}, Roles: []user.Role{{ID: "NEWROLE"}}}
	if err := valid.Validate(); err != nil {
		t.Fatal(err)
	}
	longest, long := strings.Repeat("é", 256), strings.Repeat("x", 257)
	many := func(n int) []user.Value { return slices.Repeat([]user.Value{{Value: "x"}}, n) }
	for name, test := range map[string]struct {
		change    func(*user.User)
		attribute string
		problem   resource.Problem
	}{
		"longest": {func(u *user.User) {
			u.UserName, u.ExternalID, u.Name.Formatted, u.Enterprise.Manager.Value = longest, longest, longest, longest
			u.Emails = []user.Value{{Value: longest, Display: longest, Type: longest}}
			u.Roles[0].Type = longest
		}, "", 0},
		"no userName":         {func(u *user.User) { u.UserName = "" }, "userName", resource.Missing},
		"long userName":       {func(u *user.User) { u.UserName = long }, "userName", resource.TooLong},
		"broken userName":     {func(u *user.User) { u.UserName = "a\xff" }, "userName", resource.BadFormat},
		"long externalId":     {func(u *user.User) { u.ExternalID = long }, "externalId", resource.TooLong},
		"long displayName":    {func(u *user.User) { u.DisplayName = long }, "displayName", resource.TooLong},
		"long title":          {func(u *user.User) { u.Title = long }, "title", resource.TooLong},
		"long userType":       {func(u *user.User) { u.UserType = long }, "userType", resource.TooLong},
		"long locale":         {func(u *user.User) { u.Locale = long }, "locale", resource.TooLong},
		"long timezone":       {func(u *user.User) { u.Timezone = long }, "timezone", resource.TooLong},
		"long formatted name": {func(u *user.User) { u.Name.Formatted = long }, "name.formatted", resource.TooLong},
		"long family name":    {func(u *user.User) { u.Name.FamilyName = long }, "name.familyName", resource.TooLong},
		"long given name":     {func(u *user.User) { u.Name.GivenName = long }, "name.givenName", resource.TooLong},
		"long middle name":    {func(u *user.User) { u.Name.MiddleName = long }, "name.middleName", resource.TooLong},
		"long prefix":         {func(u *user.User) { u.Name.HonorificPrefix = long }, "name.honorificPrefix", resource.TooLong},
		"broken suffix":       {func(u *user.User) { u.Name.HonorificSuffix = "\xff" }, "name.honorificSuffix", resource.BadFormat},
		"long employeeNumber": {func(u *user.User) { u.Enterprise.EmployeeNumber = long }, "employeeNumber", resource.TooLong},
		"long costCenter":     {func(u *user.User) { u.Enterprise.CostCenter = long }, "costCenter", resource.TooLong},
		"long organization":   {func(u *user.User) { u.Enterprise.Organization = long }, "organization", resource.TooLong},
		"long division":       {func(u *user.User) { u.Enterprise.Division = long }, "division", resource.TooLong},
		"long department":     {func(u *user.User) { u.Enterprise.Department = long }, "department", resource.TooLong},
		"long manager":        {func(u *user.User) { u.Enterprise.Manager.Value = long }, "manager.value", resource.TooLong},
		"long manager's name": {func(u *user.User) { u.Enterprise.Manager.DisplayName = long }, "manager.displayName", resource.TooLong},
		"email without value": {func(u *user.User) { u.Emails[0].Value = "" }, "emails.value", resource.Missing},
		"long email":          {func(u *user.User) { u.Emails[0].Value = long }, "emails.value", resource.TooLong},
		"broken email":        {func(u *user.User) { u.Emails[0].Value = "\xff" }, "emails.value", resource.BadFormat},
		"long display":        {func(u *user.User) { u.PhoneNumbers = []user.Value{{Value: "1", Display: long}} }, "phoneNumbers.display", resource.TooLong},
		"long type":           {func(u *user.User) { u.Entitlements = []user.Value{{Value: "1", Type: long}} }, "entitlements.type", resource.TooLong},
		"most values": {func(u *user.User) {
			u.Emails, u.PhoneNumbers, u.Entitlements = many(user.MaxEmails), many(user.MaxValues), many(user.MaxValues)
		}, "", 0},
		"many emails":       {func(u *user.User) { u.Emails = many(user.MaxEmails + 1) }, "emails", resource.TooLong},
		"many phoneNumbers": {func(u *user.User) { u.PhoneNumbers = many(user.MaxValues + 1) }, "phoneNumbers", resource.TooLong},
		"many entitlements": {func(u *user.User) { u.Entitlements = many(user.MaxValues + 1) }, "entitlements", resource.TooLong},
		"two primary emails": {func(u *user.User) {
			u.Emails = []user.Value{{Value: "a", Primary: true}, {Value: "b", Primary: true}}
		}, "emails.primary", resource.Unsupported},
		"role without id":  {func(u *user.User) { u.Roles[0].ID = "" }, "roles.value", resource.Missing},
		"bad role":         {func(u *user.User) { u.Roles[0].ID = "A B" }, "roles.value", resource.BadFormat},
		"long role type":   {func(u *user.User) { u.Roles[0].Type = long }, "roles.type", resource.TooLong},
		"broken role type": {func(u *user.User) { u.Roles[0].Type = "\xff" }, "roles.type", resource.BadFormat},
		"most roles":       {func(u *user.User) { u.Roles = slices.Repeat([]user.Role{{ID: "A"}}, user.MaxRoles) }, "", 0},
		"many roles":       {func(u *user.User) { u.Roles = slices.Repeat([]user.Role{{ID: "A"}}, user.MaxRoles+1) }, "roles", resource.TooLong},
		"two primary roles": {func(u *user.User) {
			u.Roles = []user.Role{{ID: "A", Primary: true}, {ID: "B", Primary: true}}
		}, "roles.primary", resource.Unsupported},
	} {
		u := valid
		u.Emails, u.Roles = slices.Clone(valid.Emails), slices.Clone(valid.Roles)
		test.change(&u)
		err := u.Validate()
		var value *resource.ValueError
		if !errors.As(err, &value) {
			if err != nil || test.attribute != "" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if value.Attribute != test.attribute || value.Problem != test.problem || value.Detail == "" {
			t.Errorf("%s: %+v", name, value)
		}
	}
}

func TestGiven(t *testing.T) {
	// held are the roles with these letters; one with a mark was created later.
	held := func(roles string) []user.Role {
		var all []user.Role
		for _, r := range strings.Fields(roles) {
			all = append(all, user.Role{ID: r[:1], Created: time.UnixMilli(int64(len(r[1:]))).UTC()})
		}
		return all
	}
	for _, test := range []struct{ before, after, want string }{
		{"", "", ""},
		{"", "A B", "A B"},
		{"A B", "", ""},
		{"A B", "B A", ""},
		{"A C", "A B C D", "B D"},
		{"A B", "A B'", "B'"},
		{"A' B", "A B", "A"},
	} {
		before, after := held(test.before), held(test.after)
		if got := user.Given(before, after); fmt.Sprint(got) != fmt.Sprint(held(test.want)) {
			t.Errorf("Given(%s, %s) = %v", test.before, test.after, got)
		}
		if fmt.Sprint(before) != fmt.Sprint(held(test.before)) || fmt.Sprint(after) != fmt.Sprint(held(test.after)) {
			t.Errorf("Given(%s, %s) changed what it was given", test.before, test.after)
		}
	}
	elsewhere := []user.Role{{ID: "A", Created: time.UnixMilli(0).In(time.FixedZone("", 3600)), Type: "x", Primary: true}}
	if got := user.Given(held("A"), elsewhere); len(got) > 0 {
		t.Errorf("a role that is held in another way is given: %v", got)
	}
}

func TestRole(t *testing.T) {
	u := user.User{Roles: []user.Role{{ID: "A"}, {ID: "C", Type: "x"}, {ID: "a"}}}
	for id, want := range map[string]bool{"A": true, "B": false, "C": true, "a": true, "c": false, "": false} {
		if r, ok := u.Role(id); ok != want || ok && r.ID != id {
			t.Errorf("Role(%s) = %+v, %t", id, r, ok)
		}
	}
}
