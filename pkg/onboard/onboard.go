// Package onboard makes tenants. What a new tenant starts with stands in
// builtin.json, which an operator may change before a deployment. The package
// imports neither the SCIM protocol nor AWS.
package onboard

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// ErrTenantExists says that a tenant with this id exists.
var ErrTenantExists = errors.New("tenant already exists")

// TokenLife is how long a tenant's first token is good for.
const TokenLife = 90 * 24 * time.Hour

// administratorID is the principal that a tenant's first token belongs to.
const administratorID = "administrator"

//go:embed builtin.json
var builtInJSON []byte

// builtIn is what builtin.json holds.
type builtIn struct {
	ConfiguredPermissionSet string
	AdministratorRoles      []string
	Roles                   []struct {
		ID, Name, Description string
		PermissionSets        []string
	}
	PermissionSets []struct {
		ID, Name string
		Items    []struct {
			Permission permission.Code
			Roles      json.RawMessage // a list of roles, or "all" that are built in; absent: not limited
		}
	}
}

// NewTenant is all that is stored for a tenant at once.
type NewTenant struct {
	ID                      tenant.ID
	By                      audit.Actor
	ConfiguredPermissionSet string
	Roles                   []role.Role
	PermissionSets          []permission.Set
	Administrator           auth.Principal
	Token                   auth.Token
	TokenHash               auth.TokenHash
	CursorKeys              []tenant.CursorKey
}

// Store keeps tenants.
type Store interface {
	// CreateTenant stores a tenant, all or nothing, together with the audit
	// record, or returns ErrTenantExists.
	CreateTenant(ctx context.Context, n NewTenant) error
}

// Onboard makes a tenant with its configuration, built-in roles and sets, and
// its first administrator. The secret of the administrator's token is
// returned here and stored nowhere.
func Onboard(ctx context.Context, store Store, t tenant.ID, by audit.Actor, now time.Time) (secret string, token auth.Token, err error) {
	n, err := newTenant(t)
	if err != nil {
		return "", auth.Token{}, fmt.Errorf("read builtin.json: %w", err)
	}
	n.By = by
	secret, n.Token = auth.NewToken(t, n.Administrator.ID, now, TokenLife)
	n.TokenHash = auth.HashToken(secret)
	n.CursorKeys = []tenant.CursorKey{tenant.NewCursorKey(now)}
	if err := store.CreateTenant(ctx, n); err != nil {
		return "", auth.Token{}, err
	}
	return secret, n.Token, nil
}

func newTenant(t tenant.ID) (NewTenant, error) {
	var b builtIn
	if err := json.Unmarshal(builtInJSON, &b); err != nil {
		return NewTenant{}, err
	}
	n := NewTenant{
		ID:                      t,
		ConfiguredPermissionSet: b.ConfiguredPermissionSet,
		Administrator:           auth.Principal{ID: administratorID, Roles: b.AdministratorRoles},
	}
	var codes []string
	for _, r := range b.Roles {
		builtInRole := role.Role{
			ID: r.ID, Name: r.Name, Description: r.Description,
			UpdatePermissionSet: true, PermissionSets: r.PermissionSets, BuiltIn: true,
		}
		if err := builtInRole.Validate(); err != nil {
			return NewTenant{}, fmt.Errorf("role %s: %w", r.ID, err)
		}
		n.Roles = append(n.Roles, builtInRole)
		codes = append(codes, r.ID)
	}
	slices.Sort(codes)
	for _, s := range b.PermissionSets {
		if err := resource.CheckCode("id", s.ID); err != nil {
			return NewTenant{}, fmt.Errorf("permission set %s: %w", s.ID, err)
		}
		set := permission.Set{ID: s.ID, Name: s.Name}
		for _, i := range s.Items {
			item := permission.Item{Permission: i.Permission}
			switch {
			case i.Roles == nil:
			case string(i.Roles) == `"all"`:
				item.Limited, item.Roles = true, codes
			default:
				item.Limited = true
				if err := json.Unmarshal(i.Roles, &item.Roles); err != nil {
					return NewTenant{}, fmt.Errorf("permission set %s, item %s: %w", s.ID, i.Permission, err)
				}
				slices.Sort(item.Roles)
			}
			set.Items = append(set.Items, item)
		}
		n.PermissionSets = append(n.PermissionSets, set)
	}
	return n, nil
}
