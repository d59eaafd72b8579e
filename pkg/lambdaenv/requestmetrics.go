package lambdaenv

import (
	"net/http"

	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
	"github.com/rolecall/rolecall/pkg/lambdaenv/units"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// metrics are those of one request, which took some milliseconds. What did not happen
// is left out: CloudWatch charges for a metric in each hour that knows a value of it,
// be it 0.
func (i *invocation) metrics(status int, took float64, used units.Units) []metric.Metric {
	metrics := []metric.Metric{metric.Count("Requests", 1), metric.Milliseconds("Duration", []float64{took})}
	for _, m := range []struct {
		name     string
		happened bool
	}{
		{"ServerErrors", status >= http.StatusInternalServerError && status != http.StatusNotImplemented}, // whoever gets 501 asked for too much
		{"Throttled", status == http.StatusTooManyRequests},
		{"Unauthorized", status == http.StatusUnauthorized},
		{"ColdStart", i.cold},
	} {
		if m.happened {
			metrics = append(metrics, metric.Count(m.name, 1))
		}
	}
	if used.Read > 0 {
		metrics = append(metrics, metric.Amount("ReadUnits", used.Read))
	}
	if used.Write > 0 {
		metrics = append(metrics, metric.Amount("WriteUnits", used.Write))
	}
	return metrics
}

func (i *invocation) byOperation() []metric.Dimension {
	return []metric.Dimension{{Name: "Operation", Value: i.operation}}
}

func byTenantClass(class string) []metric.Dimension {
	return []metric.Dimension{{Name: "TenantClass", Value: class}}
}

// loweredLimits is the class of tenants that may make fewer requests than most.
const loweredLimits = "lowered"

// tenantClass is one of four, however many tenants there are: their limits, which come
// with each request, tell those that the operator knows to be unlike the others.
func tenantClass(name string, limits tenant.Limits) string {
	usual := tenant.DefaultLimits
	switch own, others := int64(limits.Requests)*int64(usual.Window), int64(usual.Requests)*int64(limits.Window); {
	case name == "":
		return "none"
	case own > others:
		return "raised"
	case own < others:
		return loweredLimits
	}
	return "default"
}
