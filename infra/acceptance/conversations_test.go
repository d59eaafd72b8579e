package acceptance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// surfacePaths are the paths that conversations run below.
var surfacePaths = map[string]string{
	"tenant":         "/scim/{tenant}/v2",
	"standard":       "/scim/v2",
	"management-api": "/management-api/scim/v2",
}

// testConversations holds each conversation on each of its surfaces, in a tenant
// of its own.
func testConversations(t *testing.T, s service) {
	files, err := filepath.Glob("testdata/conversations/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, file := range files {
		c, err := readConversation(file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, surface := range c.surfaces {
			name := strings.TrimSuffix(filepath.Base(file), ".txt") + "-" + surface
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				c.hold(t, s, name, surface)
			})
		}
	}
}

func (c conversation) hold(t *testing.T, s service, in, surface string) {
	var first struct{ Token string }
	s.invoke(t, "onboard-tenant", fmt.Sprintf(`{"tenant":%q}`, in), &first)
	var registered struct{ Client, Secret string }
	s.invoke(t, "manage-clients", fmt.Sprintf(`{"tenant":%q,"action":"register","name":"Client","principal":"client","roles":["RL_SADMIN"]}`, in), &registered)
	known := names{"tenant": in, "client": registered.Client, "secret": registered.Secret}
	base := known.fill(surfacePaths[surface])
	known["base"] = s.BaseURL() + base
	for _, step := range c.steps {
		step.spellResources(surface)
		target, token := base+known.fill(step.target), first.Token
		if given, ok := known["token"]; ok {
			token = given
		}
		if whole, ok := strings.CutPrefix(step.target, "//"); ok {
			target, token = "/"+known.fill(whole), ""
		}
		if !step.take(t, s, known, encodeQuery(target), token) {
			return
		}
	}
}

// spellResources tells apart what the surfaces do.
func (s *step) spellResources(surface string) {
	resources, isList := s.want["Resources"]
	if !isList {
		return
	}
	s.want = maps.Clone(s.want)
	if s.want["resources"] = nil; surface == "tenant" {
		s.want["resources"], s.want["Resources"] = resources, nil
	}
}

// take sends the request and compares the answer.
func (s step) take(t *testing.T, service service, known names, target, token string) bool {
	t.Helper()
	body := known.fill(s.body)
	var header []string
	for name, values := range s.header {
		header = append(header, name, known.fill(values[0]))
	}
	if unknown := inBraces.FindString(target + body + strings.Join(header, " ")); unknown != "" {
		t.Errorf("%s: no answer had %s", s.name, unknown)
		return false
	}
	a := service.call(t, s.method, target, token, body, header...)
	differences := s.compare(known, a)
	if len(differences) == 0 {
		return true
	}
	t.Errorf("%s:\n%s %s\n%s\n\n%d\n%s\n%s\n%s", s.name, s.method, target, body, a.status, shown(a), indented(a.body), strings.Join(differences, "\n"))
	return false
}

func (s step) compare(known names, a answer) []string {
	if a.status != s.status {
		return differ("status", s.status, a.status)
	}
	var got any
	if len(a.body) > 0 {
		if err := json.Unmarshal(a.body, &got); err != nil {
			return []string{err.Error()}
		}
	}
	var differences []string
	switch {
	case s.want != nil:
		differences = known.compare("", s.want, got)
	case len(a.body) > 0:
		differences = differ("body", nil, got)
	}
	for name, values := range s.wantHeader {
		differences = append(differences, known.compare(name, values[0], a.header.Get(name))...)
	}
	return differences
}

// shown are the headers of an answer that say something about it.
func shown(a answer) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		if name != "Date" && name != "Content-Length" {
			lines = append(lines, name+": "+strings.Join(a.header[name], ", "))
		}
	}
	return strings.Join(lines, "\n") + "\n"
}
