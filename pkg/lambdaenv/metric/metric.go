// Package metric makes log lines carry metrics, in CloudWatch's embedded metric
// format. Any function may use it: it imports nothing but the standard library.
package metric

import (
	"slices"
	"time"
)

// namespace is where CloudWatch keeps the metrics.
const namespace = "Rolecall"

// Metric is one value, or a list of at most 100, in a unit of CloudWatch.
type Metric struct {
	name, unit string
	value      any
}

// Dimension keeps a metric apart by a value. Each value that occurs makes another
// metric, which costs as much as the first: it must be one of few.
type Dimension struct{ Name, Value string }

// Count counts something.
func Count(name string, n int) Metric { return Metric{name, "Count", n} }

// Amount counts what comes in parts.
func Amount(name string, n float64) Metric { return Metric{name, "Count", n} }

// Milliseconds tells how long things took.
func Milliseconds(name string, values []float64) Metric { return Metric{name, "Milliseconds", values} }

// Attributes returns the attributes that make a log line carry metrics. A
// metric whose list of values is empty is left out.
func Attributes(metrics ...Metric) []any { return AttributesBy([][]Dimension{{}}, metrics...) }

// AttributesBy returns what Attributes does. CloudWatch keeps each metric once for
// each of the sets of dimensions, and an empty set stands for one of all lines.
func AttributesBy(sets [][]Dimension, metrics ...Metric) []any {
	type definition struct{ Name, Unit string }
	type directive struct {
		Namespace  string
		Dimensions [][]string
		Metrics    []definition
	}
	d := directive{Namespace: namespace}
	var attributes []any
	for _, set := range sets {
		names := make([]string, len(set))
		for i, dimension := range set {
			names[i] = dimension.Name
			if !slices.Contains(attributes, any(dimension.Name)) { // it may be in other sets, too
				attributes = append(attributes, dimension.Name, dimension.Value)
			}
		}
		d.Dimensions = append(d.Dimensions, names)
	}
	for _, m := range metrics {
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
