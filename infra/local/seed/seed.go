// Package seed fills a local database with tenants to try things on.
package seed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Token is a token that everybody knows. It exists only in local databases.
type Token struct {
	Secret, Tenant, Principal string
	Role                      string // that the principal holds; empty for users, who have their own
	Note                      string
}

const operator = auth.OperatorPrincipal

// Tokens returns the tokens of a seeded database, of the tenants acme and
// globex.
func Tokens() []Token {
	return []Token{
		{"dev-acme-admin", "acme", "administrator", "RL_SADMIN", "may do everything"},
		{"dev-acme-viewer", "acme", "viewer", "RL_AUDITV", "may read only"},
		{"dev-acme-user", "acme", auth.UserPrefix + Alice, "", "is the user alice@acme.example"},
		{"dev-globex-admin", "globex", "administrator", "RL_SADMIN", "may do everything"},
	}
}

// Apply onboards the tenants that are not there yet, through the function that
// onboards every tenant, and adds the tokens and users.
func Apply(ctx context.Context, s *stack.Stack) error {
	store := dynamo.New(s.Client(), s.Template().Tables[0].Name, time.Now)
	onboarded := map[tenant.ID]bool{}
	for _, token := range Tokens() {
		hash := auth.HashToken(token.Secret)
		if _, err := store.Token(ctx, hash); !errors.Is(err, resource.ErrNotFound) {
			if err != nil {
				return fmt.Errorf("look for seeded token: %w", err)
			}
			continue
		}
		t, err := tenant.ParseID(token.Tenant)
		if err != nil {
			return err
		}
		if !onboarded[t] {
			if err := onboardTenant(ctx, s, t); err != nil {
				return err
			}
			onboarded[t] = true
		}
		const life = 10 * 365 * 24 * time.Hour
		_, stored := auth.NewToken(t, token.Principal, time.Now(), life)
		if err := store.CreateToken(ctx, audit.Actor{Principal: operator}, token.principal(), stored, hash); err != nil {
			return fmt.Errorf("seed token of %s: %w", t, err)
		}
	}
	for _, u := range Users() {
		if err := u.apply(ctx, store); err != nil {
			return err
		}
	}
	return nil
}

func (t Token) principal() auth.Principal {
	p := auth.Principal{ID: t.Principal}
	if t.Role != "" {
		p.Roles = []string{t.Role}
	}
	return p
}

// onboardTenant leaves a tenant alone that is there.
func onboardTenant(ctx context.Context, s *stack.Stack, t tenant.ID) error {
	event, err := json.Marshal(map[string]string{"tenant": t.String()})
	if err != nil {
		return err
	}
	result, err := s.Invoke(ctx, "onboard-tenant", event)
	if err != nil {
		return fmt.Errorf("onboard tenant %s: %w", t, err)
	}
	if result.FunctionError != "" && !strings.Contains(string(result.Payload), onboard.ErrTenantExists.Error()) {
		return fmt.Errorf("onboard tenant %s: %s", t, result.Payload)
	}
	return nil
}
