package tenantaccess

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rolecall/rolecall/pkg/resource"
	"github.com/rolecall/rolecall/pkg/tenant"
)

const (
	// maxSessions is how many tenants' sessions a process keeps.
	maxSessions = 100
	// renewBefore is how long before a session ends another is asked for, while
	// calls go on in the old one: STS may be out of reach for that long.
	renewBefore = 2 * time.Minute
	// lastUse is how long before its end a session signs its last call.
	lastUse = 15 * time.Second
	// patience is how long a request for a session may take, with its retries.
	patience = 5 * time.Second
	// rest is how long after a failure no session is asked for.
	rest = time.Second
)

// ErrNoTenant refuses a call that is made for nobody.
var ErrNoTenant = errors.New("a call of AWS without a tenant in its context")

// AssumeRole begins a session for a tenant.
type AssumeRole func(ctx context.Context, t tenant.ID) (aws.Credentials, error)

// Provider is an aws.CredentialsProvider that answers with the credentials of
// the tenant in the context. It must not be wrapped in an aws.CredentialsCache,
// which would hand one tenant's credentials to all. It is safe for concurrent use.
type Provider struct {
	assume AssumeRole
	now    func() time.Time

	mutex    sync.Mutex
	sessions map[tenant.ID]*session
	uses     uint64
}

// session is what is known of a tenant's session. The provider's mutex guards it.
type session struct {
	lastUsed    uint64 // the provider's uses then
	credentials aws.Credentials
	pending     chan struct{} // closed when the request under way is answered; nil without one
	failure     error         // of the last request
	restUntil   time.Time     // no request before
}

// New returns a provider that begins sessions by assume.
func New(assume AssumeRole, now func() time.Time) *Provider {
	return &Provider{assume: assume, now: now, sessions: map[tenant.ID]*session{}}
}

// Retrieve implements aws.CredentialsProvider. Without a tenant in ctx it fails
// with ErrNoTenant, without a session with resource.ErrUnavailable.
func (p *Provider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	t, ok := tenantOf(ctx)
	if !ok {
		return aws.Credentials{}, ErrNoTenant
	}
	s := p.sessionOf(t)
	for {
		credentials, pending, err := p.look(ctx, t, s)
		if pending == nil {
			return credentials, err
		}
		select {
		case <-pending:
		case <-ctx.Done():
			return aws.Credentials{}, fmt.Errorf("wait for a session of tenant %s: %w", t, ctx.Err())
		}
	}
}

// sessionOf finds a tenant's session, or makes room for one by forgetting the one
// that has not been used for longest.
func (p *Provider) sessionOf(t tenant.ID) *session {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	s := p.sessions[t]
	if s == nil {
		if len(p.sessions) >= maxSessions {
			p.forgetOne()
		}
		s = &session{}
		p.sessions[t] = s
	}
	p.uses++
	s.lastUsed = p.uses
	return s
}

func (p *Provider) forgetOne() {
	var oldest tenant.ID
	least := p.uses + 1
	for t, s := range p.sessions {
		if s.lastUsed < least {
			oldest, least = t, s.lastUsed
		}
	}
	delete(p.sessions, oldest)
}

// look answers with credentials, or with what to wait for, or with why there is
// nothing of either. All callers share one request.
func (p *Provider) look(ctx context.Context, t tenant.ID, s *session) (credentials aws.Credentials, pending <-chan struct{}, err error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	now := p.now()
	left := s.credentials.Expires.Sub(now)
	if left <= renewBefore && s.pending == nil && !now.Before(s.restUntil) {
		s.pending = make(chan struct{})
		go p.renew(context.WithoutCancel(ctx), t, s) // others wait for it, too
	}
	switch {
	case left > lastUse:
		return s.credentials, nil, nil
	case s.pending != nil:
		return aws.Credentials{}, s.pending, nil
	}
	return aws.Credentials{}, nil, s.failure
}

func (p *Provider) renew(ctx context.Context, t tenant.ID, s *session) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	credentials, err := p.assume(ctx, t)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	now := p.now()
	if err == nil && credentials.Expires.Sub(now) <= lastUse {
		err = fmt.Errorf("it ends at %s, and it is %s", credentials.Expires.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	if err == nil {
		s.credentials, s.failure = credentials, nil
	} else {
		// Only as text: the SDK would try again what has been tried again here.
		s.failure = fmt.Errorf("%w: session of tenant %s: %v", resource.ErrUnavailable, t, err)
		s.restUntil = now.Add(rest)
	}
	close(s.pending)
	s.pending = nil
}
