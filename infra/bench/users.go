package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rolecall/rolecall/infra/capacity"
	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/user"
)

// users prints what requests for users cost in tenants of growing size, from the
// handler to an engine without a stream.
func users(ctx context.Context, root string, sizes []int, samples int) (err error) {
	engine, err := capacity.StartEngine(ctx, root, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	rows := [][]string{{"users, ms and units a request", "users", "requests", "p50", "p99", "read", "write"}}
	for _, size := range sizes {
		progress(fmt.Sprintf("making a tenant of %d users", size))
		service, err := capacity.NewService(ctx, engine, fmt.Sprintf("users-%d", size))
		if err != nil {
			return err
		}
		m := userMeasure{service: service, ids: make([]string, size)}
		if err := m.fill(ctx); err != nil {
			return fmt.Errorf("tenant of %d users: %w", size, err)
		}
		measured, err := m.run(ctx, samples)
		if err != nil {
			return fmt.Errorf("tenant of %d users: %w", size, err)
		}
		rows = append(rows, measured...)
	}
	printTable(rows)
	return nil
}

type userMeasure struct {
	service *capacity.Service
	ids     []string
}

// fill makes the users, each with an address, and every tenth with a role.
func (m *userMeasure) fill(ctx context.Context) error {
	held, err := m.service.Store.RolesByID(ctx, m.service.Tenant, []string{"RL_CONFIG"})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range m.ids {
		group.Go(func() error {
			u := user.User{ID: capacity.NewID(), UserName: userName(i), ExternalID: fmt.Sprint("ext-", i), DisplayName: "A user", Active: true}
			u.Emails = []user.Value{{Value: userName(i), Type: "work", Primary: true}}
			if i%10 == 9 {
				u.Roles = []user.Role{{ID: "RL_CONFIG", Created: held["RL_CONFIG"].Created}}
			}
			m.ids[i] = u.ID
			_, err := m.service.Store.CreateUser(ctx, m.service.Tenant, audit.Actor{}, u)
			return err
		})
	}
	return group.Wait()
}

func userName(i int) string { return fmt.Sprintf("user-%d@example.com", i) }

// run measures each kind of request: the middle and the slowest time, and the mean
// of the units.
func (m *userMeasure) run(ctx context.Context, samples int) ([][]string, error) {
	const give = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","path":"roles","value":[{"value":"RL_AUDITV"}]}]}`
	const take = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"remove","path":"roles[value eq \"RL_AUDITV\"]"}]}`
	size := len(m.ids)
	one := func(i int) string { return "/Users/" + m.ids[i%size] }
	where := func(attribute, value string) func(int) string {
		return func(i int) string { return fmt.Sprintf("/Users?filter="+attribute+"+eq+%%22"+value+"%%22", i%size) }
	}
	always := func(path string) func(int) string { return func(int) string { return path } }
	var rows [][]string
	for _, kind := range []struct {
		name, method string
		operation    func(api.Dependencies) http.Handler
		path         func(i int) string
		body         string
	}{
		{"get", "GET", api.GetUser, one, ""},
		{"userName eq", "GET", api.ListUsers, where("userName", "user-%d@example.com"), ""},
		{"externalId eq", "GET", api.ListUsers, where("externalId", "ext-%d"), ""},
		{"emails.value eq", "GET", api.ListUsers, where("emails.value", "user-%d@example.com"), ""},
		{"roles.value eq, page of 10", "GET", api.ListUsers, always("/Users?filter=roles.value+eq+%22RL_CONFIG%22&cursor=&count=10"), ""},
		{"page of 10 by cursor", "GET", api.ListUsers, always("/Users?cursor=&count=10"), ""},
		{"last 10 by startIndex", "GET", api.ListUsers, always(fmt.Sprint("/Users?count=10&startIndex=", size-9)), ""},
		{"assign a role", "PATCH", api.PatchUser, one, give},
		{"take a role", "PATCH", api.PatchUser, one, take},
	} {
		samples := samples
		if kind.body != "" {
			samples = min(samples, size) // a user each, so that something changes
		}
		m.service.Meter.Take()
		var took []time.Duration
		for i := range samples {
			start := time.Now()
			if _, err := m.service.Send(ctx, kind.operation, kind.method, kind.path(i), kind.body); err != nil {
				return nil, fmt.Errorf("%s: %w", kind.name, err)
			}
			took = append(took, time.Since(start))
		}
		units := m.service.Meter.Take()
		rows = append(rows, []string{
			kind.name, fmt.Sprint(size), fmt.Sprint(samples), milliseconds(percentile(took, 50)), milliseconds(percentile(took, 99)),
			fmt.Sprintf("%.1f", units.Read/float64(samples)), fmt.Sprintf("%.1f", units.Write/float64(samples)),
		})
	}
	return rows, nil
}
