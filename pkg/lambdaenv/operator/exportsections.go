package operator

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/tenant"
	"github.com/rolecall/rolecall/pkg/user"
)

// exportStore is all that an export reads.
type exportStore interface {
	tenant.ConfigurationStore
	role.Store
	permission.Store
	user.Store
	auth.PrincipalStore
	auth.TokenKeeper
	auth.ClientStore
	tenant.AuditStore
}

// How many are read at once: roles, principals and audit records are small, users
// may have much, and sets may be long.
const (
	exportedAtOnce      = 1000
	usersExportedAtOnce = 100
	setsExportedAtOnce  = 10
)

// sections returns what is exported, in its order.
func (e export) sections() []section {
	return []section{
		{"configuration", e.configuration},
		{"roles", e.roles},
		{"permissionSets", e.permissionSets},
		{"users", e.users},
		{"principals", e.principals},
		{"tokens", e.tokens},
		{"clients", e.clients},
		{"audit", e.audit},
	}
}

func (e export) configuration(ctx context.Context, t tenant.ID, behind string) ([]line, bool, error) {
	if behind != "" {
		return nil, false, nil
	}
	c, err := e.store.Configuration(ctx, t)
	return []line{{t.String(), exportedConfiguration{"configuration", configurationOf(t, c)}}}, false, err
}

func (e export) roles(ctx context.Context, t tenant.ID, behind string) ([]line, bool, error) {
	roles, more, err := e.store.Roles(ctx, t, resource.Span{}.Behind(behind), exportedAtOnce)
	lines := make([]line, len(roles))
	for i := range roles {
		lines[i] = line{roles[i].ID, exportedRoleOf(&roles[i])}
	}
	return lines, more, err
}

// permissionSets reads behind a set's id, or behind a part of a long set: <id>#<part>.
func (e export) permissionSets(ctx context.Context, t tenant.ID, behind string) (lines []line, more bool, err error) {
	id, after, inSet := strings.Cut(behind, "#")
	if inSet {
		part, err := strconv.Atoi(after)
		if err != nil || part < 0 {
			return nil, false, errWrongNext
		}
		set, err := e.store.PermissionSet(ctx, t, id)
		if err != nil && !errors.Is(err, resource.ErrNotFound) {
			return nil, false, err
		}
		if parts := partsOf(set, e.roleCodes); err == nil && part+1 < len(parts) {
			lines = linesOf(id, parts)[part+1:]
		}
	}
	sets, more, err := e.store.PermissionSets(ctx, t, resource.Span{}.Behind(id), setsExportedAtOnce)
	for i := range sets {
		lines = append(lines, linesOf(sets[i].ID, partsOf(sets[i], e.roleCodes))...)
	}
	return lines, more, err
}

// linesOf makes a line of each part of a set. The last one's place is the set's id,
// so that what follows does not depend on the set.
func linesOf(id string, parts []exportedSet) []line {
	lines := make([]line, len(parts))
	for i, part := range parts {
		lines[i] = line{id + "#" + strconv.Itoa(i), part}
	}
	lines[len(lines)-1].place = id
	return lines
}

func (e export) users(ctx context.Context, t tenant.ID, behind string) ([]line, bool, error) {
	users, more, err := e.store.Users(ctx, t, resource.Span{}.Behind(behind), usersExportedAtOnce)
	lines := make([]line, len(users))
	for i := range users {
		lines[i] = line{users[i].ID, exportedUserOf(&users[i])}
	}
	return lines, more, err
}

// principals leaves out users, who hold their roles as users.
func (e export) principals(ctx context.Context, t tenant.ID, behind string) (lines []line, more bool, err error) {
	for more = true; more && len(lines) == 0; {
		var principals []auth.Principal
		if principals, more, err = e.store.Principals(ctx, t, behind, exportedAtOnce); err != nil {
			return nil, false, err
		}
		for _, p := range principals {
			behind = p.ID
			if _, isUser := auth.UserOf(p.ID); !isUser {
				lines = append(lines, line{p.ID, exportedPrincipal{"principal", p.ID, p.Roles}})
			}
		}
	}
	return lines, more, nil
}

func (e export) tokens(ctx context.Context, t tenant.ID, behind string) ([]line, bool, error) {
	tokens, err := e.store.Tokens(ctx, t)
	var lines []line
	for _, token := range tokens {
		if token.ID > behind {
			lines = append(lines, line{token.ID, exportedToken{"token", tokenOf(token)}})
		}
	}
	return lines, false, err
}

func (e export) clients(ctx context.Context, t tenant.ID, behind string) ([]line, bool, error) {
	clients, err := e.store.Clients(ctx, t)
	var lines []line
	for _, c := range clients {
		if c.ID > behind {
			lines = append(lines, line{c.ID, exportedClient{"client", clientOf(c)}})
		}
	}
	return lines, false, err
}

func (e export) audit(ctx context.Context, t tenant.ID, behind string) ([]line, bool, error) {
	records, more, err := e.store.AuditRecords(ctx, t, resource.Span{}.Behind(behind), exportedAtOnce)
	lines := make([]line, len(records))
	for i := range records {
		lines[i] = line{records[i].ID, exportedRecordOf(&records[i])}
	}
	return lines, more, err
}
