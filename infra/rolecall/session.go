package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
)

// session is one run of the command line.
type session struct {
	in       io.Reader
	out, err io.Writer
	root     func() (string, error)                     // folder whose local runner is meant
	sleep    func(context.Context, time.Duration) error // waits, unless ctx ends before

	stack, region string
	json          bool
	functions     *functions // of the stack; nil before the first is invoked
}

// run runs a command, says what went wrong, and returns the exit code.
func (s *session) run(ctx context.Context, arguments []string) int {
	command := s.command()
	command.SetArgs(arguments)
	err := command.ExecuteContext(ctx)
	var wrong *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(s.err, "rolecall: %s\nSee %s --help\n", oneLine(err), wrong.command.CommandPath())
		return exitUsage
	default:
		fmt.Fprintln(s.err, "rolecall:", oneLine(err))
		return exitFailed
	}
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

// usageError says that a command was given wrongly.
type usageError struct {
	command *cobra.Command
	problem string
}

func (e *usageError) Error() string { return e.problem }

// command returns the root of all commands.
func (s *session) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "rolecall",
		Short: "Operate the tenants of a Rolecall stack",
		Long: `Operate the tenants of a Rolecall stack.

Without --stack it works on the local runner (make run), else on the deployed
stack of that name, with the AWS credentials of the environment.`,
		Example: `  rolecall tenant list
  rolecall --stack rolecall-prod --region eu-west-1 tenant show acme`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		Args:              knownCommand,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetHelpCommand(&cobra.Command{Hidden: true}) // --help says it
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .Runnable}}", "{{if and .Runnable (not .HasSubCommands)}}", 1))
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return &usageError{c, err.Error()} })
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	flags := root.PersistentFlags()
	flags.StringVar(&s.stack, "stack", "", "`NAME` of a deployed stack; the local runner without it")
	flags.StringVar(&s.region, "region", "", "AWS `REGION` of the stack; the environment's without it")
	flags.BoolVar(&s.json, "json", false, "print the function's answer as JSON")
	root.AddCommand(s.tenantCommand(), s.tokenCommand(), s.clientCommand(), s.cursorKeyCommand(), s.reconcileCommand(), s.redriveCommand())
	return root
}

// group is a noun: it does nothing by itself.
func group(use, short, example string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: short + ".", Example: "  rolecall " + example, Args: knownCommand, RunE: func(c *cobra.Command, _ []string) error {
		return &usageError{c, "say which command of " + c.Name()}
	}}
	c.AddCommand(commands...)
	return c
}

func knownCommand(c *cobra.Command, arguments []string) error {
	if len(arguments) > 0 {
		return &usageError{c, fmt.Sprintf("%s has no command %q", c.CommandPath(), arguments[0])}
	}
	return nil
}

// verb is a command that does something.
type verb struct {
	use     string // with its arguments in capitals
	does    string // one sentence
	traffic string // what it does to live traffic
	example string // without the program's name
	do      func(ctx context.Context, arguments []string) error
}

func (v verb) command() *cobra.Command {
	names := strings.Fields(v.use)[1:]
	return &cobra.Command{
		Use:     v.use,
		Short:   v.does,
		Long:    v.does + ".\n\nLive traffic: " + v.traffic,
		Example: "  rolecall " + strings.ReplaceAll(v.example, "\n", "\n  rolecall "),
		Args: func(c *cobra.Command, arguments []string) error {
			if len(arguments) != len(names) {
				return &usageError{c, fmt.Sprintf("want %s, got %d arguments", orNone(strings.Join(names, " ")), len(arguments))}
			}
			return nil
		},
		RunE:                  func(c *cobra.Command, arguments []string) error { return v.do(c.Context(), arguments) },
		DisableFlagsInUseLine: true,
	}
}

func orNone(names string) string {
	if names == "" {
		return "no arguments"
	}
	return names
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
