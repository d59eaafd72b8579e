package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rolecall/rolecall/pkg/lambdaenv/operator"
)

const manageTokens = "manage-tokens"

func (s *session) tokenCommand() *cobra.Command {
	return group("token", "Issue, list, rotate and revoke opaque tokens", "token list acme",
		s.tokenIssue(), s.tokenList(), s.tokenRotate(), s.tokenRevoke())
}

func (s *session) tokenIssue() *cobra.Command {
	request := operator.TokensRequest{Action: "issue"}
	var c *cobra.Command
	c = verb{
		use:  "issue TENANT",
		does: "Give a principal a token, and show it once",
		traffic: "none is touched. A principal has two tokens at most. One that is new has to be\n" +
			"given roles; one that is there keeps its own. A user is a principal, too: its token can\n" +
			"do what the user's roles allow at each moment, and nothing while the user is not active.",
		example: "token issue acme --principal hr-sync --role RL_AUDITV --days 30\ntoken issue acme --user alice@acme.example",
		do: func(ctx context.Context, arguments []string) error {
			if (request.Principal == "") == (request.User == "") {
				return &usageError{c, "say either with --principal or with --user whose token it is"}
			}
			if request.User != "" && len(request.Roles) > 0 {
				return &usageError{c, "--user and --role exclude each other: users are given roles by the SCIM API"}
			}
			request.Tenant, request.Days = arguments[0], changed(c, "days")
			return s.issueToken(ctx, request)
		},
	}.command()
	c.Flags().StringVar(&request.Principal, "principal", "", "`ID` of who is to bear the token")
	c.Flags().StringVar(&request.User, "user", "", "`NAME` (userName) of the user who is to bear the token, in place of --principal")
	c.Flags().StringSliceVar(&request.Roles, "role", nil, "`ROLE` that a new principal holds; may be given again")
	c.Flags().Int("days", 90, "how many `DAYS` the token is good for, 1 to 366")
	return c
}

func (s *session) tokenRotate() *cobra.Command {
	request := operator.TokensRequest{Action: "rotate"}
	var c *cobra.Command
	c = verb{
		use:  "rotate TENANT TOKEN",
		does: "Put a new token in the place of another, and show it once",
		traffic: "both tokens are good until the overlap ends, so that clients can change over.\n" +
			"Then the old one is refused, at most 60 seconds later.",
		example: "token rotate acme fba14f073d922f36 --overlap-hours 48",
		do: func(ctx context.Context, arguments []string) error {
			request.Tenant, request.Token = arguments[0], arguments[1]
			request.Days, request.OverlapHours = changed(c, "days"), changed(c, "overlap-hours")
			return s.issueToken(ctx, request)
		},
	}.command()
	c.Flags().Int("overlap-hours", 24, "how many `HOURS` the old token stays good, 0 to 168")
	c.Flags().Int("days", 90, "how many `DAYS` the new token is good for, 1 to 366")
	return c
}

// changed returns a number that was given; nil leaves the choice to the function.
func changed(c *cobra.Command, flag string) *int {
	if !c.Flags().Changed(flag) {
		return nil
	}
	n, _ := c.Flags().GetInt(flag) // it is one
	return &n
}

func (s *session) issueToken(ctx context.Context, request operator.TokensRequest) error {
	var answer operator.IssuedToken
	return s.ask(ctx, manageTokens, request, &answer, func() { s.showToken(answer) })
}

func (s *session) showToken(issued operator.IssuedToken) {
	s.secret(fmt.Sprintf("Token %s of %s in %s is good until %s.", issued.TokenID, issued.Principal, issued.Tenant, at(issued.Expires)), issued.Token)
	if issued.Replaced != "" {
		s.say("Token %s, which it replaces, is good until %s.", issued.Replaced, at(issued.Until))
	}
}

func (s *session) tokenList() *cobra.Command {
	return verb{
		use:     "list TENANT",
		does:    "List the tokens of a tenant that have not expired, without their secrets",
		traffic: "none is touched.",
		example: "token list acme",
		do: func(ctx context.Context, arguments []string) error {
			var answer operator.TokenList
			return s.ask(ctx, manageTokens, operator.TokensRequest{Tenant: arguments[0], Action: "list"}, &answer, func() {
				rows := [][]string{{"TOKEN", "PRINCIPAL", "CREATED", "EXPIRES", "LAST USED"}}
				for _, t := range answer.Tokens {
					rows = append(rows, []string{t.TokenID, t.Principal, at(t.Created), at(t.Expires), orDash(t.LastUsed)})
				}
				s.table(rows)
			})
		},
	}.command()
}

func (s *session) tokenRevoke() *cobra.Command {
	return verb{
		use:  "revoke TENANT TOKEN",
		does: "Revoke a token",
		traffic: "whoever bears the token is refused, at most 60 seconds later. Tokens that a client\n" +
			"got are not revoked one by one: removing the client refuses them all.",
		example: "token revoke acme fba14f073d922f36",
		do: func(ctx context.Context, arguments []string) error {
			request := operator.TokensRequest{Tenant: arguments[0], Action: "revoke", Token: arguments[1]}
			return s.ask(ctx, manageTokens, request, &operator.Done{}, func() { s.say("Token %s of %s is revoked.", arguments[1], arguments[0]) })
		},
	}.command()
}
