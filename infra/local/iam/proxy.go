package iam

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	maxBody    = 16 << 20 // DynamoDB's own limit on a request, the largest of all
	maxDenials = 1000
)

// Denial is a call that no policy allowed.
type Denial struct {
	Function    string
	Role        string            // that the function had assumed; empty for its own
	Tags        map[string]string // of that role's session
	Action      string
	Resource    string
	LeadingKeys []string
	Time        time.Time
}

// Call is a call that was let through.
type Call struct {
	Function string // that makes it
	Payload  []byte // the body, which the request has no more
	// Serve lets the service answer. It may be called more than once, with other writers, or not at all.
	Serve http.HandlerFunc
}

// Proxy stands between the functions and the services, and lets through the calls that a function's statements allow.
type Proxy struct {
	// OnDenied, if set before the first request, hears of each denial.
	OnDenied func(Denial)
	// OnCall, if set before the first request, hears of each call that is let through. The call waits for it.
	OnCall func(function string)
	// Around, if set before the first request, answers each call that is let through, in place of the call's service.
	Around func(w http.ResponseWriter, r *http.Request, c Call)

	services []Service // the first that takes a call serves it

	mu      sync.RWMutex
	callers map[string]*caller // by access key id
	roles   map[string]*role   // by ARN
	usages  map[string]*usage  // by function, or role
	denials []Denial
}

// NewProxy returns a proxy to the services, to STS, and for all they do not take to the DynamoDB engine whose base URL target returns,
// asked anew for each request. keys names the partition key of a table ("Table") or of an index ("Table/index/Index"); where it
// does not know one, a request has no leading keys.
func NewProxy(target func() string, keys func(table string) (partitionKey string, ok bool), services ...Service) *Proxy {
	p := &Proxy{callers: map[string]*caller{}, roles: map[string]*role{}, usages: map[string]*usage{}}
	p.services = append(slices.Clone(services), sts{p}, newDynamoDB(target, keys))
	return p
}

// Register makes the calls signed with an access key those of a function, under its statements. It fails on a statement that
// cannot be evaluated here. A key registered again takes the new statements.
func (p *Proxy) Register(accessKeyID, function string, statements []Statement) error {
	return p.RegisterAs("", accessKeyID, function, statements)
}

// RegisterAs is Register for a function whose role, by its ARN, may be trusted by others.
func (p *Proxy) RegisterAs(roleARN, accessKeyID, function string, statements []Statement) error {
	compiled, err := compile(statements)
	if err != nil {
		return fmt.Errorf("policy of %s: %w", function, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.callers[accessKeyID] = &caller{function: function, roleARN: roleARN, policy: compiled, used: p.usageOf(function)}
	return nil
}

// Used returns the actions, sorted, that each function was allowed and a service answered. What it was allowed as a role that it
// had assumed is the role's.
func (p *Proxy) Used() map[string][]string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	used := map[string][]string{}
	for name, u := range p.usages {
		u.mu.Lock()
		used[name] = slices.Sorted(maps.Keys(u.actions))
		u.mu.Unlock()
	}
	return used
}

// Denied returns the latest denials, oldest first.
func (p *Proxy) Denied() []Denial {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.Clone(p.denials)
}

// ServeHTTP authorizes a call and hands it to its service.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	service := p.service(r)
	caller, fault := p.caller(r.Header)
	if fault != nil {
		service.Refuse(w, fault)
		return
	}
	payload, err := readBody(r)
	if err != nil {
		service.Refuse(w, newFault(http.StatusRequestEntityTooLarge, "RequestEntityTooLargeException", "%v", err))
		return
	}
	needs, fault := service.Needs(r, payload)
	if fault != nil {
		service.Refuse(w, fault)
		return
	}
	for _, need := range needs {
		if decision := caller.decide(need); decision != allow {
			p.deny(caller.denial(need))
			service.Refuse(w, accessDenied(caller.user(), need, decision))
			return
		}
	}
	if p.OnCall != nil {
		p.OnCall(caller.function)
	}
	serve := func(w http.ResponseWriter, r *http.Request) {
		service.Serve(&noting{w, func() { caller.note(needs) }}, r.WithContext(withCaller(r.Context(), caller)), payload)
	}
	if p.Around != nil {
		p.Around(w, r, Call{caller.function, payload, serve})
		return
	}
	serve(w, r)
}

// noting tells of an answer before the caller has it, so that the caller finds its call noted.
type noting struct {
	http.ResponseWriter
	answered func()
}

// WriteHeader begins the answer.
func (n *noting) WriteHeader(status int) {
	if status < http.StatusInternalServerError {
		n.answered()
	}
	n.ResponseWriter.WriteHeader(status)
}

// service finds the one that takes a call: the last takes every one.
func (p *Proxy) service(r *http.Request) Service {
	i := slices.IndexFunc(p.services, func(s Service) bool { return s.Takes(r) })
	return p.services[i]
}

func (p *Proxy) caller(header http.Header) (*caller, *Fault) {
	_, credential, signed := strings.Cut(header.Get("Authorization"), "Credential=")
	if !signed {
		return nil, newFault(http.StatusBadRequest, "MissingAuthenticationTokenException", "Request is missing Authentication Token")
	}
	accessKeyID, _, _ := strings.Cut(credential, "/")
	p.mu.RLock()
	defer p.mu.RUnlock()
	known, ok := p.callers[accessKeyID]
	switch {
	case !ok || known.session != nil && known.session.token != header.Get("X-Amz-Security-Token"):
		return nil, newFault(http.StatusBadRequest, "UnrecognizedClientException", "The security token included in the request is invalid.")
	case known.session != nil && time.Now().After(known.session.expires):
		return nil, newFault(http.StatusBadRequest, "ExpiredTokenException", "The security token included in the request is expired")
	}
	return known, nil
}

func readBody(r *http.Request) ([]byte, error) {
	var buffer bytes.Buffer
	if r.ContentLength > 0 && r.ContentLength <= maxBody {
		buffer.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	if _, err := buffer.ReadFrom(io.LimitReader(r.Body, maxBody+1)); err != nil {
		return nil, fmt.Errorf("read the request: %w", err)
	}
	if buffer.Len() > maxBody {
		return nil, fmt.Errorf("the request is larger than %d bytes", maxBody)
	}
	return buffer.Bytes(), nil
}

func (p *Proxy) deny(denial Denial) {
	p.mu.Lock()
	if len(p.denials) == maxDenials {
		p.denials = slices.Delete(p.denials, 0, 1)
	}
	p.denials = append(p.denials, denial)
	p.mu.Unlock()
	if p.OnDenied != nil {
		p.OnDenied(denial)
	}
}
