package sync_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	gosync "sync"
	"testing"

	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// script is a store that answers as the tests say and notes what it is asked.
type script struct {
	mutex   gosync.Mutex
	asked   []string
	answers map[string][]error // by tenant, one after the other; then nil
	pages   []sync.Page        // of every tenant
	before  func(t tenant.ID)
}

func (s *script) BringInLine(ctx context.Context, t tenant.ID, looks []sync.Look, _ func(sync.View) []permission.Code) ([]sync.SetChange, error) {
	if s.before != nil {
		s.before(t)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.asked = append(s.asked, "mend "+describe(t, looks))
	if answers := s.answers[t.String()]; len(answers) > 0 {
		s.answers[t.String()] = answers[1:]
		if answers[0] != nil {
			return nil, answers[0]
		}
	}
	return changesOf(looks), nil
}

func (s *script) Differences(_ context.Context, t tenant.ID, looks []sync.Look, _ func(sync.View) []permission.Code) ([]sync.SetChange, error) {
	s.asked = append(s.asked, "compare "+describe(t, looks))
	return changesOf(looks), nil
}

func (s *script) OutOfLine(_ context.Context, t tenant.ID, behind string, _ func(sync.View) []permission.Code) (sync.Page, error) {
	s.asked = append(s.asked, fmt.Sprintf("page %s behind %q", t, behind))
	page := s.pages[0]
	s.pages = s.pages[1:]
	return page, nil
}

func describe(t tenant.ID, looks []sync.Look) string {
	words := []string{t.String()}
	for _, look := range looks {
		word := look.Role
		if look.AllSets {
			word += "*"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// changesOf changes the roles that begin with C.
func changesOf(looks []sync.Look) []sync.SetChange {
	var roles []sync.RoleChange
	for _, look := range looks {
		if strings.HasPrefix(look.Role, "C") {
			roles = append(roles, sync.RoleChange{Role: look.Role})
		}
	}
	if roles == nil {
		return nil
	}
	return []sync.SetChange{{Set: "FS_RLASG", Version: 2, Roles: roles}}
}

func (s *script) want(t *testing.T, asked ...string) {
	t.Helper()
	slices.Sort(s.asked)
	slices.Sort(asked)
	if !slices.Equal(s.asked, asked) {
		t.Errorf("asked %q, want %q", s.asked, asked)
	}
}

func id(t *testing.T, text string) tenant.ID {
	t.Helper()
	parsed, err := tenant.ParseID(text)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}
