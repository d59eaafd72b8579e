package api

import (
	"context"
	"net/http"
	"slices"
)

// RefuseRequest answers whatever no operation answers: methods that an
// endpoint does not have (405), and all other paths (404).
func RefuseRequest(d Dependencies) http.Handler {
	return refuseRequest{operation{endpoint: elsewhere, log: d.logger(), refused: d.Refused}}
}

type refuseRequest struct{ operation }

// elsewhere stands for the endpoint of a path that leads to none.
var elsewhere = &endpoint{kind: "resource"}

func (o refuseRequest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{http: r, surface: standardSurface, endpoint: o.endpoint}
	write(w, o.encodeError(r.Context(), c, c.refusal(r.Context())))
}

// refusal says why the request has no operation. As everywhere, a caller of
// another tenant learns nothing.
func (c *call) refusal(ctx context.Context) error {
	route, found := parsePath(c.http.URL)
	if err := c.admit(ctx, route); err != nil {
		return err
	}
	if !found {
		return errNoEndpoint
	}
	i := slices.IndexFunc(endpoints, func(e *endpoint) bool { return e.isAt(route) })
	if i < 0 {
		return errNoEndpoint
	}
	c.endpoint = endpoints[i]
	return errMethod
}
