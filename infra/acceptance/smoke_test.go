package acceptance_test

import (
	"os/exec"
	"strings"
	"testing"
)

// testSmoke: what make smoke does finds nothing wrong with the service, and a wrong
// token wrong.
func testSmoke(t *testing.T, s service) {
	walk := func(token string) (string, error) {
		out, err := exec.CommandContext(t.Context(), "go", "run", "../smoke", s.BaseURL(), token).CombinedOutput()
		return string(out), err
	}
	if out, err := walk("dev-acme-admin"); err != nil || !strings.Contains(out, "are as they should be") || strings.Contains(out, "FAIL") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err := walk("dev-acme-viewer"); err == nil || !strings.Contains(out, "FAIL a role is created") || !strings.Contains(out, "status 403, want 201") {
		t.Errorf("%v\n%s", err, out)
	}
	s.drain(t)
}
