package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolecall/rolecall/pkg/lambdaenv/upkeep"
	"github.com/rolecall/rolecall/pkg/permission"
)

// patience is after how many seconds reconcile-tenant goes on without being waited
// for.
const patience = 50

func (s *session) reconcileCommand() *cobra.Command {
	request := upkeep.ReconcileRequest{Seconds: patience}
	c := verb{
		use:  "reconcile",
		does: "Compare permission sets and users with roles, and repair what differs",
		traffic: "it flows on. A repair is written only if it still follows from what is there.\n" +
			"What is not done after 50 seconds the function goes on with by itself.",
		example: "reconcile acme --dry-run\nreconcile --all",
		do: func(ctx context.Context, _ []string) error {
			var report upkeep.ReconcileReport
			if err := s.ask(ctx, "reconcile-tenant", request, &report, func() { s.showReport(report) }); err != nil {
				return err
			}
			return failed(report.Failures)
		},
	}.command()
	c.Use = "reconcile [TENANT | --all]"
	c.Args = func(c *cobra.Command, arguments []string) error {
		if len(arguments) > 1 || (len(arguments) == 1) == request.All {
			return &usageError{c, "want either TENANT or --all"}
		}
		request.Tenant = strings.Join(arguments, "")
		return nil
	}
	c.Flags().BoolVar(&request.All, "all", false, "every tenant")
	c.Flags().BoolVar(&request.DryRun, "dry-run", false, "report only")
	return c
}

func (s *session) showReport(report upkeep.ReconcileReport) {
	s.findings(report.Drift, report.DeletedRoles)
	what := "repaired"
	if report.DryRun {
		what = "found"
	}
	p := report.Progress
	s.say("%s of %s compared, %s %s.", counted(p.Roles, "role"), counted(p.Tenants, "tenant"), counted(p.Drift, "difference"), what)
	switch {
	case p.DeletedRoles > 0 && report.DryRun:
		s.say("Users hold %s.", counted(p.DeletedRoles, "deleted role"))
	case p.DeletedRoles > 0:
		s.say("%s taken from %s.", counted(p.DeletedRoles, "deleted role"), counted(p.Users, "user"))
	}
	if !report.Complete {
		s.say("The function goes on by itself; what it finds stands in its log.")
	}
}

func (s *session) findings(drift []upkeep.Drift, deleted []upkeep.DeletedRole) {
	if len(drift) > 0 {
		s.drift(drift)
	}
	if len(deleted) > 0 {
		s.deletedRoles(deleted)
	}
}

func (s *session) deletedRoles(found []upkeep.DeletedRole) {
	rows := [][]string{{"TENANT", "DELETED ROLE", "CREATED", "TAKEN FROM"}}
	for _, d := range found {
		users := ""
		if d.Users > 0 {
			users = counted(d.Users, "user")
		}
		rows = append(rows, []string{d.Tenant, d.Role, at(d.Created), orDash(users)})
	}
	s.table(rows)
}

func (s *session) drift(found []upkeep.Drift) {
	rows := [][]string{{"TENANT", "SET", "ROLE", "WAS NAMED BY", "HAS TO BE NAMED BY"}}
	for _, d := range found {
		rows = append(rows, []string{d.Tenant, d.PermissionSet, d.Role, codes(d.Named), codes(d.Wanted)})
	}
	s.table(rows)
}

func codes(list []permission.Code) string {
	texts := make([]string, len(list))
	for i, code := range list {
		texts[i] = string(code)
	}
	return orDash(strings.Join(texts, " "))
}

// failed returns the first of the failures, and how many there are.
func failed(failures []upkeep.Failure) error {
	if len(failures) == 0 {
		return nil
	}
	return fmt.Errorf("%s, the first of tenant %s: %s", counted(len(failures), "failure"), orDash(failures[0].Tenant), failures[0].Reason)
}

func (s *session) redriveCommand() *cobra.Command {
	return verb{
		use:     "redrive",
		does:    "Take up stream records that were parked: reconcile the tenants concerned",
		traffic: "it flows on. Messages leave the queue once their tenants are in line.",
		example: "redrive",
		do: func(ctx context.Context, _ []string) error {
			var report upkeep.RedriveReport
			err := s.ask(ctx, "redrive-parked-records", struct{}{}, &report, func() { s.showRedrive(report) })
			if err != nil {
				return err
			}
			return failed(report.Failures)
		},
	}.command()
}

func (s *session) showRedrive(report upkeep.RedriveReport) {
	s.findings(report.Drift, report.DeletedRoles)
	s.say("%s taken up, %s reconciled.", counted(report.Removed, "message"), counted(len(report.Tenants), "tenant"))
	if report.All {
		s.say("A message did not tell its tenants: all of them are being reconciled, and what is found stands in the log.")
	}
	if left := len(report.Failures); left > 0 {
		s.say("Left in the queue: %s. redrive sees them again after %.0f minutes.", counted(left, "message"), upkeep.Visibility.Minutes())
	}
}
