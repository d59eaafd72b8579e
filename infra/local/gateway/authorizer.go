package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rolecall/rolecall/infra/local/template"
)

// maxCached bounds the answers that an authorizer keeps.
const maxCached = 10_000

// authorizer asks a TOKEN authorizer function, and keeps its answers by token.
type authorizer struct {
	settings template.Authorizer
	function string
	invoke   Invoke
	now      func() time.Time

	mu    sync.Mutex
	cache map[string]cached
}

type cached struct {
	verdict verdict
	expires time.Time
}

func newAuthorizer(settings template.Authorizer, function string, invoke Invoke) *authorizer {
	return &authorizer{settings: settings, function: function, invoke: invoke, now: time.Now, cache: map[string]cached{}}
}

// verdict is the answer of an authorizer function.
type verdict struct {
	PrincipalID    string         `json:"principalId"`
	PolicyDocument *policy        `json:"policyDocument"`
	Context        map[string]any `json:"context"`
	UsageKey       string         `json:"usageIdentifierKey"`
}

type policy struct {
	Statement oneOrMore[policyStatement]
}

type policyStatement struct {
	Effect           string
	Action, Resource oneOrMore[string]
	Condition        json.RawMessage
}

// oneOrMore is what policies write as a list or, for one, without it.
type oneOrMore[T any] []T

// UnmarshalJSON reads either form.
func (o *oneOrMore[T]) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]T)(o))
	}
	*o = make(oneOrMore[T], 1)
	return json.Unmarshal(data, &(*o)[0])
}

// authorize answers the context that the function gets and the API key that requests count
// for, or a refusal.
func (a *authorizer) authorize(r *http.Request, methodARN string) (handedOn map[string]any, usageKey string, err error) {
	token := r.Header.Get(a.settings.Header)
	if token == "" || a.settings.Validation != nil && !a.settings.Validation.MatchString(token) {
		return nil, "", refuse("UNAUTHORIZED", "Unauthorized")
	}
	start := time.Now()
	answer, err := a.verdict(r.Context(), token, methodARN)
	if err != nil {
		return nil, "", err
	}
	switch answer.PolicyDocument.decide(methodARN) {
	case denied:
		return nil, "", refuse("ACCESS_DENIED", "User is not authorized to access this resource with an explicit deny")
	case silent:
		return nil, "", refuse("ACCESS_DENIED", "User is not authorized to access this resource")
	}
	handedOn = map[string]any{"principalId": answer.PrincipalID, "integrationLatency": time.Since(start).Milliseconds()}
	maps.Copy(handedOn, answer.Context)
	return handedOn, answer.UsageKey, nil
}

// verdict answers from the cache, or asks the function. Failures are not kept.
func (a *authorizer) verdict(ctx context.Context, token, methodARN string) (verdict, error) {
	a.mu.Lock()
	kept, ok := a.cache[token]
	a.mu.Unlock()
	if ok && a.now().Before(kept.expires) {
		return kept.verdict, nil
	}
	answer, err := a.ask(ctx, token, methodARN)
	if err != nil || a.settings.TTL <= 0 {
		return answer, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.cache) >= maxCached {
		clear(a.cache)
	}
	a.cache[token] = cached{verdict: answer, expires: a.now().Add(a.settings.TTL)}
	return answer, nil
}

func (a *authorizer) ask(ctx context.Context, token, methodARN string) (verdict, error) {
	event, _ := json.Marshal(map[string]string{ // strings only: cannot fail
		"type": "TOKEN", "authorizationToken": token, "methodArn": methodARN,
	})
	payload, functionError, err := a.invoke(ctx, a.function, "", event)
	if err != nil {
		if ctx.Err() != nil {
			return verdict{}, fmt.Errorf("the client went away: %w", err)
		}
		return verdict{}, refuse("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error").because(err)
	}
	if functionError != "" {
		var failed struct{ ErrorMessage string }
		if json.Unmarshal(payload, &failed) == nil && failed.ErrorMessage == "Unauthorized" {
			return verdict{}, refuse("UNAUTHORIZED", "Unauthorized")
		}
		return verdict{}, refuse("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error").because(fmt.Errorf("function error %s", payload))
	}
	answer, err := parseVerdict(payload)
	if err != nil {
		return verdict{}, refuse("AUTHORIZER_CONFIGURATION_ERROR", "Internal server error").because(err)
	}
	return answer, nil
}

func parseVerdict(payload []byte) (verdict, error) {
	var answer verdict
	if err := json.Unmarshal(payload, &answer); err != nil {
		return answer, fmt.Errorf("authorizer answer: %w", err)
	}
	if answer.PrincipalID == "" || answer.PolicyDocument == nil {
		return answer, errors.New("authorizer answer: principalId and policyDocument are needed")
	}
	for _, statement := range answer.PolicyDocument.Statement {
		if len(statement.Condition) > 0 {
			return answer, errors.New("authorizer answer: conditions are not supported locally")
		}
	}
	for name, value := range answer.Context {
		switch v := value.(type) {
		case string:
		case bool:
			answer.Context[name] = strconv.FormatBool(v)
		case float64:
			answer.Context[name] = strconv.FormatFloat(v, 'f', -1, 64)
		default:
			return answer, fmt.Errorf("authorizer answer: the context value %s is not a string, number or boolean", name)
		}
	}
	return answer, nil
}

type decision int

const (
	silent decision = iota
	allowed
	denied
)

// decide evaluates a policy for execute-api:Invoke on a method; an explicit deny wins.
func (p *policy) decide(methodARN string) decision {
	out := silent
	for _, s := range p.Statement {
		if !matchAny(s.Action, "execute-api:Invoke", strings.ToLower) || !matchAny(s.Resource, methodARN, strings.Clone) {
			continue
		}
		if strings.EqualFold(s.Effect, "Deny") {
			return denied
		}
		if strings.EqualFold(s.Effect, "Allow") {
			out = allowed
		}
	}
	return out
}

func matchAny(patterns []string, value string, fold func(string) string) bool {
	for _, pattern := range patterns {
		if wildcard(fold(pattern), fold(value)) {
			return true
		}
	}
	return false
}

// wildcard matches * with anything and ? with one character.
func wildcard(pattern, value string) bool {
	star, mark := -1, 0
	p, v := 0, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			p++
			v++
		case star >= 0:
			mark++
			p, v = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
