package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/auth"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/user"
)

// operation is a kind of request, and what one uses.
type operation struct {
	name    string
	request usage
	stream  []usage // of the functions that its change wakes, in a batch of its own
	answer  float64 // bytes of the body
	kept    float64 // bytes of audit records
}

// measured is all that costs depend on.
type measured struct {
	operations []operation
	authorizer usage
	reconcile  usage   // one tenant that nobody has changed
	idleBytes  float64 // of a new tenant
}

const samples = 20

// measure runs every kind of request in a tenant of 13 built-in roles, 200 of its own
// and 200 users.
func measure(ctx context.Context, engine *capacity.Engine) (m measured, err error) {
	fresh, err := capacity.NewService(ctx, engine, "fresh")
	if err != nil {
		return m, err
	}
	if m.idleBytes, err = bytesOf(ctx, engine, fresh, ""); err != nil {
		return m, err
	}
	if m.reconcile, err = measureReconcile(ctx, fresh); err != nil {
		return m, err
	}
	s, err := capacity.NewService(ctx, engine, "busy")
	if err != nil {
		return m, err
	}
	if err := fill(ctx, s); err != nil {
		return m, err
	}
	if m.authorizer, err = measureAuthorizer(ctx, s); err != nil {
		return m, err
	}
	for _, k := range kinds {
		o, err := k.measure(ctx, engine, s)
		if err != nil {
			return m, fmt.Errorf("%s: %w", k.name, err)
		}
		m.operations = append(m.operations, o)
	}
	return m, nil
}

func measureReconcile(ctx context.Context, s *capacity.Service) (used usage, err error) {
	r := sync.Reconciler{Store: s.Store, Holders: s.Store}
	goOn := func() bool { return true }
	s.Meter.Take()
	if _, err := r.Tenant(ctx, s.Tenant, "", goOn); err != nil {
		return used, err
	}
	if _, err := r.HeldRoles(ctx, s.Tenant, sync.HeldRole{}, goOn); err != nil {
		return used, err
	}
	used.add(s.Meter.Take(), 1)
	return used, nil
}

// fill makes roles and users, and the sets name the roles.
func fill(ctx context.Context, s *capacity.Service) error {
	for i := range 200 {
		id := fmt.Sprintf("ROLE%03d", i)
		if _, err := s.Store.CreateRole(ctx, s.Tenant, audit.Actor{}, role.Role{ID: id, Name: "Role " + id, UpdatePermissionSet: true}); err != nil {
			return err
		}
		name := fmt.Sprintf("user-%d@example.com", i)
		u := user.User{ID: fmt.Sprintf("%032x", i), UserName: name, DisplayName: "A user", Active: true, Emails: []user.Value{{Value: name, Type: "work"}}}
		if _, err := s.Store.CreateUser(ctx, s.Tenant, audit.Actor{}, u); err != nil {
			return err
		}
	}
	_, err := sync.Reconciler{Store: s.Store}.Tenant(ctx, s.Tenant, "", func() bool { return true })
	return err
}

func measureAuthorizer(ctx context.Context, s *capacity.Service) (usage, error) {
	authenticator := auth.Authenticator{Store: s.Store, JWTs: noJWTs{}, Now: time.Now, Warn: func(context.Context, error) {}}
	ask := func() error {
		_, err := authenticator.Authenticate(ctx, "Bearer "+s.Token)
		return err
	}
	if err := ask(); err != nil { // the day's first use is noted
		return usage{}, err
	}
	s.Meter.Take()
	var used usage
	err := ask()
	used.add(s.Meter.Take(), 1)
	return used, err
}

type noJWTs struct{ auth.JWTs }

func (noJWTs) Peek(string) (string, []string, bool) { return "", nil, false }
