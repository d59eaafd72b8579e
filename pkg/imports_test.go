// Package pkg_test keeps the direction of dependencies: functions -> lambdaenv
// -> {api, sync, auth, store/dynamo}, api -> {scim, domain}, and the domain on
// nothing of these.
package pkg_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/rolecall/rolecall/"

// allowed lists, for each package, what it may import outside of the standard
// library. A name without a dot is a package of this module. "…" at the end
// of a name stands for everything below it.
var allowed = map[string][]string{
	"pkg":                 {},
	"infra":               {},
	"pkg/scim":            {},
	"pkg/scim/filter":     {"pkg/scim"},
	"pkg/scim/cursor":     {},
	"pkg/scim/patch":      {"pkg/scim", "pkg/scim/filter"},
	"pkg/resource":        {"golang.org/x/text/…"},
	"pkg/tenant":          {"pkg/audit", "pkg/resource"},
	"pkg/audit":           {},
	"pkg/role":            {"pkg/audit", "pkg/resource", "pkg/tenant"},
	"pkg/user":            {"pkg/audit", "pkg/resource", "pkg/tenant"},
	"pkg/permission":      {"pkg/audit", "pkg/resource", "pkg/tenant"},
	"pkg/oidc":            {"pkg/resource", "pkg/tenant", "github.com/go-jose/go-jose/v4", "github.com/go-jose/go-jose/v4/json"},
	"pkg/oauth":           {"pkg/audit", "pkg/auth", "pkg/tenant"},
	"pkg/auth":            {"pkg/audit", "pkg/permission", "pkg/resource", "pkg/role", "pkg/tenant"},
	"pkg/throttle":        {"pkg/tenant"},
	"pkg/sync":            {"pkg/permission", "pkg/role", "pkg/tenant"},
	"pkg/onboard":         {"pkg/audit", "pkg/auth", "pkg/permission", "pkg/resource", "pkg/role", "pkg/tenant"},
	"pkg/api":             {"pkg/scim", "pkg/scim/cursor", "pkg/scim/filter", "pkg/scim/patch", "pkg/audit", "pkg/auth", "pkg/permission", "pkg/resource", "pkg/role", "pkg/tenant", "pkg/user"},
	"pkg/store/storetest": {"pkg/audit", "pkg/auth", "pkg/onboard", "pkg/permission", "pkg/resource", "pkg/role", "pkg/sync", "pkg/tenant", "pkg/throttle", "pkg/user"},
	"pkg/store/dynamo": {
		"pkg/audit", "pkg/auth", "pkg/onboard", "pkg/permission", "pkg/resource", "pkg/role", "pkg/sync", "pkg/tenant", "pkg/user",
		"github.com/aws/…", "golang.org/x/sync/errgroup",
	},
	"pkg/lambdaenv": {
		"pkg/api", "pkg/audit", "pkg/auth", "pkg/lambdaenv/metric", "pkg/lambdaenv/tenantaccess", "pkg/lambdaenv/trace", "pkg/lambdaenv/units", "pkg/oauth", "pkg/oidc", "pkg/store/dynamo", "pkg/tenant", "pkg/throttle",
		"github.com/aws/…", "github.com/awslabs/…",
	},
	"pkg/lambdaenv/metric":       {},
	"pkg/lambdaenv/tenantaccess": {"pkg/resource", "pkg/tenant", "github.com/aws/…"},
	"pkg/lambdaenv/trace":        {"github.com/aws/…"},
	"pkg/lambdaenv/units":        {"github.com/aws/…"},
	"pkg/lambdaenv/upkeep": {
		"pkg/lambdaenv", "pkg/lambdaenv/metric", "pkg/permission", "pkg/store/dynamo", "pkg/sync", "pkg/tenant", "github.com/aws/…",
	},
	"pkg/lambdaenv/operator": {
		"pkg/audit", "pkg/auth", "pkg/lambdaenv", "pkg/onboard", "pkg/permission", "pkg/resource", "pkg/role", "pkg/tenant", "pkg/user", "github.com/aws/…",
	},
	"functions/…": {"pkg/api", "pkg/lambdaenv", "pkg/lambdaenv/operator", "pkg/lambdaenv/upkeep"},
	"infra/…":     {"pkg/…", "infra/…", "github.com/…", "go.yaml.in/yaml/v4", "golang.org/x/…"},
}

// webless are the packages that must not know of HTTP.
var webless = []string{"pkg/resource", "pkg/tenant", "pkg/audit", "pkg/role", "pkg/user", "pkg/permission", "pkg/auth", "pkg/throttle", "pkg/sync", "pkg/onboard", "pkg/store/storetest"}

func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		name := strings.TrimPrefix(fields[0], module)
		rule, ok := ruleOf(name)
		if !ok {
			t.Errorf("%s has no rule here: say what it may import", name)
			continue
		}
		seen[rule] = true
		for _, imported := range fields[1:] {
			check(t, name, rule, imported)
		}
	}
	for rule := range allowed {
		if !seen[rule] {
			t.Errorf("the rule for %s is for no package", rule)
		}
	}
}

func ruleOf(name string) (rule string, ok bool) {
	for rule := range allowed {
		if matches(rule, name) {
			return rule, true
		}
	}
	return "", false
}

func check(t *testing.T, name, rule, imported string) {
	local, isLocal := strings.CutPrefix(imported, module)
	first, _, _ := strings.Cut(imported, "/")
	switch {
	case !isLocal && !strings.Contains(first, "."):
		if strings.HasPrefix(imported, "net/http") && slices.Contains(webless, name) {
			t.Errorf("%s imports %s", name, imported)
		}
	case !slices.ContainsFunc(allowed[rule], func(pattern string) bool { return matches(pattern, local) }):
		t.Errorf("%s imports %s", name, local)
	}
}

func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "…"); ok {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == name
}
