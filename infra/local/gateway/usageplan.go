package gateway

import (
	"golang.org/x/time/rate"

	"github.com/rolecall/rolecall/infra/local/template"
)

// plans are the limiters of the API keys that usage plans know.
type plans map[string]*rate.Limiter

func newPlans(list []template.UsagePlan) plans {
	out := plans{}
	for _, plan := range list {
		limit := rate.Inf
		if plan.Rate > 0 {
			limit = rate.Limit(plan.Rate)
		}
		for _, key := range plan.Keys {
			out[key] = rate.NewLimiter(limit, plan.Burst)
		}
	}
	return out
}

// admit counts a request for its API key. Without a key that a plan knows, a route that
// requires one is closed.
func (p plans) admit(c *call) error {
	if !c.route.KeyRequired {
		return nil
	}
	limiter := p[c.usageKey]
	if limiter == nil {
		return refuse("INVALID_API_KEY", "Forbidden")
	}
	if !limiter.Allow() {
		return refuse("THROTTLED", "Too Many Requests")
	}
	return nil
}
