package main

import (
	"fmt"
	"slices"
)

func (u *user) body(roles []string) object {
	return object{
		"schemas": []string{userURN}, "userName": u.userName, "externalId": u.externalID, "displayName": u.displayName, "title": u.title, "active": u.active,
		"roles": references(roles),
	}
}

// userBody is a user as clients see it.
type userBody struct {
	ID, UserName, ExternalID, DisplayName, Title string
	Active                                       bool
	Roles                                        referred
	Meta                                         meta
}

func (c *client) checkUser(id string, a *answer) error {
	return compare(a, func(got *userBody) error { return c.compareUser(id, got, false) })
}

// compareUser compares a user with the model. Once all deleted roles are taken, each
// of them has raised the version.
func (c *client) compareUser(id string, got *userBody, taken bool) error {
	want := c.users[id]
	versions := c.versions(want)
	if taken {
		versions.least = versions.most
	}
	if got.ID != id || got.UserName != want.userName || got.ExternalID != want.externalID || got.DisplayName != want.displayName || got.Title != want.title ||
		got.Active != want.active || !versions.holds(got.Meta.version()) || !slices.Equal(got.Roles.ids(), c.held(want)) {
		return fmt.Errorf("and is %+v, not %+v, which holds %v, at %v", *got, *want, c.held(want), versions)
	}
	return nil
}
