package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// Dependencies are what the operations work on.
type Dependencies struct {
	Roles          role.Store
	PermissionSets permission.Store
	Users          user.Store
	Grants         auth.GrantStore
	NewID          func() string // a code that no resource has
	CursorKeys     tenant.CursorKeyStore
	AuditRecords   tenant.AuditStore
	Throttle       Throttle         // nil lets every request through
	Now            func() time.Time // time.Now if nil
	Log            *slog.Logger     // of failures; slog.Default() if nil
	// Refused is told of each call that is refused. It may be nil.
	Refused func(context.Context, Refusal)
}

// operation is an http.Handler for one method at one endpoint. What a client
// sees comes from the response or the error that run returns, so that exactly
// one status is written.
type operation struct {
	method   string
	endpoint *endpoint
	log      *slog.Logger
	throttle Throttle                       // nil for none
	refused  func(context.Context, Refusal) // may be nil
	run      func(context.Context, *call) (*response, error)
}

func (d Dependencies) handler(method string, e *endpoint, run func(context.Context, *call) (*response, error)) http.Handler {
	return &operation{method, e, d.logger(), d.Throttle, d.Refused, run}
}

func (d Dependencies) logger() *slog.Logger {
	if d.Log == nil {
		return slog.Default()
	}
	return d.Log
}

// response is a successful answer.
type response struct {
	status          int
	version         int64  // becomes the ETag; 0 for none
	location        string // becomes Location; empty for none
	contentLocation string // becomes Content-Location; empty for none
	body            any    // nil for none
	list            bool   // body is a list of resources
}

// encoded is an answer that can no longer fail.
type encoded struct {
	response
	body   []byte
	header http.Header // beside the usual
}

func (o *operation) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{http: r, surface: standardSurface, endpoint: o.endpoint}
	answer, err := o.answer(r.Context(), c)
	if err != nil {
		answer = o.encodeError(r.Context(), c, err)
	}
	if c.me {
		answer.location = c.location(userEndpoint, c.id) // RFC 7644 section 3.11, of any answer
	}
	write(w, answer)
}

// answer runs the operation. A panic becomes an error.
func (o *operation) answer(ctx context.Context, c *call) (answer encoded, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: debug.Stack()}
		}
	}()
	if err := o.accept(ctx, c); err != nil {
		return encoded{}, err
	}
	response, err := o.run(ctx, c)
	if err != nil {
		return encoded{}, err
	}
	if answer, err = encode(response, c.projection); err != nil || !response.list {
		return answer, err
	}
	return c.tagList(answer)
}

// accept checks what is the same for all operations, and fills c.
func (o *operation) accept(ctx context.Context, c *call) error {
	route, found := parsePath(c.http.URL)
	if err := c.admit(ctx, route); err != nil {
		return err
	}
	if err := o.throttled(ctx, c); err != nil {
		return err
	}
	if o.endpoint.item && route.id == searchSegment {
		return c.refuseSearch(route)
	}
	c.me = o.endpoint == userEndpoint && meEndpoint.isAt(route)
	if !found || !o.endpoint.isAt(route) && !c.me {
		return errNoEndpoint
	}
	if c.http.Method != o.method {
		return errMethod
	}
	if o.endpoint.item && !o.endpoint.discovery && !c.me && resource.CheckCode("id", route.id) != nil {
		return resource.ErrNotFound // what no resource can be called, none is called
	}
	c.id = route.id
	if c.me {
		if c.id, c.me = auth.UserOf(c.Caller.Principal); !c.me {
			return errNoMe
		}
	}
	return c.acceptHeaders()
}

// admit finds out who calls, and from where. It refuses callers without a
// token and the paths of other tenants, before anything is told of what is
// there.
func (c *call) admit(ctx context.Context, route route) error {
	c.surface, c.base = route.surface, route.base
	request, ok := ctx.Value(requestKey{}).(Request)
	c.Request = request
	if c.surface == standardSurface && request.fromManagement() {
		c.surface = managementSurface
	}
	if c.endpoint.open {
		return route.checkTenant()
	}
	if !ok || request.Caller.Tenant.IsZero() || request.Caller.Principal == "" {
		return errNoCaller
	}
	if c.surface == tenantSurface && route.tenant != request.Caller.Tenant.String() {
		return errOtherTenant
	}
	return nil
}

// acceptHeaders checks headers and query parameters that mean the same
// everywhere.
func (c *call) acceptHeaders() (err error) {
	header := c.http.Header
	if err := scim.CheckAccept(header["Accept"]); err != nil {
		return err
	}
	if c.tags.ifMatch, err = scim.ParseETags("If-Match", header["If-Match"]); err != nil {
		return err
	}
	if c.tags.ifNoneMatch, err = scim.ParseETags("If-None-Match", header["If-None-Match"]); err != nil {
		return err
	}
	if c.query, err = url.ParseQuery(c.http.URL.RawQuery); err != nil {
		return scim.Errorf(http.StatusBadRequest, scim.InvalidValue, "The query string cannot be read: percent-encode its values.").WithCode(scim.CodeBadFormat)
	}
	if c.endpoint.discovery {
		return checkDiscoveryQuery(c.query)
	}
	if err := checkAPIVersion(c.query); err != nil {
		return err
	}
	c.projection, err = scim.ParseProjection(c.query["attributes"], c.query["excludedAttributes"], c.endpoint.types...)
	return err
}

// encode buffers the body, so that what cannot be encoded can still become a
// 500.
func encode(r *response, projection *scim.Projection) (encoded, error) {
	answer := encoded{response: *r}
	if r.body == nil {
		return answer, nil
	}
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r.body); err != nil {
		return encoded{}, fmt.Errorf("encode response: %w", err)
	}
	answer.body = bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
	return answer, answer.project(projection)
}

// project leaves out what the client is not to be sent.
func (e *encoded) project(projection *scim.Projection) (err error) {
	switch {
	case projection == nil:
	case e.list:
		e.body, err = projection.List(e.body)
	default:
		e.body, err = projection.Resource(e.body)
	}
	return err
}

// encodeError logs what is the service's fault and hides it from the client.
func (o *operation) encodeError(ctx context.Context, c *call, err error) encoded {
	message, header := errorMessage(c, err)
	if message.Status >= http.StatusInternalServerError && message.Status != http.StatusNotImplemented {
		o.logFailure(ctx, c, err, message.Status)
	}
	o.tellRefusal(ctx, c, err, message.Status)
	answer, err := encode(&response{status: message.Status, body: message}, nil)
	if err != nil {
		o.logFailure(ctx, c, err, http.StatusInternalServerError)
		answer = encoded{response: response{status: http.StatusInternalServerError}}
	}
	answer.header = header
	return answer
}

func (o *operation) logFailure(ctx context.Context, c *call, err error, status int) {
	attributes := []any{"error", err.Error(), "status", status, "gatewayRequestId", c.RequestID,
		"tenant", c.Caller.Tenant.String(), "method", c.http.Method, "endpoint", c.endpoint.segment}
	if p, ok := err.(*panicError); ok {
		attributes = append(attributes, "stack", string(p.stack))
	}
	o.log.ErrorContext(ctx, "request failed", attributes...)
}

func write(w http.ResponseWriter, answer encoded) {
	header := w.Header()
	for name, values := range answer.header {
		header[name] = values
	}
	set(header, "Location", answer.location)
	set(header, "Content-Location", answer.contentLocation)
	if answer.version > 0 {
		header["Etag"] = []string{scim.FormatETag(answer.version)}
	}
	if answer.body != nil {
		header["Content-Type"] = []string{scim.MediaType}
	}
	w.WriteHeader(answer.status)
	if answer.body != nil {
		_, _ = w.Write(answer.body) // nobody is left to be told
	}
}

func set(header http.Header, name, value string) {
	if value != "" {
		header[name] = []string{value}
	}
}

// panicError is a recovered panic.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }
