package sync_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	gosync "sync"
	"time"

	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// roster is a store of holders, who are counted only. It notes what it is asked,
// and answers errors as the tests say.
type roster struct {
	mutex   gosync.Mutex
	holders map[string]int     // by held: as of("acme", "A", 1)
	exist   map[string]bool    // the same
	errs    map[string][]error // of TakeRole, by held, one after the other; then nil
	asked   []string
	before  func() // each call
}

const (
	rosterPage = 2 // roles
	atOnce     = 10
)

// of names a role of a tenant that was created at a time.
func of(t, id string, created int) string { return fmt.Sprintf("%s/%s@%d", t, id, created) }

func nameOf(t tenant.ID, r sync.HeldRole) string {
	return of(t.String(), r.ID, int(r.Created.UnixMilli()))
}

func held(id string, created int) sync.HeldRole {
	return sync.HeldRole{ID: id, Created: time.UnixMilli(int64(created)).UTC()}
}

func (r *roster) note(ctx context.Context, what string) error {
	r.asked = append(r.asked, what)
	if r.before != nil {
		r.before()
	}
	return ctx.Err()
}

func (r *roster) HeldRoles(ctx context.Context, t tenant.ID, id string, behind sync.HeldRole) (sync.HeldPage, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if err := r.note(ctx, "look "+t.String()+"/"+id); err != nil {
		return sync.HeldPage{}, err
	}
	var page sync.HeldPage
	for name, n := range r.holders {
		in, rest, _ := strings.Cut(name, "/")
		role, at, _ := strings.Cut(rest, "@")
		var created int
		_, _ = fmt.Sscan(at, &created)
		if h := held(role, created); in == t.String() && n > 0 && (id == "" || id == role) && compare(h, behind) > 0 {
			page.Roles = append(page.Roles, sync.Held{HeldRole: h, Exists: r.exist[name]})
		}
	}
	slices.SortFunc(page.Roles, func(a, b sync.Held) int { return compare(a.HeldRole, b.HeldRole) })
	if page.More = len(page.Roles) > rosterPage; page.More {
		page.Roles = page.Roles[:rosterPage]
	}
	return page, nil
}

func compare(a, b sync.HeldRole) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), a.Created.Compare(b.Created))
}

func (r *roster) TakeRole(ctx context.Context, t tenant.ID, role sync.HeldRole) (int, bool, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	name := nameOf(t, role)
	if err := r.note(ctx, "take "+name); err != nil {
		return 0, true, err
	}
	if errs := r.errs[name]; len(errs) > 0 {
		r.errs[name] = errs[1:]
		if errs[0] != nil {
			return 0, true, errs[0]
		}
	}
	taken := min(r.holders[name], atOnce)
	r.holders[name] -= taken
	return taken, r.holders[name] > 0, nil
}

// takings are the calls of TakeRole.
func (r *roster) takings() []string {
	return slices.DeleteFunc(slices.Clone(r.asked), func(what string) bool { return !strings.HasPrefix(what, "take ") })
}
