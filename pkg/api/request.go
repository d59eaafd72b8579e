package api

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Request is what a handler must know of a request beside the request itself.
type Request struct {
	Caller    auth.Caller
	RequestID string
	Address   string // source address
	BaseURL   string // what stands before /scim/ in absolute locations
}

// managementPath ends the URLs under which BeyondTrust clients call.
const managementPath = "/management-api"

// fromManagement tells whether a BeyondTrust client calls, on either family of
// paths.
func (r Request) fromManagement() bool { return strings.HasSuffix(r.BaseURL, managementPath) }

type requestKey struct{}

// WithRequest returns a context that carries request to the handlers of this
// package. Without one, they answer 401.
func WithRequest(ctx context.Context, request Request) context.Context {
	return context.WithValue(ctx, requestKey{}, request)
}

// call is one request on its way through a handler.
type call struct {
	Request
	http     *http.Request
	surface  *surface
	endpoint *endpoint
	base     string // path of the surface, without trailing slash
	id       string // of the resource, checked to be a code; empty for lists
	me       bool   // the path was /Me
	query    url.Values
	// projection is what the client asked for; nil for all that is returned by
	// default.
	projection *scim.Projection
	tags       struct{ ifMatch, ifNoneMatch scim.ETags }
}

func (c *call) tenant() tenant.ID { return c.Caller.Tenant }

func (c *call) actor() audit.Actor {
	return audit.Actor{Principal: c.Caller.Principal, TokenID: c.Caller.TokenID, RequestID: c.RequestID, Address: c.Address}
}

// location returns the absolute URL of a resource. Codes need no escaping.
func (c *call) location(e *endpoint, id string) string {
	return c.BaseURL + c.base + "/" + e.segment + "/" + id
}

// route is what a path says.
type route struct {
	surface *surface
	tenant  string // path segment, decoded; empty on the standard surface
	base    string // path of the surface, without trailing slash
	segment string // resource type
	id      string // decoded; empty for lists
}

// checkTenant refuses a path in which no tenant can stand. Whether there is such
// a tenant is not asked.
func (r route) checkTenant() error {
	if r.surface != tenantSurface {
		return nil
	}
	if _, err := tenant.ParseID(r.tenant); err != nil {
		return errNoEndpoint
	}
	return nil
}

// parsePath takes apart /scim/v2/... and /scim/{tenant}/v2/.... It tolerates
// one trailing slash and decodes each segment once. Even when the path leads
// nowhere, the surface is the one that its beginning names.
func parsePath(u *url.URL) (r route, ok bool) {
	rest, ok := strings.CutPrefix(u.EscapedPath(), "/scim/")
	if !ok {
		return route{surface: standardSurface}, false
	}
	first, rest, _ := strings.Cut(rest, "/")
	if first == "v2" {
		r.surface, r.base = standardSurface, "/scim/v2"
	} else {
		var version string
		version, rest, _ = strings.Cut(rest, "/")
		r.surface = tenantSurface
		if r.tenant, ok = unescape(first); !ok || version != "v2" {
			return r, false
		}
		r.base = "/scim/" + r.tenant + "/v2"
	}
	rest = strings.TrimSuffix(rest, "/")
	segment, id, hasID := strings.Cut(rest, "/")
	if r.segment, ok = unescape(segment); !ok {
		return r, false
	}
	if r.id, ok = unescape(id); !ok || hasID && r.id == "" || strings.Contains(id, "/") {
		return r, false
	}
	return r, true
}

func unescape(segment string) (string, bool) {
	s, err := url.PathUnescape(segment)
	return s, err == nil
}
