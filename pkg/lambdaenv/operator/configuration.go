package operator

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ConfigureRequest is the event by which an operator changes a tenant's
// configuration. What is left out stays as it is.
type ConfigureRequest struct {
	Tenant                  string  `json:"tenant"`
	ConfiguredPermissionSet string  `json:"configuredPermissionSet,omitempty"`
	Limits                  string  `json:"limits,omitempty"` // requests and seconds: 1000/100s
	Suspended               *bool   `json:"suspended,omitempty"`
	Issuer                  *Issuer `json:"issuer,omitempty"`
	RemoveIssuer            bool    `json:"removeIssuer,omitempty"`
}

// Configuration is a tenant's configuration as operators see it.
type Configuration struct {
	Tenant                  string       `json:"tenant"`
	State                   tenant.State `json:"state"`
	ConfiguredPermissionSet string       `json:"configuredPermissionSet"`
	Limits                  string       `json:"limits"`
	Issuer                  *Issuer      `json:"issuer,omitempty"`
	Created                 time.Time    `json:"created"`
	InactiveSince           time.Time    `json:"inactiveSince,omitzero"`
}

// Issuer is a tenant.Issuer in JSON.
type Issuer struct {
	URL            string              `json:"url"`
	Audience       string              `json:"audience"`
	Algorithms     []string            `json:"algorithms,omitempty"`
	KeysURL        string              `json:"keysUrl,omitempty"`
	PrincipalClaim string              `json:"principalClaim,omitempty"`
	RolesClaim     string              `json:"rolesClaim,omitempty"`
	Roles          map[string][]string `json:"roles,omitempty"`
}

var errNothingToConfigure = errors.New(
	`say what to change: configuredPermissionSet, limits ("1000/100s"), suspended (true or false), issuer, or removeIssuer (true)`)

// ServeConfiguration runs the function that changes configurations.
func ServeConfiguration() {
	env := lambdaenv.MustLoad()
	serve(env, configuring{env.Store, env.Log}.handle)
}

type configuring struct {
	store tenant.ConfigurationStore
	log   *slog.Logger
}

func (c configuring) handle(ctx context.Context, request ConfigureRequest) (Configuration, error) {
	t, err := tenant.ParseID(request.Tenant)
	if err != nil {
		return Configuration{}, err
	}
	change, err := changeOf(request)
	if err != nil {
		return Configuration{}, explain(t, err)
	}
	configuration, err := c.store.Configure(ctx, t, actor(ctx), change)
	switch {
	case errors.Is(err, resource.ErrNotFound):
		return Configuration{}, fmt.Errorf("tenant %s has no permission set %s: create it first", t, request.ConfiguredPermissionSet)
	case errors.Is(err, tenant.ErrIssuerTaken):
		return Configuration{}, fmt.Errorf("another tenant has the issuer %s with the audience %s: tokens would not tell whose they are", request.Issuer.URL, request.Issuer.Audience)
	case err != nil:
		return Configuration{}, explain(t, fmt.Errorf("configure tenant %s: %w", t, err))
	}
	c.log.InfoContext(ctx, "tenant configured", "tenant", t.String(), "state", string(configuration.State),
		"configuredPermissionSet", configuration.ConfiguredPermissionSet, "limits", configuration.Limits.String(), "issuer", configuration.Issuer != nil)
	return configurationOf(t, configuration), nil
}

// changeOf checks a request, and returns the change that it asks for.
func changeOf(request ConfigureRequest) (func(tenant.Configuration) (tenant.Configuration, error), error) {
	set := request.ConfiguredPermissionSet
	if set == "" && request.Limits == "" && request.Suspended == nil && request.Issuer == nil && !request.RemoveIssuer {
		return nil, errNothingToConfigure
	}
	if set != "" {
		if err := resource.CheckCode("configuredPermissionSet", set); err != nil {
			return nil, err
		}
	}
	var limits tenant.Limits
	if request.Limits != "" {
		var err error
		if limits, err = tenant.ParseLimits(request.Limits); err != nil {
			return nil, err
		}
	}
	if request.Issuer != nil {
		if request.RemoveIssuer {
			return nil, errors.New("issuer and removeIssuer exclude each other")
		}
		if err := (*tenant.Issuer)(request.Issuer).Validate(); err != nil {
			return nil, err
		}
	}
	return func(c tenant.Configuration) (tenant.Configuration, error) {
		if c.State == tenant.Deleting {
			return c, tenant.ErrDeleting
		}
		if set != "" {
			c.ConfiguredPermissionSet = set
		}
		if request.Limits != "" {
			c.Limits = limits
		}
		if request.Suspended != nil {
			c.State = map[bool]tenant.State{true: tenant.Suspended, false: tenant.Active}[*request.Suspended]
		}
		if request.Issuer != nil || request.RemoveIssuer {
			c.Issuer = (*tenant.Issuer)(request.Issuer)
		}
		return c, nil
	}, nil
}

func configurationOf(t tenant.ID, c tenant.Configuration) Configuration {
	return Configuration{
		Tenant: t.String(), State: c.State, ConfiguredPermissionSet: c.ConfiguredPermissionSet, Limits: c.Limits.String(),
		Issuer: (*Issuer)(c.Issuer), Created: c.Created, InactiveSince: c.InactiveSince,
	}
}
