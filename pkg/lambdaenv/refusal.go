package lambdaenv

import (
	"context"
	"log/slog"
	"strings"

	"github.com/rolecall/rolecall/pkg/api"
	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
	"github.com/rolecall/rolecall/pkg/oauth"
)

// logRefusals returns what tells of refused calls: a line each, which carries
// the metric Refused. Nothing is stored, so that nobody can fill the table, or
// make it cost, by being refused.
func logRefusals(log *slog.Logger) func(context.Context, api.Refusal) {
	return func(ctx context.Context, r api.Refusal) {
		attributes := []any{"status", r.Status}
		// The logger calls the invocation's id requestId.
		for _, a := range []struct{ name, value string }{
			{"principal", r.Caller.Principal}, {"tokenId", r.Caller.TokenID}, {"tenant", r.Caller.Tenant.String()},
			{"method", r.Method}, {"endpoint", r.Endpoint},
			{"permission", string(r.Permission)}, {"role", r.Role}, {"reason", r.Reason},
			{"gatewayRequestId", r.RequestID}, {"address", r.Address},
		} {
			if a.value != "" {
				attributes = append(attributes, a.name, a.value)
			}
		}
		attributes = append(attributes, metric.Attributes(metric.Count("Refused", 1))...)
		log.WarnContext(ctx, "refused", attributes...)
	}
}

// refusedToken is the refusal of a token that is not good. Of the call that bears
// it, a token authorizer is told no more than the method's ARN.
func refusedToken(methodARN string, status int, reason error) api.Refusal {
	r := api.Refusal{Status: status, Reason: reason.Error()}
	if parts := strings.SplitN(methodARN, "/", 4); len(parts) == 4 { // arn:…:api/stage/method/path
		r.Method, r.Endpoint = parts[2], "/"+parts[3]
	}
	return r
}

// refusedClient is the refusal of a client's credentials.
func refusedClient(ctx context.Context, r oauth.Refusal) api.Refusal {
	from := sourceOf(ctx)
	return api.Refusal{Method: r.Method, Endpoint: r.Path, Status: r.Status, Reason: r.Reason, RequestID: from.RequestID, Address: from.Address}
}
