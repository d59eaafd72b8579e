package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/rolecall/rolecall/infra/local/runfile"
	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/infra/local/template"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/lambdaenv/upkeep"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

var update = flag.Bool("update", false, "write the help texts into testdata")

// output is what a command printed, and how it ended.
type output struct {
	out, err string
	code     int
}

// runner is a folder as make run has it, and what runs there.
type runner struct {
	*stack.Stack
	root  string
	sleep func(context.Context, time.Duration) error
}

// run runs the command line in a folder, with what is typed.
func (r runner) run(ctx context.Context, typed string, arguments ...string) output {
	var out, err bytes.Buffer
	s := session{in: strings.NewReader(typed), out: &out, err: &err, root: func() (string, error) { return r.root, nil }, sleep: r.sleep}
	code := s.run(ctx, arguments)
	return output{out.String(), err.String(), code}
}

// do wants a command to succeed, and returns what it printed.
func (r runner) do(t *testing.T, arguments ...string) string {
	t.Helper()
	o := r.run(t.Context(), "", arguments...)
	if o.code != 0 {
		t.Fatalf("%v: %d %s", arguments, o.code, o.err)
	}
	return o.out
}

// fails wants a command to fail with one line.
func (r runner) fails(t *testing.T, want string, arguments ...string) {
	t.Helper()
	o := r.run(t.Context(), "", arguments...)
	if o.code != exitFailed || o.err != "rolecall: "+want+"\n" || o.out != "" {
		t.Errorf("%v: %d %q %q, want %q", arguments, o.code, o.out, o.err, want)
	}
}

func startRunner(t *testing.T) runner {
	t.Helper()
	s, err := stack.Start(t.Context(), stack.Options{Root: "../..", BinDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	root := t.TempDir()
	remove, err := runfile.Write(root, runfile.Running{Operator: runfile.Operator{
		Endpoint: s.Operator().Endpoint, AccessKeyID: s.Operator().AccessKeyID, StackName: template.StackName,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remove)
	return runner{Stack: s, root: root, sleep: func(context.Context, time.Duration) error { return nil }}
}

// status asks the API with a token.
func (r runner) status(t *testing.T, path, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.BaseURL()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}

var (
	secretLine = regexp.MustCompile(`(?m)^    (rolecall_\S+)$`)
	tokenID    = regexp.MustCompile(`(?m)^Token (\S+) of`)
	clientID   = regexp.MustCompile(`(?m)^Client (\S+) \(`)
)

func find(t *testing.T, pattern *regexp.Regexp, text string) string {
	t.Helper()
	found := pattern.FindStringSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in %q", pattern, text)
	}
	return found[1]
}

// wantLines wants lines that begin so, blanks aside.
func wantLines(t *testing.T, text string, begins ...string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, want := range begins {
		if len(lines) != len(begins) || !strings.HasPrefix(strings.Join(strings.Fields(lines[i]), " "), want) {
			t.Errorf("printed\n%s\nwant lines that begin with\n%s", text, strings.Join(begins, "\n"))
			return
		}
	}
}

func TestCommands(t *testing.T) {
	r := startRunner(t)
	created := r.do(t, "tenant", "create", "acme")
	if !strings.Contains(created, "It is shown only now:") || r.status(t, "/scim/acme/v2/Roles", find(t, secretLine, created)) != 200 {
		t.Errorf("created: %s", created)
	}
	r.fails(t, "onboard tenant acme: tenant already exists", "tenant", "create", "acme")
	r.fails(t, "there is no tenant nobody", "tenant", "show", "nobody")
	r.do(t, "tenant", "create", "globex")
	wantLines(t, r.do(t, "tenant", "list"), "TENANT STATE", "acme active FS_RLASG 1000/100s 20", "globex active FS_RLASG")
	t.Run("tokens", func(t *testing.T) { testTokens(t, r) })
	t.Run("clients", func(t *testing.T) { testClients(t, r) })
	t.Run("configure", func(t *testing.T) { testConfigure(t, r) })
	t.Run("upkeep", func(t *testing.T) { testUpkeep(t, r) })
	t.Run("deployed", func(t *testing.T) { testDeployed(t, r) })
	t.Run("export", func(t *testing.T) { testExport(t, r) })
	t.Run("delete", func(t *testing.T) { testDelete(t, r) })
}

func testTokens(t *testing.T, r runner) {
	issued := r.do(t, "token", "issue", "acme", "--principal", "robot", "--role", "RL_AUDITV", "--days", "7")
	if status := r.status(t, "/scim/acme/v2/Roles", find(t, secretLine, issued)); status != 200 {
		t.Errorf("with the issued token: %d", status)
	}
	id := find(t, tokenID, issued)
	rotated := r.do(t, "token", "rotate", "acme", id, "--overlap-hours", "1")
	if !strings.Contains(rotated, "Token "+id+", which it replaces, is good until ") {
		t.Errorf("rotated: %s", rotated)
	}
	r.fails(t, "the principal has two tokens already: revoke one first", "token", "issue", "acme", "--principal", "robot")
	if revoked := r.do(t, "token", "revoke", "acme", id); revoked != "Token "+id+" of acme is revoked.\n" {
		t.Errorf("revoked: %s", revoked)
	}
	r.fails(t, "tenant acme has no token "+id+" that is good, beside those that clients got", "token", "revoke", "acme", id)
	wantLines(t, r.do(t, "token", "list", "acme"), "TOKEN PRINCIPAL CREATED EXPIRES LAST USED", "", find(t, tokenID, rotated)+" robot 20")
	testUserToken(t, r)
	if list := r.do(t, "token", "list", "acme", "--json"); !strings.HasPrefix(list, `{"tenant":"acme","tokens":[{"tokenId":"`) || strings.Contains(list, "rolecall_") {
		t.Errorf("as JSON: %s", list)
	}
}

// testUserToken: a user's token is good for itself, before it is given any role.
func testUserToken(t *testing.T, r runner) {
	id, err := tenant.ParseID("acme")
	if err != nil {
		t.Fatal(err)
	}
	alice := user.User{ID: "1b", UserName: "alice@acme.example", Active: true}
	if _, err := dynamo.New(r.Client(), r.Template().Tables[0].Name, time.Now).CreateUser(t.Context(), id, audit.Actor{}, alice); err != nil {
		t.Fatal(err)
	}
	issued := r.do(t, "token", "issue", "acme", "--user", "Alice@acme.example")
	if secret := find(t, secretLine, issued); r.status(t, "/scim/acme/v2/Me", secret) != 200 || r.status(t, "/scim/acme/v2/Roles", secret) != 403 {
		t.Errorf("with a user's token: %s", issued)
	}
	r.fails(t, "tenant acme has no user with the userName bob@acme.example", "token", "issue", "acme", "--user", "bob@acme.example")
	wantLines(t, r.do(t, "token", "list", "acme"), "TOKEN PRINCIPAL", "", "", find(t, tokenID, issued)+" user:1b 20")
}

func testClients(t *testing.T, r runner) {
	registered := r.do(t, "client", "register", "acme", "--name", "HR system", "--principal", "hr", "--role", "RL_AUDITV")
	id := find(t, clientID, registered)
	if rotated := r.do(t, "client", "rotate", "acme", id); find(t, secretLine, rotated) == find(t, secretLine, registered) || !strings.Contains(rotated, "has 2 secrets") {
		t.Errorf("rotated: %s", rotated)
	}
	wantLines(t, r.do(t, "client", "list", "acme"), "CLIENT NAME", id+" HR system hr 20")
	r.do(t, "client", "remove", "acme", id)
	wantLines(t, r.do(t, "client", "list", "acme"), "CLIENT NAME")
}

func testConfigure(t *testing.T, r runner) {
	wantLines(t, r.do(t, "tenant", "configure", "globex", "--permission-set", "FS_USERADM", "--limits", "10/1s"),
		"Tenant globex", "State active", "Configured permission set FS_USERADM", "Limits 10/1s", "Created 20")
	o := r.run(t.Context(), `{"url":"https://login.globex.example","audience":"rolecall","roles":{"auditors":["RL_AUDITV"]}}`, "tenant", "configure", "globex", "--issuer", "-")
	if o.code != 0 || !strings.Contains(o.out, `{"url":"https://login.globex.example"`) {
		t.Errorf("with an issuer: %+v", o)
	}
	if o := r.run(t.Context(), `{"uri":"https://login.globex.example"}`, "tenant", "configure", "globex", "--issuer", "-"); o.code != exitFailed || !strings.Contains(o.err, `unknown field "uri"`) {
		t.Errorf("with another issuer: %+v", o)
	}
	r.fails(t, "tenant globex has no permission set NONE: create it first", "tenant", "configure", "globex", "--permission-set", "NONE")
	r.do(t, "tenant", "configure", "globex", "--permission-set", "FS_RLASG", "--remove-issuer")
	if suspended := r.do(t, "tenant", "suspend", "globex"); !strings.Contains(suspended, "suspended since 20") {
		t.Errorf("suspended: %s", suspended)
	}
	wantLines(t, r.do(t, "tenant", "resume", "globex"), "Tenant globex", "State active", "Configured", "Limits", "Created")
	if rotated := r.do(t, "cursor-key", "rotate", "globex"); rotated != "Tenant globex has a new cursor key, and 2 keys in all.\n" {
		t.Errorf("rotated: %s", rotated)
	}
}

func testUpkeep(t *testing.T, r runner) {
	if err := r.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if report := r.do(t, "reconcile", "acme", "--dry-run"); report != "13 roles of 1 tenant compared, 0 differences found.\n" {
		t.Errorf("acme: %s", report)
	}
	if report := r.do(t, "reconcile", "--all"); report != "26 roles of 2 tenants compared, 0 differences repaired.\n" {
		t.Errorf("all: %s", report)
	}
	if report := r.do(t, "redrive"); report != "0 messages taken up, 0 tenants reconciled.\n" {
		t.Errorf("redrive: %s", report)
	}
	if _, err := r.Client().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &r.Template().Tables[0].Name, Item: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}, "sk": &types.AttributeValueMemberS{Value: "HOLDER#GONE#001795345496144#nobody"},
	}}); err != nil {
		t.Fatal(err)
	}
	const heading, gone = "TENANT DELETED ROLE CREATED TAKEN FROM", "acme GONE 2026-11-22T11:04:56Z -"
	wantLines(t, r.do(t, "reconcile", "acme", "--dry-run"), heading, gone, "13 roles of 1 tenant compared, 0 differences found.", "Users hold 1 deleted role.")
	wantLines(t, r.do(t, "reconcile", "acme"), heading, gone, "13 roles of 1 tenant compared, 0 differences repaired.", "1 deleted role taken from 0 users.")
}

// TestRedriveThatLeavesMessages: whoever tries again at once is not to take silence for success.
func TestRedriveThatLeavesMessages(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := session{out: &out}
	s.showRedrive(upkeep.RedriveReport{Removed: 1, Tenants: []string{"globex"}, Failures: []upkeep.Failure{{Tenant: "acme", Reason: "throttled"}, {Tenant: "acme", Reason: "throttled"}}})
	wantLines(t, out.String(), "1 message taken up, 1 tenant reconciled.", "Left in the queue: 2 messages. redrive sees them again after 15 minutes.")
}

// testDeployed reaches the same functions as those of a deployed stack.
func testDeployed(t *testing.T, r runner) {
	t.Setenv("AWS_ENDPOINT_URL_LAMBDA", r.Operator().Endpoint)
	t.Setenv("AWS_ACCESS_KEY_ID", r.Operator().AccessKeyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	elsewhere := runner{root: t.TempDir()}
	if list := elsewhere.do(t, "--stack", "local", "--region", "us-east-1", "tenant", "list"); !strings.Contains(list, "acme") {
		t.Errorf("list: %s", list)
	}
	elsewhere.fails(t, "there is no function other-show-tenant: check --stack and --region, and which version is deployed",
		"--stack", "other", "--region", "us-east-1", "tenant", "list")
}

func testExport(t *testing.T, r runner) {
	lines := r.do(t, "tenant", "export", "acme")
	for _, kind := range []string{"configuration", "role", "permissionSet", "user", "principal", "token", "auditRecord"} {
		if !strings.Contains(lines, `{"type":"`+kind+`",`) {
			t.Errorf("no %s is exported", kind)
		}
	}
	file := filepath.Join(t.TempDir(), "acme.jsonl")
	o := r.run(t.Context(), "", "tenant", "export", "acme", "--output", file)
	written, err := os.ReadFile(file)
	if err != nil || string(written) != lines || o.out != "" || o.err != fmt.Sprintf("%d objects of acme written to %s\n", strings.Count(lines, "\n"), file) {
		t.Errorf("written: %v, %+v", err, o)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file %v, %v", info.Mode(), err)
	}
	r.fails(t, "there is no tenant nobody", "tenant", "export", "nobody", "--output", file)
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(left) > 0 || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
}

// testDelete interrupts a deletion, and takes it up again.
func testDelete(t *testing.T, r runner) {
	o := r.run(t.Context(), "globex\n", "tenant", "delete", "acme")
	if o.code != exitFailed || !strings.Contains(o.err, "Tenant acme (active) has 13 roles, 4 permission sets, 1 user, 3 tokens and 0 clients.") || !strings.HasSuffix(o.err, "rolecall: nothing was deleted: that is not acme\n") {
		t.Errorf("not confirmed: %+v", o)
	}
	if o := r.run(t.Context(), "", "tenant", "delete", "acme"); o.code != exitFailed || !strings.HasSuffix(o.err, "\nrolecall: nothing was deleted: type acme, or give --confirm acme\n") {
		t.Errorf("without input: %+v", o)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	r.sleep = func(context.Context, time.Duration) error { interrupt(); return ctx.Err() }
	o = r.run(ctx, "acme\n", "tenant", "delete", "acme")
	if o.code != exitFailed || !strings.HasSuffix(o.err, "go on with: rolecall tenant delete acme --confirm acme\n") {
		t.Errorf("interrupted: %+v", o)
	}
	if list := r.do(t, "tenant", "list"); !strings.Contains(list, "deleting") {
		t.Errorf("list: %s", list)
	}
	r.fails(t, "tenant acme is being deleted: nothing of it can be changed any more", "tenant", "resume", "acme")
	r.sleep = func(_ context.Context, d time.Duration) error { return r.timePasses(t, d) }
	o = r.run(t.Context(), "", "tenant", "delete", "acme", "--confirm", "acme")
	if o.code != 0 || o.out != "Tenant acme is deleted.\n" || !strings.Contains(o.err, "waiting ") {
		t.Errorf("deleted: %+v", o)
	}
	r.fails(t, "there is no tenant acme", "tenant", "delete", "acme", "--confirm", "acme")
	wantLines(t, r.do(t, "tenant", "list"), "TENANT", "globex")
}

// timePasses takes back when acme was taken out of use.
func (r runner) timePasses(t *testing.T, d time.Duration) error {
	if d <= 0 || d > tenant.Grace {
		t.Errorf("waits for %s", d)
	}
	expression := "SET inactiveSince = :since"
	_, err := r.Client().UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &r.Template().Tables[0].Name, UpdateExpression: &expression,
		Key:                       map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "TENANT#acme"}, "sk": &types.AttributeValueMemberS{Value: "CONFIG"}},
		ExpressionAttributeValues: map[string]types.AttributeValue{":since": &types.AttributeValueMemberN{Value: fmt.Sprint(time.Now().Add(-tenant.Grace).UnixMilli())}},
	})
	return err
}
