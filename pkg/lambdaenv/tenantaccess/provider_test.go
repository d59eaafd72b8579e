package tenantaccess_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rolecall/rolecall/pkg/lambdaenv/tenantaccess"
	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// sessions is an STS that names the tenant in its access keys. Each session
// lasts a quarter of an hour, and takes a tenth of a second to begin.
type sessions struct {
	mutex sync.Mutex
	begun map[string]int // by tenant
	fails error
}

func (s *sessions) assume(ctx context.Context, t tenant.ID) (aws.Credentials, error) {
	select {
	case <-time.After(100 * time.Millisecond):
	case <-ctx.Done():
		return aws.Credentials{}, ctx.Err()
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.begun == nil {
		s.begun = map[string]int{}
	}
	s.begun[t.String()]++
	if s.fails != nil {
		return aws.Credentials{}, s.fails
	}
	return aws.Credentials{
		AccessKeyID: fmt.Sprint(t, "/", s.begun[t.String()]), SecretAccessKey: "secret", SessionToken: "token",
		CanExpire: true, Expires: time.Now().Add(15 * time.Minute),
	}, nil
}

func (s *sessions) fail(err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.fails = err
}

func (s *sessions) of(t string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.begun[t]
}

func tenantID(t testing.TB, name string) tenant.ID {
	t.Helper()
	id, err := tenant.ParseID(name)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// in runs a test in a bubble with a clock of its own.
func in(t *testing.T, run func(t *testing.T, s *sessions, p *tenantaccess.Provider)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &sessions{}
		run(t, s, tenantaccess.New(s.assume, time.Now))
	})
}

func want(t *testing.T, p *tenantaccess.Provider, name, key string) {
	t.Helper()
	got, err := p.Retrieve(tenantaccess.WithTenant(t.Context(), tenantID(t, name)))
	if err != nil || got.AccessKeyID != key {
		t.Errorf("%s signs with %q, %v; want %q", name, got.AccessKeyID, err, key)
	}
}

func TestNoTenant(t *testing.T) {
	in(t, func(t *testing.T, s *sessions, p *tenantaccess.Provider) {
		for _, ctx := range []context.Context{t.Context(), tenantaccess.WithTenant(t.Context(), tenant.ID{})} {
			if got, err := p.Retrieve(ctx); !errors.Is(err, tenantaccess.ErrNoTenant) || got.HasKeys() {
				t.Errorf("%v, %v", got, err)
			}
		}
		if s.begun != nil {
			t.Errorf("sessions for nobody: %v", s.begun)
		}
	})
}

func TestOneSessionPerTenant(t *testing.T) {
	in(t, func(t *testing.T, s *sessions, p *tenantaccess.Provider) {
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() { want(t, p, "acme", "acme/1") })
			callers.Go(func() { want(t, p, "globex", "globex/1") })
			callers.Go(func() { want(t, p, "acme-eu", "acme-eu/1") })
		}
		callers.Wait()
		if s.of("acme") != 1 || s.of("globex") != 1 {
			t.Errorf("requests %v", s.begun)
		}
	})
}

// TestRenewal: a session is replaced in time, and nobody waits for it.
func TestRenewal(t *testing.T) {
	in(t, func(t *testing.T, s *sessions, p *tenantaccess.Provider) {
		want(t, p, "acme", "acme/1")
		time.Sleep(15*time.Minute - tenantaccess.RenewBefore - time.Second)
		want(t, p, "acme", "acme/1")
		time.Sleep(time.Second)
		start := time.Now()
		want(t, p, "acme", "acme/1")
		if time.Since(start) != 0 {
			t.Errorf("a caller waited for %s", time.Since(start))
		}
		time.Sleep(time.Second)
		want(t, p, "acme", "acme/2")
		time.Sleep(time.Hour) // nobody called
		want(t, p, "acme", "acme/3")
	})
}

// TestOutage: without STS, calls go on until the session ends, and then fail
// without a request for each.
func TestOutage(t *testing.T) {
	in(t, func(t *testing.T, s *sessions, p *tenantaccess.Provider) {
		want(t, p, "acme", "acme/1")
		s.fail(errors.New("sts is down"))
		for range int((15*time.Minute-tenantaccess.LastUse)/time.Second) - 1 {
			time.Sleep(time.Second)
			want(t, p, "acme", "acme/1")
		}
		ctx := tenantaccess.WithTenant(t.Context(), tenantID(t, "acme"))
		time.Sleep(5 * time.Second)
		before := s.of("acme")
		for range 50 {
			_, err := p.Retrieve(ctx)
			if !errors.Is(err, resource.ErrUnavailable) || !strings.Contains(err.Error(), "acme: sts is down") {
				t.Fatalf("error %v", err)
			}
			time.Sleep(time.Millisecond)
		}
		if n := s.of("acme") - before; n != 1 {
			t.Errorf("%d requests for 50 calls", n)
		}
		s.fail(nil)
		time.Sleep(tenantaccess.Rest)
		if got, err := p.Retrieve(ctx); err != nil || !strings.HasPrefix(got.AccessKeyID, "acme/") {
			t.Errorf("after the outage: %v", err)
		}
	})
}

// TestEndedAlready: an answer that is of no use is a failure.
func TestEndedAlready(t *testing.T) {
	t.Parallel()
	p := tenantaccess.New(func(context.Context, tenant.ID) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "old", Expires: time.Now().Add(time.Second)}, nil
	}, time.Now)
	if _, err := p.Retrieve(tenantaccess.WithTenant(t.Context(), tenantID(t, "acme"))); !errors.Is(err, resource.ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}

// TestImpatientCaller: who gives up does not take the request from others.
func TestImpatientCaller(t *testing.T) {
	in(t, func(t *testing.T, s *sessions, p *tenantaccess.Provider) {
		ctx, cancel := context.WithTimeout(tenantaccess.WithTenant(t.Context(), tenantID(t, "acme")), time.Millisecond)
		defer cancel()
		if _, err := p.Retrieve(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		want(t, p, "acme", "acme/1")
	})
}

// TestBound: a process keeps the sessions that were used last.
func TestBound(t *testing.T) {
	in(t, func(t *testing.T, s *sessions, p *tenantaccess.Provider) {
		name := func(i int) string { return fmt.Sprint("tenant-", i) }
		for i := range tenantaccess.MaxSessions {
			want(t, p, name(i), name(i)+"/1")
		}
		want(t, p, name(0), name(0)+"/1")
		want(t, p, "one-more", "one-more/1") // in place of the second
		if n := tenantaccess.Kept(p); n != tenantaccess.MaxSessions {
			t.Errorf("%d sessions are kept", n)
		}
		want(t, p, name(0), name(0)+"/1")
		want(t, p, name(1), name(1)+"/2")
	})
}
