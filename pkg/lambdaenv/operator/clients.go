package operator

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/lambdaenv"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ClientsRequest is the event by which an operator registers, lists, rotates or
// removes the clients of a tenant, which get tokens with their credentials
// (RFC 6749 section 4.4).
type ClientsRequest struct {
	Tenant    string   `json:"tenant"`
	Action    string   `json:"action"`
	Name      string   `json:"name,omitempty"`      // register: what operators know it by
	Principal string   `json:"principal,omitempty"` // register: who its tokens stand for
	Roles     []string `json:"roles,omitempty"`     // register: what a new principal holds
	Client    string   `json:"client,omitempty"`    // rotate, remove: its id
}

// RegisteredClient is a client with a new secret, which is shown only here.
type RegisteredClient struct {
	Tenant    string `json:"tenant"`
	Client    string `json:"client"` // client_id
	Name      string `json:"name"`
	Principal string `json:"principal"`
	Secret    string `json:"secret"`  // client_secret
	Secrets   int    `json:"secrets"` // that are good now
}

// ClientList lists the clients of a tenant, without their secrets.
type ClientList struct {
	Tenant  string   `json:"tenant"`
	Clients []Client `json:"clients"`
}

// Client is a client without its secrets.
type Client struct {
	Client    string      `json:"client"`
	Name      string      `json:"name"`
	Principal string      `json:"principal"`
	Created   time.Time   `json:"created"`
	Secrets   []time.Time `json:"secrets"` // when each was made, newest first
}

// ServeClients runs the function that manages clients.
func ServeClients() {
	env := lambdaenv.MustLoad()
	serve(env, clients{env.Store, env.Log, time.Now}.handle)
}

type clients struct {
	store interface {
		auth.ClientStore
		tenant.ConfigurationStore
	}
	log *slog.Logger
	now func() time.Time
}

func (k clients) handle(ctx context.Context, request ClientsRequest) (any, error) {
	return manage(ctx, k.store, request.Tenant, request.Action, "client "+request.Client,
		action{"register", func(ctx context.Context, t tenant.ID) (any, error) { return k.register(ctx, t, request) }},
		action{"list", k.list},
		action{"rotate", func(ctx context.Context, t tenant.ID) (any, error) { return k.rotate(ctx, t, request) }},
		action{"remove", func(ctx context.Context, t tenant.ID) (any, error) { return k.remove(ctx, t, request) }},
	)
}

func (k clients) register(ctx context.Context, t tenant.ID, request ClientsRequest) (any, error) {
	if err := errors.Join(auth.CheckClientName(request.Name), auth.CheckPrincipal(request.Principal)); err != nil {
		return nil, err
	}
	secret, c := auth.NewClient(t, request.Name, request.Principal, k.now().UTC())
	if err := k.store.CreateClient(ctx, actor(ctx), c, request.Roles); err != nil {
		return nil, err
	}
	k.log.InfoContext(ctx, "client registered", "tenant", t.String(), "client", c.ID, "principal", c.Principal)
	return registered(c, secret), nil
}

func (k clients) list(ctx context.Context, t tenant.ID) (any, error) {
	clients, err := k.store.Clients(ctx, t)
	if err != nil {
		return nil, err
	}
	list := ClientList{Tenant: t.String(), Clients: []Client{}}
	for _, c := range clients {
		list.Clients = append(list.Clients, clientOf(c))
	}
	return list, nil
}

func (k clients) rotate(ctx context.Context, t tenant.ID, request ClientsRequest) (any, error) {
	if request.Client == "" {
		return nil, errors.New("say in client which one gets a new secret, by its id")
	}
	var secret string
	c, err := k.store.UpdateClient(ctx, actor(ctx), t, request.Client, func(c auth.Client) (auth.Client, error) {
		secret = c.AddSecret(k.now().UTC())
		return c, nil
	})
	if err != nil {
		return nil, err
	}
	k.log.InfoContext(ctx, "client's secret rotated", "tenant", t.String(), "client", c.ID)
	return registered(c, secret), nil
}

func (k clients) remove(ctx context.Context, t tenant.ID, request ClientsRequest) (any, error) {
	if request.Client == "" {
		return nil, errors.New("say in client which one to remove, by its id")
	}
	if err := k.store.DeleteClient(ctx, actor(ctx), t, request.Client); err != nil {
		return nil, err
	}
	k.log.InfoContext(ctx, "client removed", "tenant", t.String(), "client", request.Client)
	return Done{Tenant: t.String(), Removed: request.Client}, nil
}

func registered(c auth.Client, secret string) RegisteredClient {
	return RegisteredClient{c.Tenant.String(), c.ID, c.Name, c.Principal, secret, len(c.Secrets)}
}

func clientOf(c auth.Client) Client {
	shown := Client{Client: c.ID, Name: c.Name, Principal: c.Principal, Created: c.Created, Secrets: []time.Time{}}
	for _, secret := range c.Secrets {
		shown.Secrets = append(shown.Secrets, secret.Created)
	}
	return shown
}
