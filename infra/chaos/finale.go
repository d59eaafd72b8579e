package main

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// finale is what has to go wrong at the end, because later changes would mend what it
// breaks.
func (r *run) finale(ctx context.Context) error {
	var all, first []*client
	for _, t := range r.tenants {
		all, first = append(all, t.clients...), append(first, t.clients[0])
	}
	if err := r.stage(ctx, all, (*client).returnRole); err != nil {
		return err
	}
	return r.stage(ctx, first, (*client).renameMeanwhile)
}

// scene is a write of a function behind the stream, and what a client does while it is
// on its way. Without a write there is none.
type scene struct {
	write func(*try) bool
	act   func()
}

// stage has clients prepare scenes while the stream stands still, and plays them when it
// goes on.
func (r *run) stage(ctx context.Context, clients []*client, prepare func(*client) scene) error {
	r.gate.close()
	defer r.gate.open()
	var prepared, played sync.WaitGroup
	for _, c := range clients {
		prepared.Add(1)
		played.Go(func() {
			s := prepare(c)
			sprung := make(chan struct{})
			if s.write != nil && !c.broken {
				r.storms.arm(r.storms.holding(func(t *try) bool { return r.behind[t.Function] && s.write(t) }, func() { close(sprung) }))
			}
			prepared.Done()
			if s.write == nil || c.broken {
				return
			}
			select {
			case <-sprung:
				s.act()
			case <-time.After(patience):
				r.violated("%s of %s: the stream has not led to a write for %s", c.name, c.tenant.name, patience)
			case <-ctx.Done():
			}
		})
	}
	prepared.Wait()
	r.gate.open()
	played.Wait()
	return ctx.Err()
}

// returnRole has a role given, deleted and created again under its id. Who holds the
// first is to lose it, unless given the second before that; who holds the second keeps it.
func (c *client) returnRole() scene {
	id, u := c.anyReturning(c.dice), c.freshUser()
	if c.roles[id] == nil {
		c.perform(c.creatingRole(tenantSurface, id, c.freshRole()))
	}
	c.perform(c.creatingUser(tenantSurface, u, []string{id}))
	c.perform(c.creatingUser(tenantSurface, c.freshUser(), []string{id}))
	c.perform(c.deletingRole(id, "", anyVersion))
	c.perform(c.creatingRole(tenantSurface, id, c.freshRole()))
	holders := slices.DeleteFunc(ids(c.users), func(id string) bool { return c.users[id].userName != u.userName })
	if len(holders) == 0 || c.roles[id] == nil {
		return scene{}
	}
	return scene{func(t *try) bool { return t.touches("HOLDER#" + id + "#") }, func() { c.perform(c.giving(holders[0], id)) }}
}

// giving gives a user a role.
func (c *client) giving(id, role string) *operation {
	u, roles := *c.users[id], append(c.held(c.users[id]), role)
	slices.Sort(roles)
	u.title = c.next()
	return &operation{
		name: "patch user", method: http.MethodPatch, on: tenantSurface, path: "/Users/" + id, retries: 2,
		body:   patchBody(object{"op": "replace", "path": "title", "value": u.title}, object{"op": "add", "path": "roles", "value": references([]string{role})}),
		expect: func() expectation { return c.updateUser(id, u, roles, anyVersion) },
	}
}

// renameMeanwhile has the configured set renamed while the stream writes to it.
func (c *client) renameMeanwhile() scene {
	c.perform(c.creatingRole(standardSurface, "", c.freshRole()))
	return scene{
		func(t *try) bool { return t.touches("PSET#"+configuredSet) && t.touches("TENANT#"+c.tenant.name+`"`) },
		func() { c.perform(c.share(c.renaming())) },
	}
}
