package tenant_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rolecall/rolecall/pkg/tenant"
)

func TestParseID(t *testing.T) {
	for id, ok := range map[string]bool{
		"acme": true, "acme-eu": true, "0": true, "a-": true, strings.Repeat("a", 63): true,
		"": false, "-acme": false, "Acme": false, "acme_eu": false, "acme eu": false, "acme#": false, "ac\x00me": false,
		"acmé": false, "аcme": false, strings.Repeat("a", 64): false, "v2": false,
	} {
		parsed, err := tenant.ParseID(id)
		if (err == nil) != ok || ok && parsed.String() != id || parsed.IsZero() == ok {
			t.Errorf("ParseID(%q) = %v, %v", id, parsed, err)
		}
	}
}

func FuzzParseID(f *testing.F) {
	form := regexp.MustCompile(`\A[a-z0-9][a-z0-9-]{0,62}\z`)
	f.Add("acme")
	f.Add("v2")
	f.Add("acme\n")
	f.Fuzz(func(t *testing.T, id string) {
		_, err := tenant.ParseID(id)
		if want := form.MatchString(id) && id != "v2"; (err == nil) != want {
			t.Errorf("ParseID(%q) = %v", id, err)
		}
	})
}
