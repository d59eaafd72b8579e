package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/rolecall/rolecall/pkg/lambdaenv/operator"
)

const (
	showTenant      = "show-tenant"
	configureTenant = "configure-tenant"
)

func (s *session) tenantCommand() *cobra.Command {
	return group("tenant", "Create, show, list, configure, suspend, resume, export and delete tenants", "tenant create acme",
		s.tenantCreate(), s.tenantShow(), s.tenantList(), s.tenantConfigure(),
		s.tenantSuspend(), s.tenantResume(), s.tenantExport(), s.tenantDelete())
}

func (s *session) tenantCreate() *cobra.Command {
	return verb{
		use:     "create TENANT",
		does:    "Make a tenant with its built-in roles and permission sets, and show its administrator's token once",
		traffic: "none is touched.",
		example: "tenant create acme",
		do: func(ctx context.Context, arguments []string) error {
			var answer operator.IssuedToken
			return s.ask(ctx, "onboard-tenant", operator.OnboardRequest{Tenant: arguments[0]}, &answer, func() {
				s.say("Tenant %s is there.", answer.Tenant)
				s.showToken(answer)
			})
		},
	}.command()
}

func (s *session) tenantShow() *cobra.Command {
	return verb{
		use:     "show TENANT",
		does:    "Show a tenant's configuration, and how much it has",
		traffic: "none is touched. Counting reads all of the tenant's roles.",
		example: "tenant show acme",
		do: func(ctx context.Context, arguments []string) error {
			var answer operator.Shown
			return s.ask(ctx, showTenant, operator.ShowRequest{Tenant: arguments[0]}, &answer, func() {
				s.configuration(answer.Configuration, [][]string{
					{"Roles", fmt.Sprint(answer.Roles)},
					{"Permission sets", fmt.Sprint(answer.PermissionSets)},
					{"Users", fmt.Sprint(answer.Users)},
					{"Tokens", fmt.Sprint(answer.Tokens)},
					{"Clients", fmt.Sprint(answer.Clients)},
				})
			})
		},
	}.command()
}

// configuration prints a tenant's, and more rows.
func (s *session) configuration(c operator.Configuration, more [][]string) {
	state := string(c.State)
	if !c.InactiveSince.IsZero() {
		state += " since " + at(c.InactiveSince)
	}
	rows := [][]string{
		{"Tenant", c.Tenant}, {"State", state}, {"Configured permission set", c.ConfiguredPermissionSet}, {"Limits", c.Limits}, {"Created", at(c.Created)},
	}
	if c.Issuer != nil {
		issuer, _ := json.Marshal(c.Issuer) // strings only: cannot fail
		rows = append(rows, []string{"Issuer", string(issuer)})
	}
	s.table(append(rows, more...))
}

func (s *session) tenantList() *cobra.Command {
	return verb{
		use:     "list",
		does:    "List all tenants",
		traffic: "none is touched.",
		example: "tenant list",
		do: func(ctx context.Context, _ []string) error {
			rows := [][]string{{"TENANT", "STATE", "CONFIGURED SET", "LIMITS", "CREATED"}}
			for request, more := (operator.ShowRequest{}), true; more; {
				var page operator.TenantPage
				if err := s.ask(ctx, showTenant, request, &page, func() {
					for _, c := range page.Tenants {
						rows = append(rows, []string{c.Tenant, string(c.State), c.ConfiguredPermissionSet, c.Limits, at(c.Created)})
					}
				}); err != nil {
					return err
				}
				request.Behind, more = page.Last, page.More
			}
			if !s.json {
				s.table(rows)
			}
			return nil
		},
	}.command()
}

func (s *session) tenantConfigure() *cobra.Command {
	var request operator.ConfigureRequest
	var issuer string
	var c *cobra.Command
	c = verb{
		use:  "configure TENANT",
		does: "Change which permission set is configured, how many requests are allowed, or whose JWTs are accepted",
		traffic: "limits and issuer hold for new requests, at most 60 seconds later for tokens that were used\n" +
			"before. Roles with updatePermissionSet leave the old set and join the new one through\n" +
			"the stream, within seconds; what clients wrote into either stays.",
		example: "tenant configure acme --limits 1000/100s\ntenant configure acme --permission-set FS_OTHER --issuer issuer.json",
		do: func(ctx context.Context, arguments []string) error {
			if request.ConfiguredPermissionSet == "" && request.Limits == "" && issuer == "" && !request.RemoveIssuer {
				return &usageError{c, "say what to change: --permission-set, --limits, --issuer or --remove-issuer"}
			}
			if issuer != "" && request.RemoveIssuer {
				return &usageError{c, "--issuer and --remove-issuer exclude each other"}
			}
			request.Tenant = arguments[0]
			if issuer != "" {
				var err error
				if request.Issuer, err = s.readIssuer(issuer); err != nil {
					return err
				}
			}
			return s.configure(ctx, request)
		},
	}.command()
	c.Flags().StringVar(&request.ConfiguredPermissionSet, "permission-set", "", "`ID` of the set that roles with updatePermissionSet join")
	c.Flags().StringVar(&request.Limits, "limits", "", "`LIMITS` in requests and seconds, as in 1000/100s")
	c.Flags().StringVar(&issuer, "issuer", "", "JSON `FILE`, or - for the input, with url, audience, and perhaps algorithms,\nkeysUrl, principalClaim, rolesClaim, and roles: claim values to lists of role codes")
	c.Flags().BoolVar(&request.RemoveIssuer, "remove-issuer", false, "accept no JWTs any more")
	return c
}

func (s *session) configure(ctx context.Context, request operator.ConfigureRequest) error {
	var answer operator.Configuration
	return s.ask(ctx, configureTenant, request, &answer, func() { s.configuration(answer, nil) })
}

// readIssuer reads an issuer from a file, or from the input.
func (s *session) readIssuer(file string) (*operator.Issuer, error) {
	source := s.in
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer func() { _ = opened.Close() }()
		source = opened
	}
	decoder := json.NewDecoder(io.LimitReader(source, 1<<20))
	decoder.DisallowUnknownFields()
	var issuer operator.Issuer
	if err := decoder.Decode(&issuer); err != nil {
		return nil, fmt.Errorf("issuer in %s: %w", file, err)
	}
	return &issuer, nil
}

func (s *session) tenantSuspend() *cobra.Command {
	return verb{
		use:     "suspend TENANT",
		does:    "Refuse everything in a tenant until it is resumed",
		traffic: "every request of the tenant is refused with 403 from now on. Nothing is lost.",
		example: "tenant suspend acme",
		do: func(ctx context.Context, arguments []string) error {
			yes := true
			return s.configure(ctx, operator.ConfigureRequest{Tenant: arguments[0], Suspended: &yes})
		},
	}.command()
}

func (s *session) tenantResume() *cobra.Command {
	return verb{
		use:     "resume TENANT",
		does:    "Let a tenant that was suspended be used again",
		traffic: "requests of the tenant are served again, at most 60 seconds later for tokens that\nwere refused meanwhile.",
		example: "tenant resume acme",
		do: func(ctx context.Context, arguments []string) error {
			no := false
			return s.configure(ctx, operator.ConfigureRequest{Tenant: arguments[0], Suspended: &no})
		},
	}.command()
}
