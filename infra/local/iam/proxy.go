package iam

import (
	"bytes"
	"encoding/json"
	"errors"
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
	maxBody     = 16 << 20 // DynamoDB's own limit on a request
	maxDenials  = 1000
	contentType = "application/x-amz-json-1.0"
)

// Denial is a call that no policy allowed.
type Denial struct {
	Function    string
	Action      string
	Resource    string
	LeadingKeys []string
	Time        time.Time
}

// Proxy stands between the functions and the engine and forwards the calls that a function's statements allow.
type Proxy struct {
	// OnDenied, if set before the first request, hears of each denial.
	OnDenied func(Denial)

	target    func() string
	keys      keysOf
	transport http.RoundTripper

	mu      sync.RWMutex
	callers map[string]*caller
	denials []Denial
}

type caller struct {
	function string
	policy   policy
	mu       sync.Mutex
	used     map[string]struct{}
}

// NewProxy returns a proxy to the engine whose base URL target returns, asked anew for each request. keys names the partition
// key of a table ("Table") or of an index ("Table/index/Index"); where it does not know one, a request has no leading keys.
func NewProxy(target func() string, keys func(table string) (partitionKey string, ok bool)) *Proxy {
	return &Proxy{
		target:    target,
		keys:      keys,
		transport: &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 512, IdleConnTimeout: time.Minute, DisableCompression: true},
		callers:   map[string]*caller{},
	}
}

// Register makes the calls signed with an access key those of a function, under its statements. It fails on a statement that
// cannot be evaluated here. A key registered again takes the new statements.
func (p *Proxy) Register(accessKeyID, function string, statements []Statement) error {
	compiled, err := compile(statements)
	if err != nil {
		return fmt.Errorf("policy of %s: %w", function, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.callers[accessKeyID] = &caller{function: function, policy: compiled, used: map[string]struct{}{}}
	return nil
}

// Used returns the actions, sorted, that each function was allowed and the engine answered.
func (p *Proxy) Used() map[string][]string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	used := map[string][]string{}
	for _, c := range p.callers {
		c.mu.Lock()
		actions := append(used[c.function], slices.Collect(maps.Keys(c.used))...)
		c.mu.Unlock()
		slices.Sort(actions)
		used[c.function] = slices.Compact(actions)
	}
	return used
}

// Denied returns the latest denials, oldest first.
func (p *Proxy) Denied() []Denial {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return slices.Clone(p.denials)
}

// ServeHTTP authorizes a call and forwards it, its body unchanged.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	caller, fault := p.caller(r.Header.Get("Authorization"))
	if fault != nil {
		fault.write(w)
		return
	}
	payload, err := readBody(r)
	if err != nil {
		(&apiError{http.StatusRequestEntityTooLarge, coralPrefix + "RequestEntityTooLargeException", err.Error()}).write(w)
		return
	}
	requests, err := authorizations(r.Header.Get("X-Amz-Target"), payload, p.keys)
	if errors.Is(err, errUnknownOperation) {
		(&apiError{http.StatusBadRequest, coralPrefix + "UnknownOperationException", err.Error()}).write(w)
		return
	}
	if err != nil {
		(&apiError{http.StatusBadRequest, coralPrefix + "SerializationException", err.Error()}).write(w)
		return
	}
	for _, request := range requests {
		if decision := caller.policy.evaluate(request); decision != allow {
			p.deny(caller, request)
			denied(caller.function, request, decision).write(w)
			return
		}
	}
	if p.forward(w, r, payload) {
		caller.note(requests)
	}
}

func (p *Proxy) caller(authorization string) (*caller, *apiError) {
	_, credential, signed := strings.Cut(authorization, "Credential=")
	if !signed {
		return nil, &apiError{http.StatusBadRequest, coralPrefix + "MissingAuthenticationTokenException", "Request is missing Authentication Token"}
	}
	accessKeyID, _, _ := strings.Cut(credential, "/")
	p.mu.RLock()
	defer p.mu.RUnlock()
	if known, ok := p.callers[accessKeyID]; ok {
		return known, nil
	}
	return nil, &apiError{http.StatusBadRequest, coralPrefix + "UnrecognizedClientException", "The security token included in the request is invalid."}
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

// forward reports whether the engine answered.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, payload []byte) bool {
	outgoing, err := http.NewRequestWithContext(r.Context(), r.Method, p.target()+r.URL.RequestURI(), bytes.NewReader(payload))
	if err != nil {
		unavailable(err).write(w)
		return false
	}
	outgoing.Header = r.Header
	outgoing.Header.Del("Connection")
	response, err := p.transport.RoundTrip(outgoing)
	if err != nil {
		unavailable(err).write(w)
		return false
	}
	defer func() { _ = response.Body.Close() }()
	maps.Copy(w.Header(), response.Header)
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body) // a client that left needs no error
	return response.StatusCode < http.StatusInternalServerError
}

func (c *caller) note(requests []request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, request := range requests {
		c.used[request.action] = struct{}{}
	}
}

func (p *Proxy) deny(c *caller, r request) {
	denial := Denial{Function: c.function, Action: r.action, Resource: r.resource, LeadingKeys: r.context[leadingKeys], Time: time.Now()}
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

const coralPrefix = "com.amazon.coral.service#"

// apiError is an error in the form in which DynamoDB sends it.
type apiError struct {
	status  int
	kind    string
	message string
}

func denied(function string, r request, why decision) *apiError {
	reason := fmt.Sprintf("because no identity-based policy allows the %s action", r.action)
	if why == explicitDeny {
		reason = "with an explicit deny in an identity-based policy"
	}
	return &apiError{http.StatusBadRequest, coralPrefix + "AccessDeniedException", fmt.Sprintf(
		"User: arn:aws:sts::000000000000:assumed-role/%s/local is not authorized to perform: %s on resource: %s %s",
		function, r.action, r.resource, reason)}
}

// unavailable is an error that the SDK retries, as it does while a real table's partition moves.
func unavailable(err error) *apiError {
	return &apiError{http.StatusInternalServerError, "com.amazonaws.dynamodb.v20120810#InternalServerError",
		"The DynamoDB engine does not answer: " + err.Error()}
}

func (e *apiError) write(w http.ResponseWriter) {
	answer, _ := json.Marshal(struct {
		Type    string `json:"__type"`
		Message string
	}{e.kind, e.message}) // two strings always marshal
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(e.status)
	_, _ = w.Write(answer)
}
