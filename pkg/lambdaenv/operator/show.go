package operator

import (
	"context"
	"fmt"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// ShowRequest is the event by which an operator looks at a tenant, or at the list
// of tenants.
type ShowRequest struct {
	Tenant string `json:"tenant,omitempty"`
	Behind string `json:"behind,omitempty"` // the last tenant of the page before
}

// Shown is a tenant's configuration, and how much it has.
type Shown struct {
	Configuration
	Roles          int `json:"roles"`
	PermissionSets int `json:"permissionSets"`
	Users          int `json:"users"`
	Tokens         int `json:"tokens"` // that have not expired
	Clients        int `json:"clients"`
}

// TenantPage is a page of all tenants, in the order of their ids.
type TenantPage struct {
	Tenants []Configuration `json:"tenants"`
	Last    string          `json:"last,omitempty"` // where the page ends
	More    bool            `json:"more"`
}

const tenantsPerPage = 100

// ServeShow runs the function that shows tenants.
func ServeShow() {
	env := lambdaenv.MustLoad()
	serve(env, show{env.Store}.handle)
}

type show struct {
	store interface {
		tenant.ConfigurationStore
		tenant.Directory
		role.Store
		permission.Store
		user.Store
		auth.TokenKeeper
		auth.ClientStore
	}
}

func (s show) handle(ctx context.Context, request ShowRequest) (any, error) {
	if request.Tenant == "" {
		return s.page(ctx, request.Behind)
	}
	t, err := tenant.ParseID(request.Tenant)
	if err != nil {
		return nil, err
	}
	shown, err := s.one(ctx, t)
	if err != nil {
		return nil, explain(t, err)
	}
	return shown, nil
}

func (s show) one(ctx context.Context, t tenant.ID) (Shown, error) {
	configuration, err := s.store.Configuration(ctx, t)
	if err != nil {
		return Shown{}, err
	}
	shown := Shown{Configuration: configurationOf(t, configuration)}
	for _, count := range []struct {
		of   func(context.Context, tenant.ID) (int, error)
		into *int
	}{
		{s.store.CountRoles, &shown.Roles},
		{s.store.CountPermissionSets, &shown.PermissionSets},
		{s.store.CountUsers, &shown.Users},
		{s.store.CountTokens, &shown.Tokens},
		{s.store.CountClients, &shown.Clients},
	} {
		if *count.into, err = count.of(ctx, t); err != nil {
			return Shown{}, err
		}
	}
	return shown, nil
}

func (s show) page(ctx context.Context, behind string) (TenantPage, error) {
	if behind != "" {
		if _, err := tenant.ParseID(behind); err != nil {
			return TenantPage{}, fmt.Errorf("behind: %w", err)
		}
	}
	ids, more, err := s.store.Tenants(ctx, behind, tenantsPerPage)
	if err != nil {
		return TenantPage{}, err
	}
	configurations, err := s.store.Configurations(ctx, ids)
	if err != nil {
		return TenantPage{}, err
	}
	page := TenantPage{Tenants: []Configuration{}, More: more}
	for _, t := range ids {
		page.Last = t.String()
		if c, ok := configurations[t]; ok { // else it has been deleted since it was listed
			page.Tenants = append(page.Tenants, configurationOf(t, c))
		}
	}
	return page, nil
}
