package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rolecall/rolecall/infra/local/seed"
	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// raiseLimits lets the seeded tenants make as many requests as a load takes. It
// comes before their first request: the gateway remembers limits for a while.
func raiseLimits(ctx context.Context, s *stack.Stack) error {
	store := dynamo.New(s.Client(), s.Template().Tables[0].Name, time.Now)
	for _, token := range seed.Tokens() {
		t, err := tenant.ParseID(token.Tenant)
		if err != nil {
			return err
		}
		if _, err := store.Configure(ctx, t, audit.Actor{Principal: "bench"}, func(c tenant.Configuration) (tenant.Configuration, error) {
			c.Limits = tenant.Limits{Requests: tenant.MaxRequests, Window: tenant.DefaultLimits.Window}
			return c, nil
		}); err != nil {
			return fmt.Errorf("limits of %s: %w", t, err)
		}
	}
	return nil
}
