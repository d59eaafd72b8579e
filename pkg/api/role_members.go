package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/scim/cursor"
	"github.com/rolecall/rolecall/pkg/user"
)

// membersNextCursor is the path of the attribute that leads to more members.
const (
	membersNextCursorName = "membersNextCursor"
	membersNextCursor     = roleExtensionURN + ":" + membersNextCursorName
)

// roleMember is a user who holds a role, as clients see it.
type roleMember struct {
	Value   string `json:"value"`
	Ref     string `json:"$ref"`
	Display string `json:"display"`
}

// holders is a page of the users who hold a role.
type holders struct {
	users []user.User
	next  string // cursor of the next page; empty on the last
}

// members reads the page of a role's holders that the query asks for.
func (d *Dependencies) members(ctx context.Context, c *call, r *role.Role) (page holders, err error) {
	request, err := queryRequest(c.query)
	if err != nil {
		return page, err
	}
	if request.startIndex != nil {
		return page, scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "Members are walked by cursor: leave out startIndex.").WithCode(scim.CodeUnsupported)
	}
	if err := checkCursorPaging(request); err != nil {
		return page, err
	}
	count := pagingOf(request, c.surface).count
	sealer := &sealer{Dependencies: d, call: c, binding: c.membersBinding(r), collections: 1}
	var in resource.Span
	if request.cursor != nil && *request.cursor != "" {
		from, err := sealer.open(ctx, *request.cursor, count)
		if err != nil {
			return page, err
		}
		in = in.Behind(from.ID)
	}
	if count == 0 {
		return page, nil
	}
	if page.users, err = d.holdersOf(ctx, c, r, in, count+1); err != nil || len(page.users) <= count {
		return page, err
	}
	page.users = page.users[:count]
	page.next, err = sealer.seal(ctx, position{ID: page.users[count-1].ID, Count: count})
	return page, err
}

// membersBinding is what a cursor is good for: this tenant, caller and role.
func (c *call) membersBinding(r *role.Role) cursor.Binding {
	return cursor.Bind(append(c.boundTo(), "members", r.ID, strconv.FormatInt(r.Created.UnixMilli(), 10))...)
}

// holdersOf returns at most limit of the users who hold a role. Fewer are all that
// there are.
func (d *Dependencies) holdersOf(ctx context.Context, c *call, r *role.Role, in resource.Span, limit int) (found []user.User, err error) {
	for more := true; more && len(found) < limit; {
		var page []user.User
		if page, more, err = d.Users.UsersBy(ctx, c.tenant(), user.ByRole, r.ID, in, limit-len(found)); err != nil {
			return nil, err
		}
		if len(page) > 0 {
			found = append(found, page...)
			in = in.Behind(page[len(page)-1].ID)
		}
	}
	return found, nil
}

// addMembers writes a role's holders.
func (c *call) addMembers(r *roleResource, page holders) {
	for i := range page.users {
		u := &page.users[i]
		r.Members = append(r.Members, roleMember{Value: u.ID, Ref: c.location(userEndpoint, u.ID), Display: displayOf(u)})
	}
	if page.next == "" {
		return
	}
	if r.Extension == nil {
		r.Schemas, r.Extension = extendedRoleSchemas, &roleExtension{}
	}
	r.Extension.MembersNextCursor = page.next
}
