package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/user"
)

// GetUser answers GET /Users/{id} (RFC 7644 section 3.4.1), and GET /Me for the
// user who calls (section 3.11). Every user may read itself.
func GetUser(d Dependencies) http.Handler {
	return d.handler(http.MethodGet, userEndpoint, getUser{d}.run)
}

type getUser struct{ Dependencies }

func (o getUser) run(ctx context.Context, c *call) (*response, error) {
	reading := readAhead(func() (user.User, error) { return o.Users.User(ctx, c.tenant(), c.id) })
	grants, denied := auth.LoadGrants(ctx, o.Grants, c.Caller)
	found, err := reading.wait()
	if denied == nil && !c.me {
		denied = grants.Require(permission.ReadUser)
	}
	if err := cmp.Or(denied, err); err != nil {
		return nil, err
	}
	if unchanged, err := c.checkRead(found.Version); err != nil || unchanged {
		return notModified(found.Version), err
	}
	known, err := o.rolesHeldBy(ctx, c, &found)
	if err != nil {
		return nil, err
	}
	body := c.userResource(&found, known)
	return &response{status: http.StatusOK, version: found.Version, contentLocation: body.Meta.Location, body: body}, nil
}
