package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// tokenUse is for how long a client uses a token.
const tokenUse = 3 * time.Second

// tenantRun is a tenant and what its clients did.
type tenantRun struct {
	name    string
	id      tenant.ID
	other   *tenantRun
	viewer  string // token of one who may only read
	ledger  *ledger
	clients []*client
}

func (r *run) store() *dynamo.Store {
	return dynamo.New(r.stack.Client(), r.stack.Template().Tables[0].Name, time.Now)
}

// setUp makes the tenants and their clients, while nothing goes wrong.
func (r *run) setUp(ctx context.Context) error {
	for n := range r.options.tenants {
		t, err := r.newTenant(ctx, n)
		if err != nil {
			return err
		}
		r.tenants = append(r.tenants, t)
	}
	for n, t := range r.tenants {
		t.other = r.tenants[(n+1)%len(r.tenants)]
	}
	first := r.tenants[0]
	var err error
	r.probe = &probe{client: r.newClient(first, probeName, 0)}
	r.probe.tokens, err = r.newTokens(ctx, first, probeName, "RL_SADMIN", 1)
	return err
}

func (r *run) newTenant(ctx context.Context, n int) (*tenantRun, error) {
	name := fmt.Sprint("chaos-", n+1)
	t := &tenantRun{name: name, ledger: newLedger()}
	var err error
	if t.id, err = tenant.ParseID(name); err != nil {
		return nil, err
	}
	if err := r.invoke(ctx, "onboard-tenant", fmt.Sprintf(`{"tenant":%q}`, name), nil); err != nil {
		return nil, err
	}
	if _, err := r.store().Configure(ctx, t.id, audit.Actor{Principal: auth.OperatorPrincipal}, func(c tenant.Configuration) (tenant.Configuration, error) {
		c.Limits = tenant.Limits{Requests: tenant.MaxRequests, Window: tenant.DefaultLimits.Window}
		return c, nil
	}); err != nil {
		return nil, fmt.Errorf("limits of %s: %w", name, err)
	}
	viewer, err := r.newTokens(ctx, t, "viewer", "RL_AUDITV", 1)
	if err != nil {
		return nil, err
	}
	t.viewer = viewer[0]
	for i := range r.options.clients {
		c := r.newClient(t, fmt.Sprintf("t%dc%d", n+1, i+1), uint64(1000*n+i))
		if c.tokens, err = r.newTokens(ctx, t, c.name, "RL_SADMIN", int(r.duration/tokenUse)+2); err != nil {
			return nil, err
		}
		t.clients = append(t.clients, c)
	}
	return t, nil
}

func (r *run) newClient(t *tenantRun, name string, number uint64) *client {
	return &client{run: r, tenant: t, name: name, dice: rand.New(rand.NewPCG(r.seed, 100+number)), model: newModel(), seen: map[string]sighting{}}
}

// newTokens makes tokens of a principal that holds the role.
func (r *run) newTokens(ctx context.Context, t *tenantRun, principal, role string, n int) ([]string, error) {
	store := r.store()
	var secrets []string
	for i := range n {
		secret := fmt.Sprintf("%s-%s-%d", t.name, principal, i)
		_, token := auth.NewToken(t.id, principal, time.Now(), 24*time.Hour)
		if err := store.CreateToken(ctx, audit.Actor{Principal: auth.OperatorPrincipal}, auth.Principal{ID: principal, Roles: []string{role}}, token, auth.HashToken(secret)); err != nil {
			return nil, fmt.Errorf("token of %s: %w", principal, err)
		}
		secrets = append(secrets, secret)
	}
	return secrets, nil
}

// invoke runs a function of operators and reads its answer into v, which may be nil.
func (r *run) invoke(ctx context.Context, folder, event string, v any) error {
	result, err := r.stack.Invoke(ctx, folder, []byte(event))
	if err != nil {
		return fmt.Errorf("invoke %s: %w", folder, err)
	}
	if result.FunctionError != "" {
		return fmt.Errorf("%s failed: %s", folder, result.Payload)
	}
	if v == nil {
		return nil
	}
	return json.Unmarshal(result.Payload, v)
}
