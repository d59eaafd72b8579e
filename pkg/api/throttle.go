package api

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/rolecall/rolecall/pkg/scim"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Throttle keeps tenants to their limits.
type Throttle interface {
	// Allow reports whether a tenant may make one more request now, and counts it.
	// If not, it returns how long the tenant has to wait. Zero limits stand for
	// the default.
	Allow(ctx context.Context, t tenant.ID, limits tenant.Limits) (retryAfter time.Duration, ok bool)
}

// throttled returns a *throttledError if the caller's tenant is over its limits.
// Whatever answers without asking who calls counts for nobody.
func (o *operation) throttled(ctx context.Context, c *call) error {
	if o.throttle == nil || o.endpoint.open {
		return nil
	}
	if retryAfter, ok := o.throttle.Allow(ctx, c.tenant(), c.Caller.Limits); !ok {
		return &throttledError{c.Caller.Limits.OrDefault(), retryAfter}
	}
	return nil
}

// throttledError says that a tenant has made as many requests as it may.
type throttledError struct {
	limits     tenant.Limits
	retryAfter time.Duration
}

func (e *throttledError) Error() string {
	return fmt.Sprintf("over the limits of %s, for %s more", e.limits, e.retryAfter)
}

// message returns the answer, with the header that RFC 6585 section 4 has for it.
func (e *throttledError) message() (*scim.Error, http.Header) {
	message := scim.Errorf(http.StatusTooManyRequests, "", "Too many requests: this tenant may make %s in %s. Wait for the time in Retry-After and try again.",
		plural(e.limits.Requests, "request"), plural(int(e.limits.Window/time.Second), "second"))
	seconds := max(1, int(math.Ceil(e.retryAfter.Seconds())))
	return message, http.Header{"Retry-After": {strconv.Itoa(seconds)}}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
