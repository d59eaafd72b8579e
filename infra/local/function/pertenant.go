package function

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// ErrNoTenant is the answer of Lambda to an invocation that names no tenant.
var ErrNoTenant = errors.New("the function keeps its environments apart by tenant, and none is named (InvalidParameterValueException)")

// PerTenant is a function whose environments serve one tenant each, as those of Lambda's
// tenant isolation mode do.
type PerTenant struct {
	settings Settings

	mu      sync.Mutex
	tenants map[string]*Function
	closed  bool
}

// NewPerTenant makes a function; each tenant may have as many environments as the settings say.
func NewPerTenant(s Settings) *PerTenant {
	return &PerTenant{settings: s, tenants: map[string]*Function{}}
}

// Invoke runs the function once for a tenant, as Function.Invoke does.
func (p *PerTenant) Invoke(ctx context.Context, tenant string, payload []byte) (Result, error) {
	f, err := p.of(tenant)
	if err != nil {
		return Result{}, err
	}
	return f.Invoke(ctx, payload)
}

func (p *PerTenant) of(tenant string) (*Function, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, ErrClosed
	case tenant == "":
		return nil, ErrNoTenant
	}
	if p.tenants[tenant] == nil {
		s := p.settings
		s.tenant = tenant
		p.tenants[tenant] = New(s)
	}
	return p.tenants[tenant], nil
}

// PIDs of the processes that run now, of all tenants.
func (p *PerTenant) PIDs() []int {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []int
	for _, f := range p.tenants {
		out = append(out, f.PIDs()...)
	}
	slices.Sort(out)
	return out
}

// Close kills every process and waits for their end.
func (p *PerTenant) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	for _, f := range p.tenants {
		f.Close()
	}
}
