package tenantaccess

import (
	"context"

	"github.com/rolecall/rolecall/pkg/tenant"
)

type tenantKey struct{}

// WithTenant returns a context for calls on behalf of a tenant. The tenant must
// be that of an authenticated caller.
func WithTenant(ctx context.Context, t tenant.ID) context.Context {
	return context.WithValue(ctx, tenantKey{}, t)
}

func tenantOf(ctx context.Context) (t tenant.ID, ok bool) {
	t, _ = ctx.Value(tenantKey{}).(tenant.ID)
	return t, !t.IsZero()
}
