package dynamo

import (
	"time"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// restOn makes the transaction fail as stale unless the proof holds, by a check
// of each item that it names; where the transaction writes the item anyway, at no
// cost.
func (tx *transaction) restOn(t tenant.ID, p resource.Proof) {
	if p.Principal != "" {
		tx.check(holderKey(t, p.Principal), stillHolds(p), errStale)
	}
	for id, meta := range p.Roles {
		tx.check(roleKey(t, id), stillAt(meta), errStale)
	}
	for id, meta := range p.Sets {
		tx.check(setKey(t, id), stillAt(meta), errStale)
	}
}

// stillHolds is true of a principal that holds the role, this one or whichever has
// the id, and is active if it is a user.
func stillHolds(p resource.Proof) condition {
	holds := condition{
		"#roles.#provedRole.#created IN (:provedRole, :provedAny)", []string{"roles", "provedRole=" + p.Role, "created"},
		item{":provedRole": moment(p.Roles[p.Role].Created), ":provedAny": moment(time.Time{})},
	}
	if _, isUser := auth.UserOf(p.Principal); isUser {
		return holds.and(condition{"#active = :provedActive", []string{"active"}, item{":provedActive": boolean(true)}})
	}
	return holds
}

// stillAt is true of what is at a version. The version alone would not do: what
// was deleted and created again has the version that another one had.
func stillAt(meta resource.Meta) condition {
	return condition{
		"#version = :provedVersion AND #created = :provedCreated", []string{"version", "created"},
		item{":provedVersion": number(meta.Version), ":provedCreated": moment(meta.Created)},
	}
}
