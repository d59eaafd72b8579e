package main

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"golang.org/x/tools/txtar"

	"github.com/rolecall/rolecall/infra/local/runfile"
)

func TestUsageErrors(t *testing.T) {
	t.Parallel()
	r := runner{root: t.TempDir()}
	for arguments, want := range map[string]string{
		"tenants":                            `rolecall has no command "tenants"`,
		"tenant":                             "say which command of tenant",
		"tenant remove acme":                 `rolecall tenant has no command "remove"`,
		"tenant create":                      "want TENANT, got 0 arguments",
		"tenant create acme globex":          "want TENANT, got 2 arguments",
		"tenant list acme":                   "want no arguments, got 1 arguments",
		"tenant show --all acme":             "unknown flag: --all",
		"tenant configure acme":              "say what to change: --permission-set, --limits, --issuer or --remove-issuer",
		"tenant configure acme --limits":     "flag needs an argument: --limits",
		"tenant delete acme --confirm globe": `--confirm is "globe": it has to be the tenant's id again, acme`,
		"tenant configure acme --issuer issuer.json --remove-issuer": "--issuer and --remove-issuer exclude each other",
		"token issue acme": "say either with --principal or with --user whose token it is",
		"token issue acme --user alice --principal robot": "say either with --principal or with --user whose token it is",
		"token issue acme --user alice --role RL_AUDITV":  "--user and --role exclude each other: users are given roles by the SCIM API",
		"token issue acme --principal robot --days seven": `invalid argument "seven" for "--days" flag: strconv.ParseInt: parsing "seven": invalid syntax`,
		"token rotate acme":              "want TENANT TOKEN, got 1 arguments",
		"client register acme --name HR": "say with --name what the client is called, and with --principal who its tokens stand for",
		"cursor-key":                     "say which command of cursor-key",
		"reconcile":                      "want either TENANT or --all",
		"reconcile acme --all":           "want either TENANT or --all",
		"redrive all":                    "want no arguments, got 1 arguments",
	} {
		o := r.run(t.Context(), "", strings.Fields(arguments)...)
		line, help, _ := strings.Cut(o.err, "\n")
		if o.code != exitUsage || line != "rolecall: "+want || !strings.HasPrefix(help, "See rolecall") || o.out != "" {
			t.Errorf("%s: %d %q %q, want %q", arguments, o.code, o.out, o.err, want)
		}
	}
}

func TestNoRunner(t *testing.T) {
	t.Parallel()
	r := runner{root: t.TempDir()}
	r.fails(t, errNoRunner.Error(), "tenant", "list")
	// One that was killed.
	if _, err := runfile.Write(r.root, runfile.Running{Operator: runfile.Operator{Endpoint: "http://127.0.0.1:1", AccessKeyID: "key", StackName: "local"}}); err != nil {
		t.Fatal(err)
	}
	r.fails(t, errNoRunner.Error(), "tenant", "list")
}

func TestNoCredentials(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	r := runner{root: t.TempDir()}
	r.fails(t, errNoRegion.Error(), "--stack", "rolecall", "tenant", "list")
	r.fails(t, errNoCredentials.Error(), "--stack", "rolecall", "--region", "eu-west-1", "tenant", "list")
}

// TestHelp compares the help of every command. Those that do something say what,
// what it does to live traffic, and how they are called.
func TestHelp(t *testing.T) {
	t.Parallel()
	const file = "testdata/help.txtar"
	var got txtar.Archive
	r := runner{root: t.TempDir()}
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		if c.Hidden {
			return
		}
		o := r.run(t.Context(), "", append(strings.Fields(c.CommandPath())[1:], "--help")...)
		if o.code != 0 || c.Example == "" || !c.HasSubCommands() && !strings.Contains(o.out, "Live traffic: ") {
			t.Errorf("help of %s: %+v", c.CommandPath(), o)
		}
		got.Files = append(got.Files, txtar.File{Name: c.CommandPath(), Data: []byte(o.out)})
		for _, below := range c.Commands() {
			visit(below)
		}
	}
	visit((&session{}).command())
	if *update {
		if err := os.WriteFile(file, txtar.Format(&got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v (write it with go test ./infra/rolecall -update)", err)
	}
	if text := string(txtar.Format(&got)); text != string(want) {
		t.Errorf("help:\n%s\nis not that of %s", text, file)
	}
}
