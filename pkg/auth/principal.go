package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Principal is something that calls and is no user: it holds roles.
type Principal struct {
	ID    string
	Roles []string
}

// Held is a role that a principal holds.
type Held struct {
	Role string // id
	// Created is when the role that was given was created: another one that gets
	// its id later is not held. The zero time stands for whatever role has the id.
	Created time.Time
}

// HeldByID are roles that are held by their ids alone, as those that a tenant's
// issuer vouches for.
func HeldByID(ids ...string) []Held {
	held := make([]Held, len(ids))
	for i, id := range ids {
		held[i].Role = id
	}
	return held
}

// MaxPrincipalLength is the longest id of a principal, in bytes.
const MaxPrincipalLength = 128

// ExternalPrefix begins the ids of callers that a tenant's issuer vouches for,
// to keep them apart from principals of the same name.
const ExternalPrefix = "oidc:"

// UserPrefix begins the ids of principals that are users. The user's id follows.
const UserPrefix = "user:"

// UserOf returns the id of the user that a principal is; ok is false for one that
// is none.
func UserOf(principal string) (id string, ok bool) { return strings.CutPrefix(principal, UserPrefix) }

// OperatorPrincipal is who changes a tenant from outside, in audit records.
const OperatorPrincipal = "operator"

// CheckPrincipal tells whether a principal may have this id. It returns a
// *resource.ValueError if not.
func CheckPrincipal(id string) error {
	detail, problem := "", resource.BadFormat
	switch {
	case id == "":
		detail, problem = "principal is required: send the id of who is to bear it.", resource.Missing
	case len(id) > MaxPrincipalLength:
		detail, problem = fmt.Sprintf("principal must have at most %d characters.", MaxPrincipalLength), resource.TooLong
	case strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r >= 0x7f }):
		detail = "principal may hold only ASCII characters that can be seen."
	case strings.HasPrefix(id, UserPrefix) && resource.CheckCode("principal", id[len(UserPrefix):]) != nil:
		detail = fmt.Sprintf("principal must be %q and the user's id, if it is a user.", UserPrefix)
	case strings.HasPrefix(id, ExternalPrefix) || id == OperatorPrincipal:
		detail = fmt.Sprintf("principal cannot be %q or begin with %q, which stand for others.", OperatorPrincipal, ExternalPrefix)
	default:
		return nil
	}
	return &resource.ValueError{Attribute: "principal", Problem: problem, Detail: detail}
}

// PrincipalStore lists principals.
type PrincipalStore interface {
	// Principals returns, in the order of their ids, at most limit principals of a
	// tenant behind one ("" for the first), and whether more may follow.
	Principals(ctx context.Context, t tenant.ID, behind string, limit int) (page []Principal, more bool, err error)
}
