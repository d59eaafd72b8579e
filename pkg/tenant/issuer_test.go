package tenant_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

func TestIssuerURLs(t *testing.T) {
	t.Parallel()
	for raw, ok := range map[string]bool{
		"https://login.example.com":            true,
		"https://login.example.com/":           true,
		"https://login.example.com:8443/realm": true,
		"http://127.0.0.1:8080":                true,
		"http://[::1]:8080/realm":              true,
		"http://localhost/realm":               true,
		"https://" + strings.Repeat("a", 504):  true,
		"https://" + strings.Repeat("a", 505):  false,
		"":                                     false,
		"login.example.com":                    false,
		"//login.example.com":                  false,
		"https:login.example.com":              false,
		"https://":                             false,
		"https://:443":                         false,
		"https:///realm":                       false,
		"HTTPS://login.example.com":            false,
		"http://login.example.com":             false,
		"http://127.0.0.2":                     false,
		"http://localhost.example.com":         false,
		"http://127.0.0.1.example.com":         false,
		"http://localhost@login.example.com":   false,
		"https://user:secret@example.com":      false,
		"https://@example.com":                 false,
		"https://login.example.com/#":          false,
		"https://login.example.com/#realm":     false,
		"https://login.example.com:port":       false,
		"https://login.example.com/a b":        false,
		"https://login.example.com/\n":         false,
		"https://bücher.example":               false,
		"ftp://login.example.com":              false,
		"file:///etc/passwd":                   false,
		"javascript://login.example.com":       false,
	} {
		issuer := tenant.Issuer{URL: raw, Audience: "rolecall"}
		if err := issuer.Validate(); (err == nil) != ok {
			t.Errorf("URL %q: %v", raw, err)
		}
		issuer = tenant.Issuer{URL: "https://login.example.com", Audience: "rolecall", KeysURL: raw}
		if err := issuer.Validate(); (err == nil) != (ok || raw == "") {
			t.Errorf("KeysURL %q: %v", raw, err)
		}
		if err := tenant.CheckKeysURL(raw); (err == nil) != ok {
			t.Errorf("CheckKeysURL(%q): %v", raw, err)
		}
	}
}

func TestIssuerValidate(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		change    func(*tenant.Issuer)
		attribute string // empty for valid
		problem   resource.Problem
	}{
		{"minimal", func(i *tenant.Issuer) { *i = tenant.Issuer{URL: i.URL, Audience: i.Audience} }, "", 0},
		{"full", func(*tenant.Issuer) {}, "", 0},
		{"query in keys URL", func(i *tenant.Issuer) { i.KeysURL += "?p=policy" }, "", 0},
		{"query in URL", func(i *tenant.Issuer) { i.URL += "?" }, "issuer.url", resource.BadFormat},
		{"no audience", func(i *tenant.Issuer) { i.Audience = "" }, "issuer.audience", resource.Missing},
		{"longest audience", func(i *tenant.Issuer) { i.Audience = strings.Repeat("ä", 256) }, "", 0},
		{"long audience", func(i *tenant.Issuer) { i.Audience = strings.Repeat("a", 257) }, "issuer.audience", resource.TooLong},
		{"audience with a line break", func(i *tenant.Issuer) { i.Audience = "a\nb" }, "issuer.audience", resource.BadFormat},
		{"audience not UTF-8", func(i *tenant.Issuer) { i.Audience = "\xff" }, "issuer.audience", resource.BadFormat},
		{"long principal claim", func(i *tenant.Issuer) { i.PrincipalClaim = strings.Repeat("a", 257) }, "issuer.principalClaim", resource.TooLong},
		{"roles claim with NUL", func(i *tenant.Issuer) { i.RolesClaim = "a\x00" }, "issuer.rolesClaim", resource.BadFormat},
		{"all algorithms", func(i *tenant.Issuer) {
			i.Algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
		}, "", 0},
		{"algorithm twice", func(i *tenant.Issuer) { i.Algorithms = []string{"RS256", "ES256", "RS256"} }, "issuer.algorithms", resource.Unsupported},
		{"no claim value", func(i *tenant.Issuer) { i.Roles[""] = []string{"A"} }, "issuer.roles", resource.Missing},
		{"long claim value", func(i *tenant.Issuer) { i.Roles[strings.Repeat("a", 257)] = []string{"A"} }, "issuer.roles", resource.TooLong},
		{"claim value with a tab", func(i *tenant.Issuer) { i.Roles["a\tb"] = []string{"A"} }, "issuer.roles", resource.BadFormat},
		{"no role codes", func(i *tenant.Issuer) { i.Roles["staff"] = nil }, "issuer.roles", resource.Missing},
		{"bad role code", func(i *tenant.Issuer) { i.Roles["staff"] = []string{"A B"} }, "issuer.roles", resource.BadFormat},
		{"100 values, one role", func(i *tenant.Issuer) { i.Roles = mappings(100, "A") }, "", 0},
		{"101 values, one role", func(i *tenant.Issuer) { i.Roles = mappings(101, "A") }, "issuer.roles", resource.TooLong},
		{"100 roles", func(i *tenant.Issuer) { i.Roles = map[string][]string{"staff": codes(100)} }, "", 0},
		{"101 roles of one value", func(i *tenant.Issuer) { i.Roles = map[string][]string{"staff": codes(101)} }, "issuer.roles", resource.TooLong},
		{"101 roles of two values", func(i *tenant.Issuer) { i.Roles = map[string][]string{"staff": codes(100), "boss": {"B"}} }, "issuer.roles", resource.TooLong},
	} {
		issuer := tenant.Issuer{
			URL: "https://login.example.com/realm", Audience: "rolecall", Algorithms: []string{"RS256", "ES256"}, KeysURL: "https://keys.example.com/keys",
			PrincipalClaim: "oid", RolesClaim: "https://acme.example/roles", Roles: map[string][]string{"admins": {"RL_SADMIN", "RL_AUDITV"}},
		}
		test.change(&issuer)
		err := issuer.Validate()
		var wrong *resource.ValueError
		switch {
		case test.attribute == "":
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		case !errors.As(err, &wrong) || wrong.Attribute != test.attribute || wrong.Problem != test.problem || !strings.HasSuffix(wrong.Detail, "."):
			t.Errorf("%s: got %v, want problem %d of %s", test.name, err, test.problem, test.attribute)
		}
	}
}

// TestIssuerAlgorithms: whoever can check a signature must not be able to make
// it.
func TestIssuerAlgorithms(t *testing.T) {
	t.Parallel()
	for _, algorithm := range []string{"", "none", "None", "NONE", "HS256", "HS384", "HS512", "hs256", "rs256", "RS256 ", "RS1", "ES256K", "Ed25519", "A128KW", "dir"} {
		issuer := tenant.Issuer{URL: "https://login.example.com", Audience: "rolecall", Algorithms: []string{"RS256", algorithm}}
		if err := issuer.Validate(); err == nil {
			t.Errorf("algorithm %q is accepted", algorithm)
		}
	}
}

func TestIssuerDefaults(t *testing.T) {
	t.Parallel()
	empty := tenant.Issuer{}
	if got := empty.WithDefaults(); !slices.Equal(got.Algorithms, []string{"RS256"}) || got.PrincipalClaim != "sub" || got.RolesClaim != "roles" || got.KeysURL != "" {
		t.Errorf("got %+v", got)
	}
	chosen := tenant.Issuer{Algorithms: []string{"ES256"}, PrincipalClaim: "oid", RolesClaim: "groups"}
	if got := chosen.WithDefaults(); !slices.Equal(got.Algorithms, chosen.Algorithms) || got.PrincipalClaim != "oid" || got.RolesClaim != "groups" {
		t.Errorf("got %+v", got)
	}
}

func TestRolesFor(t *testing.T) {
	t.Parallel()
	issuer := tenant.Issuer{Roles: map[string][]string{"admins": {"Z", "A"}, "staff": {"M", "A"}, "a b": {"B"}}}
	for _, test := range []struct{ values, want []string }{
		{nil, nil},
		{[]string{"nobody", "", "Admins", "admins "}, nil},
		{[]string{"admins"}, []string{"A", "Z"}},
		{[]string{"staff", "admins", "staff", "nobody"}, []string{"A", "M", "Z"}},
		{[]string{"admins staff"}, nil},
		{[]string{"a b"}, []string{"B"}},
	} {
		if got := issuer.RolesFor(test.values); !slices.Equal(got, test.want) {
			t.Errorf("RolesFor(%q) = %q, want %q", test.values, got, test.want)
		}
	}
	if !slices.Equal(issuer.Roles["admins"], []string{"Z", "A"}) {
		t.Errorf("RolesFor has changed the issuer: %q", issuer.Roles)
	}
}

func mappings(n int, codes ...string) map[string][]string {
	roles := map[string][]string{}
	for i := range n {
		roles[fmt.Sprint("value", i)] = codes
	}
	return roles
}

func codes(n int) []string {
	codes := make([]string, n)
	for i := range codes {
		codes[i] = fmt.Sprint("ROLE", i)
	}
	return codes
}
