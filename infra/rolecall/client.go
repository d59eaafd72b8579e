package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rolecall/rolecall/pkg/lambdaenv/operator"
)

const manageClients = "manage-clients"

func (s *session) clientCommand() *cobra.Command {
	return group("client", "Register, list, rotate and remove clients that get tokens with their credentials", "client list acme",
		s.clientRegister(), s.clientList(), s.clientRotate(), s.clientRemove())
}

func (s *session) clientRegister() *cobra.Command {
	request := operator.ClientsRequest{Action: "register"}
	var c *cobra.Command
	c = verb{
		use:  "register TENANT",
		does: "Register a client of a principal, and show its secret once",
		traffic: "none is touched. A principal that is new has to be given roles; one that is there\n" +
			"keeps its own.",
		example: `client register acme --name "HR system" --principal hr --role RL_AUDITV`,
		do: func(ctx context.Context, arguments []string) error {
			if request.Name == "" || request.Principal == "" {
				return &usageError{c, "say with --name what the client is called, and with --principal who its tokens stand for"}
			}
			request.Tenant = arguments[0]
			return s.showClient(ctx, request)
		},
	}.command()
	c.Flags().StringVar(&request.Name, "name", "", "`NAME` that operators know the client by")
	c.Flags().StringVar(&request.Principal, "principal", "", "`ID` of whom the client's tokens stand for")
	c.Flags().StringSliceVar(&request.Roles, "role", nil, "`ROLE` that a new principal holds; may be given again")
	return c
}

func (s *session) clientRotate() *cobra.Command {
	return verb{
		use:  "rotate TENANT CLIENT",
		does: "Give a client a new secret, and show it once",
		traffic: "the newest two secrets are good, so that the client can change over. One that had\n" +
			"two before loses the older at once.",
		example: "client rotate acme acme.0123456789abcdef",
		do: func(ctx context.Context, arguments []string) error {
			return s.showClient(ctx, operator.ClientsRequest{Tenant: arguments[0], Action: "rotate", Client: arguments[1]})
		},
	}.command()
}

func (s *session) showClient(ctx context.Context, request operator.ClientsRequest) error {
	var answer operator.RegisteredClient
	return s.ask(ctx, manageClients, request, &answer, func() {
		s.secret(fmt.Sprintf("Client %s (%s) of %s in %s has %s; this is the newest.",
			answer.Client, answer.Name, answer.Principal, answer.Tenant, counted(answer.Secrets, "secret")), answer.Secret)
	})
}

func (s *session) clientList() *cobra.Command {
	return verb{
		use:     "list TENANT",
		does:    "List the clients of a tenant, without their secrets",
		traffic: "none is touched.",
		example: "client list acme",
		do: func(ctx context.Context, arguments []string) error {
			var answer operator.ClientList
			return s.ask(ctx, manageClients, operator.ClientsRequest{Tenant: arguments[0], Action: "list"}, &answer, func() {
				rows := [][]string{{"CLIENT", "NAME", "PRINCIPAL", "CREATED", "SECRETS", "NEWEST SECRET"}}
				for _, c := range answer.Clients {
					newest := "-"
					if len(c.Secrets) > 0 {
						newest = at(c.Secrets[0])
					}
					rows = append(rows, []string{c.Client, c.Name, c.Principal, at(c.Created), fmt.Sprint(len(c.Secrets)), newest})
				}
				s.table(rows)
			})
		},
	}.command()
}

func (s *session) clientRemove() *cobra.Command {
	return verb{
		use:     "remove TENANT CLIENT",
		does:    "Remove a client",
		traffic: "it gets no more tokens, and those that it got are refused, at most 60 seconds later.",
		example: "client remove acme acme.0123456789abcdef",
		do: func(ctx context.Context, arguments []string) error {
			request := operator.ClientsRequest{Tenant: arguments[0], Action: "remove", Client: arguments[1]}
			return s.ask(ctx, manageClients, request, &operator.Done{}, func() { s.say("Client %s of %s is removed.", arguments[1], arguments[0]) })
		},
	}.command()
}
