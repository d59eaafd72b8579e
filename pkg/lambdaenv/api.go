package lambdaenv

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/core"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
	"github.com/rolecall/rolecall/pkg/lambdaenv/tenantaccess"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/throttle"
)

// answerMargin is how long before its deadline a function stops waiting, so
// that it can still say that it took too long.
const answerMargin = 500 * time.Millisecond

// ServeAPI runs one SCIM operation behind API Gateway.
func ServeAPI(operation func(api.Dependencies) http.Handler) {
	env := mustLoad(tenantCredentials)
	handler := operation(api.Dependencies{
		Roles:          env.Store,
		PermissionSets: env.Store,
		Users:          env.Store,
		Grants:         env.Store,
		CursorKeys:     env.Store,
		AuditRecords:   env.Store,
		Throttle:       throttle.New(env.Store, time.Now, env.Log),
		NewID:          newID,
		Log:            env.Log,
		Refused:        logRefusals(env.Log),
	})
	lambda.Start(proxy(handler, env.observer))
}

// newID makes the id of a resource whose creator chose none. Its beginning is random,
// too, by which the store counts users.
func newID() string {
	var id [16]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}

// proxy answers API Gateway events with handler.
func proxy(handler http.Handler, o *observer) func(context.Context, events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	adapter := httpadapter.New(identify(handler))
	return func(ctx context.Context, event events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
		ctx, i := o.begin(ctx)
		if deadline, ok := ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline.Add(-answerMargin))
			defer cancel()
		}
		event.Path = pathFromRoot(event.Path)
		event.Headers = withoutForged(event.Headers)
		event.MultiValueHeaders = withoutForged(event.MultiValueHeaders)
		tenant, _ := event.RequestContext.Authorizer[contextTenant].(string)
		var response events.APIGatewayProxyResponse
		err := checkIsolation(ctx, tenant)
		if err == nil {
			response, err = adapter.ProxyWithContext(ctx, event)
		}
		limits, _ := event.RequestContext.Authorizer[contextLimits].(string)
		i.end(ctx, outcome{
			status: response.StatusCode, err: err, tenant: tenant,
			attributes: []any{"gatewayRequestId", event.RequestContext.RequestID, "method", event.HTTPMethod, "resource", event.Resource},
			sets:       [][]metric.Dimension{{}, i.byOperation(), byTenantClass(tenantClass(tenant, limitsOf(limits)))},
		})
		return response, err
	}
}

// identify hands on who calls, as the authorizer found. It reads API Gateway's
// context from where only the adapter can have put it: the adapter's headers
// could be a client's.
func identify(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gateway, _ := core.GetAPIGatewayContextFromContext(r.Context())
		request := api.Request{
			RequestID: gateway.RequestID,
			Address:   gateway.Identity.SourceIP,
			BaseURL:   baseURL(gateway, r.Header.Get("X-Forwarded-Proto")),
		}
		// The zero tenant of an unknown caller is refused by every operation.
		name, _ := gateway.Authorizer[contextTenant].(string)
		if t, err := tenant.ParseID(name); err == nil {
			principal, _ := gateway.Authorizer["principalId"].(string)
			tokenID, _ := gateway.Authorizer[contextTokenID].(string)
			limits, _ := gateway.Authorizer[contextLimits].(string)
			request.Caller = auth.Caller{Tenant: t, Principal: principal, TokenID: tokenID, Limits: limitsOf(limits)}
			if roles, external := gateway.Authorizer[contextRoles].(string); external {
				request.Caller.External, request.Caller.Roles = true, strings.Fields(roles)
			}
		}
		ctx := tenantaccess.WithTenant(r.Context(), request.Caller.Tenant)
		handler.ServeHTTP(w, r.WithContext(api.WithRequest(ctx, request)))
	})
}

// limitsOf reads a tenant's limits. Without any that are valid, the default holds.
func limitsOf(s string) tenant.Limits {
	limits, err := tenant.ParseLimits(s)
	if err != nil {
		return tenant.DefaultLimits
	}
	return limits
}

// pathRoot is what every path of the API begins with, behind the stage or the
// base path.
const pathRoot = "/scim/"

// pathFromRoot takes off the base path of a custom domain, and escapes the path
// anew: API Gateway may hand on one that is not a valid URL path.
func pathFromRoot(path string) string {
	if i := strings.Index(path, pathRoot); i >= 0 {
		path = path[i:]
	}
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if unescaped, err := url.PathUnescape(segment); err == nil {
			segment = unescaped
		}
		segments[i] = url.PathEscape(segment)
	}
	return strings.Join(segments, "/")
}

// baseURL is the absolute URL up to the path's root, with the stage or the base
// path that the client used.
func baseURL(gateway events.APIGatewayProxyRequestContext, scheme string) string {
	if scheme != "http" {
		scheme = "https"
	}
	prefix, _, _ := strings.Cut(gateway.Path, pathRoot)
	return scheme + "://" + gateway.DomainName + prefix
}

// withoutForged leaves out the headers in which the adapter's callers would
// look for API Gateway's context.
func withoutForged[V any](headers map[string]V) map[string]V {
	for name := range headers {
		if strings.HasPrefix(strings.ToLower(name), "x-golambdaproxy-") {
			delete(headers, name)
		}
	}
	return headers
}
