package acceptance_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// isolated is a service with callers of every kind. It keeps its log, and all
// that must not stand there.
type isolated struct {
	service
	log     *lockedBuffer
	tokens  map[string]string // by kind of caller
	users   map[string]string // ids of callers who are users
	secrets []string
	made    int
}

type lockedBuffer struct {
	mutex sync.Mutex
	bytes bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.bytes.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.bytes.String()
}

// TestIsolation: nobody gets in where they do not belong.
func TestIsolation(t *testing.T) {
	log := &lockedBuffer{}
	i := &isolated{log: log, tokens: map[string]string{"none": "", "bad": "rolecall_never-was"}, users: map[string]string{}}
	i.service = startWith(t, stack.Options{Log: log, RawLog: true})
	i.limit(t, "acme", tenant.Limits{Requests: 100_000, Window: tenant.DefaultLimits.Window})
	i.addCallers(t)
	t.Run("operations", i.testOperations)
	t.Run("users", i.testUsersApart)
	t.Run("raising", i.testRaising)
	t.Run("paths", i.testPaths)
	t.Run("forged headers", i.testForgedHeaders)
	t.Run("cursors and ETags", i.testCarriedOver)
	t.Run("jwts", i.testJWTs)
	t.Run("tokens", i.testTokenEndpoint)
	t.Run("power", i.testPower)
	for _, denial := range i.Denied() {
		t.Errorf("denied: %+v", denial)
	}
	for _, secret := range i.secrets {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log shows a secret: %.12s…", secret)
		}
	}
	checkAnswered(t, i.service, log.String())
	if len(i.secrets) < 8 || !strings.Contains(log.String(), "answered") {
		t.Errorf("%d secrets were looked for in a log of %d bytes", len(i.secrets), len(log.String()))
	}
}

func (i *isolated) addCallers(t *testing.T) {
	t.Helper()
	store, acme := i.store(), i.id(t, "acme")
	if _, err := store.CreateRole(t.Context(), acme, audit.Actor{}, role.Role{ID: "PART", Name: "Part"}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.CreatePermissionSet(t.Context(), acme, audit.Actor{}, permission.Set{ID: "FS_READER", Name: "Reader", Items: []permission.Item{
		{Permission: permission.ReadRole, Limited: true, Roles: []string{"PART"}},
	}}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.CreateRole(t.Context(), acme, audit.Actor{}, role.Role{ID: "READER", Name: "Reader", PermissionSets: []string{"FS_READER"}}); err != nil {
		t.Fatal(err)
	}
	frozen := i.id(t, "frozen")
	secret, _, err := onboard.Onboard(t.Context(), store, frozen, audit.Actor{}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Configure(t.Context(), frozen, audit.Actor{}, func(c tenant.Configuration) (tenant.Configuration, error) {
		c.State = tenant.Suspended
		return c, nil
	}); err != nil {
		t.Fatal(err)
	}
	i.tokens["suspended"] = secret
	i.tokens["expired"] = i.token(t, "acme", "gone-1", "RL_SADMIN", -time.Minute)
	i.tokens["revoked"] = i.token(t, "acme", "gone-2", "RL_SADMIN", time.Hour)
	i.tokens["other"] = i.token(t, "globex", "other", "RL_SADMIN", time.Hour)
	i.tokens["viewer"] = i.token(t, "acme", "a-viewer", "RL_AUDITV", time.Hour)
	i.tokens["reader"] = i.token(t, "acme", "a-reader", "READER", time.Hour)
	i.tokens["users"] = i.token(t, "acme", "a-user-administrator", "RL_USERADM", time.Hour)
	i.tokens["admin"] = i.token(t, "acme", "an-administrator", "RL_SADMIN", time.Hour)
	i.addUsers(t)
	tokens, err := store.Tokens(t.Context(), acme)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if token.Principal == "gone-2" {
			if err := store.RevokeToken(t.Context(), audit.Actor{}, acme, token.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, secret := range i.tokens {
		if secret != "" {
			i.secrets = append(i.secrets, secret)
		}
	}
}

func (i *isolated) id(t *testing.T, name string) tenant.ID {
	t.Helper()
	id, err := tenant.ParseID(name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (i *isolated) token(t *testing.T, in, principal, role string, life time.Duration) string {
	t.Helper()
	secret, token := auth.NewToken(i.id(t, in), principal, time.Now(), life)
	if err := i.store().CreateToken(t.Context(), audit.Actor{Principal: auth.OperatorPrincipal}, auth.Principal{ID: principal, Roles: []string{role}}, token, auth.HashToken(secret)); err != nil {
		t.Fatal(err)
	}
	return secret
}

// testOperations compares every cell of the table.
func (i *isolated) testOperations(t *testing.T) {
	table, err := os.ReadFile("testdata/isolation/operations.txt")
	if err != nil {
		t.Fatal(err)
	}
	var callers []string
	base, cells := "/scim/acme/v2", 0
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 0 || fields[0] == "#" || strings.HasPrefix(line, "#"):
		case fields[0] == "none":
			callers = fields
		case fields[0] == "standard":
			base = "/scim/v2"
		case len(fields) != 2+len(callers):
			t.Fatalf("line %q has %d fields", line, len(fields))
		default:
			for j, caller := range callers {
				want, err := strconv.Atoi(fields[2+j])
				if err != nil {
					t.Fatal(err)
				}
				i.checkCell(t, base, fields[0], fields[1], caller, want)
				cells++
			}
		}
	}
	if cells < 1000 {
		t.Errorf("the table has %d cells", cells)
	}
}

func (i *isolated) checkCell(t *testing.T, base, method, path, caller string, want int) {
	t.Helper()
	path, id := i.resource(t, path)
	r := i.request(method, path, base)
	watched, version := strings.TrimSuffix(r.path, "/.search"), `W/"1"`
	if me := i.users[caller]; r.path == "/Me" && me != "" {
		id, watched = me, "/Users/"+me
		version = i.version(t, watched)
	}
	a := i.call(t, r.method, base+r.path, i.tokens[caller], r.body)
	if a.status != want {
		t.Errorf("%s %s%s as %s: %d %s, want %d", method, base, path, caller, a.status, a.body, want)
	}
	if want >= 400 && !strings.Contains(string(a.body), fmt.Sprintf(`"status":"%d"`, want)) {
		t.Errorf("%s %s%s as %s is no SCIM error: %s", method, base, path, caller, a.body)
	}
	if id == "" || want < 400 {
		return
	}
	// What was refused has changed nothing.
	if kept := i.version(t, watched); kept != version {
		t.Errorf("%s %s%s as %s was refused, and then the version is %q, was %q", method, base, path, caller, kept, version)
	}
}

// version is the ETag of a resource of acme.
func (i *isolated) version(t *testing.T, path string) string {
	t.Helper()
	a := i.call(t, "GET", "/scim/acme/v2"+path, i.tokens["admin"], "")
	if a.status != 200 {
		t.Errorf("GET %s: %d %s", path, a.status, a.body)
	}
	return a.header.Get("ETag")
}

// resource makes what stands in braces.
func (i *isolated) resource(t *testing.T, path string) (made, id string) {
	t.Helper()
	i.made++
	switch {
	case strings.Contains(path, "{role}"):
		id = fmt.Sprintf("CELL%d", i.made)
		if _, err := i.store().CreateRole(t.Context(), i.id(t, "acme"), audit.Actor{}, role.Role{ID: id, Name: id}); err != nil {
			t.Fatal(err)
		}
	case strings.Contains(path, "{set}"):
		id = fmt.Sprintf("FS_CELL%d", i.made)
		if _, err := i.store().CreatePermissionSet(t.Context(), i.id(t, "acme"), audit.Actor{}, permission.Set{ID: id, Name: id}); err != nil {
			t.Fatal(err)
		}
	case strings.Contains(path, "{user}"):
		id = i.user(t, "acme", user.User{UserName: fmt.Sprint("user", i.made), Active: true}, "PART", "RL_HELPDSK")
	case strings.Contains(path, "{boss}"):
		id = i.user(t, "acme", user.User{UserName: fmt.Sprint("boss", i.made), Active: true}, "RL_SADMIN")
	}
	return strings.NewReplacer("{role}", id, "{set}", id, "{user}", id, "{boss}", id).Replace(path), id
}

type request struct{ method, path, body string }

// request makes the request of a cell.
func (i *isolated) request(method, path, base string) request {
	if path == "/Me" || strings.HasPrefix(path, "/Me:") || strings.HasPrefix(path, "/Users") && !strings.HasSuffix(path, "/.search") {
		return i.userRequest(method, path, base)
	}
	return request{method, path, i.body(method, path, base)}
}

func (i *isolated) body(method, path, base string) string {
	name := fmt.Sprintf("Made %d", i.made)
	schemas := ""
	if base == "/scim/v2" {
		schemas = `"schemas":["urn:hid:scim:api:idp:2.0:Role"],`
		if strings.HasPrefix(path, "/PermissionSets") {
			schemas = `"schemas":["urn:hid:scim:api:idp:2.0:PermissionSet"],`
		}
	}
	switch {
	case method == "GET" || method == "DELETE":
		return ""
	case strings.HasSuffix(path, "/.search"):
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]}`
	case path == "/Bulk":
		return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Roles/NONE"}]}`
	case method == "PATCH":
		return patchOf(fmt.Sprintf(`{"op":"replace","path":"name","value":%q}`, name))
	case path == "/Roles" || path == "/PermissionSets":
		return fmt.Sprintf(`{%s"id":"NEW%d","name":%q}`, schemas, i.made, name)
	}
	return fmt.Sprintf(`{%s"name":%q,"permissionSetItems":[]}`, schemas, name)
}

// patchOf is a request of these operations, separated by commas.
func patchOf(operations string) string {
	return `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[` + operations + `]}`
}
