package upkeep

import "time"

// namespace is where CloudWatch keeps the metrics.
const namespace = "Rolecall"

// metric is one value, or a list of at most 100, in a unit of CloudWatch.
type metric struct {
	name, unit string
	value      any
}

// metrics returns the attributes that make a log line carry metrics (CloudWatch's
// embedded metric format). A metric whose list of values is empty is left out.
func metrics(values ...metric) []any {
	type definition struct{ Name, Unit string }
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []definition
	}
	d := directive{Namespace: namespace, Dimensions: [][]string{{}}}
	var attributes []any
	for _, m := range values {
		if list, ok := m.value.([]float64); ok && len(list) == 0 {
			continue
		}
		d.Metrics = append(d.Metrics, definition{m.name, m.unit})
		attributes = append(attributes, m.name, m.value)
	}
	return append(attributes, "_aws", struct {
		Timestamp         int64 // milliseconds since 1970
		CloudWatchMetrics []directive
	}{time.Now().UnixMilli(), []directive{d}})
}
