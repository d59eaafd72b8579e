package iam

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// caller is whose calls an access key signs.
type caller struct {
	function string // whose process calls
	roleARN  string // the principal, as trust policies name it; empty for none
	policy   policy
	used     *usage
	session  *session // nil for a function's own key
}

// session is what STS handed out.
type session struct {
	role    string // its name
	name    string
	token   string
	tags    map[string]string
	expires time.Time
}

// usage is the set of the actions that a function or a role was allowed and a service answered.
type usage struct {
	mu      sync.Mutex
	actions map[string]struct{}
}

// decide applies the caller's statements and, where a role is to be assumed, the role's trust policy.
func (c *caller) decide(n Need) decision {
	n.context = c.complete(n.context)
	own := c.policy.evaluate(n)
	if n.role == nil {
		return own
	}
	return n.role.decide(own, c.roleARN, n)
}

// complete adds the condition keys that tell of the caller.
func (c *caller) complete(context map[string][]string) map[string][]string {
	if c.session == nil || len(c.session.tags) == 0 {
		return context
	}
	out := maps.Clone(context)
	if out == nil {
		out = map[string][]string{}
	}
	for key, value := range c.session.tags {
		out[principalTag+strings.ToLower(key)] = []string{value}
	}
	return out
}

// user is the caller's ARN as AWS's messages give it.
func (c *caller) user() string {
	role, name := c.function, "local"
	if c.session != nil {
		role, name = c.session.role, c.session.name
	}
	return "arn:aws:sts::" + account + ":assumed-role/" + role + "/" + name
}

func (c *caller) note(needs []Need) {
	c.used.mu.Lock()
	defer c.used.mu.Unlock()
	for _, need := range needs {
		c.used.actions[need.Action] = struct{}{}
	}
}

// usageOf finds what a function or a role has used. p.mu is held.
func (p *Proxy) usageOf(name string) *usage {
	if p.usages[name] == nil {
		p.usages[name] = &usage{actions: map[string]struct{}{}}
	}
	return p.usages[name]
}

// denial is what is told of a call that c may not make.
func (c *caller) denial(n Need) Denial {
	d := Denial{Function: c.function, Action: n.Action, Resource: n.Resource, LeadingKeys: n.context[leadingKeys], Time: time.Now()}
	if c.session != nil {
		d.Role, d.Tags = c.session.role, maps.Clone(c.session.tags)
	}
	return d
}

// By says who was denied: a function, or the role that it had assumed with its session's tags.
func (d Denial) By() string {
	if d.Role == "" {
		return d.Function
	}
	by := d.Function + " as " + d.Role
	for _, key := range slices.Sorted(maps.Keys(d.Tags)) {
		by += " " + key + "=" + d.Tags[key]
	}
	return by
}
