package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInvocation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	event, broken := filepath.Join(dir, "event.json"), filepath.Join(dir, "broken.json")
	for path, content := range map[string]string{event: `{"from":"file"}`, broken: `{`} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		arguments     []string
		payload, fail string
	}{
		"file":          {[]string{"-function", "f", "-event", event}, `{"from":"file"}`, ""},
		"payload":       {[]string{"-function", "f", "-payload", `{"tenant":"acme"}`}, `{"tenant":"acme"}`, ""},
		"both":          {[]string{"-function", "f", "-event", event, "-payload", "{}"}, "", "usage:"},
		"neither":       {[]string{"-function", "f"}, "", "usage:"},
		"no function":   {[]string{"-payload", "{}"}, "", "usage:"},
		"unknown flag":  {[]string{"-function", "f", "-payload", "{}", "-x"}, "", "usage:"},
		"one more":      {[]string{"-function", "f", "-payload", "{}", "x"}, "", "usage:"},
		"missing file":  {[]string{"-function", "f", "-event", event + "x"}, "", "read event"},
		"broken file":   {[]string{"-function", "f", "-event", broken}, "", "not JSON"},
		"broken inline": {[]string{"-function", "f", "-payload", "{tenant:acme}"}, "", "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			function, payload, err := invocation(test.arguments)
			if test.fail != "" {
				if err == nil || !strings.Contains(err.Error(), test.fail) {
					t.Errorf("error %v, want one with %q", err, test.fail)
				}
				return
			}
			if err != nil || function != "f" || string(payload) != test.payload {
				t.Errorf("%s %s, %v", function, payload, err)
			}
		})
	}
}
