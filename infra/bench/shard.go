package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rolecall/rolecall/infra/local/stack"
	"github.com/rolecall/rolecall/pkg/audit"
	"github.com/rolecall/rolecall/pkg/onboard"
	"github.com/rolecall/rolecall/pkg/permission"
	"github.com/rolecall/rolecall/pkg/role"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// shards measures how many role changes a second the stream's function works off,
// when a shard holds those of one tenant and when it holds those of many.
func shards(ctx context.Context, options stack.Options, changes int) error {
	rows := [][]string{{"backlog of one shard", "tenants", "changes", "s", "per s"}}
	for _, tenants := range []int{1, 20} {
		progress(fmt.Sprintf("making a backlog of %d role changes, tenants: %d", changes, tenants))
		options.DataDir = filepath.Join(filepath.Dir(options.BinDir), fmt.Sprint("shard-", tenants))
		b := backlog{options: options, tenants: tenants, changes: changes}
		took, err := b.measure(ctx)
		if err != nil {
			return fmt.Errorf("backlog of a shard: %w", err)
		}
		rows = append(rows, []string{"brought in line", fmt.Sprint(tenants), fmt.Sprint(changes), fmt.Sprintf("%.1f", took.Seconds()), fmt.Sprintf("%.0f", float64(changes)/took.Seconds())})
	}
	printTable(rows)
	return nil
}

type backlog struct {
	options          stack.Options
	tenants, changes int
}

// measure writes the changes while nothing reads the stream, and then waits until
// it is drained.
func (b backlog) measure(ctx context.Context) (time.Duration, error) {
	if err := b.with(ctx, true, b.fill); err != nil {
		return 0, err
	}
	var took time.Duration
	err := b.with(ctx, false, func(ctx context.Context, s *stack.Stack) error {
		start := time.Now()
		waiting, cancel := context.WithTimeout(ctx, 5*time.Minute)
		defer cancel()
		if err := s.Drain(waiting); err != nil {
			return err
		}
		took = time.Since(start)
		return b.check(ctx, s)
	})
	return took, err
}

func (b backlog) with(ctx context.Context, functionsOnly bool, run func(context.Context, *stack.Stack) error) (err error) {
	b.options.FunctionsOnly = functionsOnly
	s, err := stack.Start(ctx, b.options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return run(ctx, s)
}

func (b backlog) fill(ctx context.Context, s *stack.Stack) error {
	store := b.store(s)
	for i := range b.tenants {
		t, err := b.tenant(i)
		if err != nil {
			return err
		}
		if _, _, err := onboard.Onboard(ctx, store, t, audit.Actor{}, time.Now()); err != nil {
			return err
		}
	}
	writers, ctx := errgroup.WithContext(ctx)
	writers.SetLimit(4)
	for i := range b.changes {
		writers.Go(func() error {
			t, err := b.tenant(i % b.tenants)
			if err != nil {
				return err
			}
			id := fmt.Sprintf("R%07d", i)
			_, err = store.CreateRole(ctx, t, audit.Actor{}, role.Role{ID: id, Name: id, UpdatePermissionSet: true})
			return err
		})
	}
	return writers.Wait()
}

// check compares what the sets name with what was created.
func (b backlog) check(ctx context.Context, s *stack.Stack) error {
	named := 0
	for i := range b.tenants {
		t, err := b.tenant(i)
		if err != nil {
			return err
		}
		set, err := b.store(s).PermissionSet(ctx, t, "FS_RLASG")
		if err != nil {
			return err
		}
		item, _ := set.Item(permission.AssignRole)
		named += len(item.Roles)
	}
	if want := b.changes + 13*b.tenants; named != want {
		return fmt.Errorf("the sets name %d roles, want %d", named, want)
	}
	return nil
}

func (b backlog) store(s *stack.Stack) *dynamo.Store {
	return dynamo.New(s.Client(), s.Template().Tables[0].Name, time.Now)
}

func (b backlog) tenant(i int) (tenant.ID, error) { return tenant.ParseID(fmt.Sprint("backlog-", i)) }
