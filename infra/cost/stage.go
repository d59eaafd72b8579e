package main

import (
	"fmt"
	"path/filepath"

	"github.com/rolecall/rolecall/infra/local/template"
)

// stage is what of a stack costs something while nobody calls, and how much it lets
// through, both as the templates' defaults are.
type stage struct {
	alarmMetrics, dashboards, keys int
	requests                       float64 // in a second
}

// loadStage counts in template.yaml and in the stack in the stack.
func loadStage(root string) (stage, error) {
	around, err := template.Load(filepath.Join(root, "template.yaml"), nil)
	if err != nil {
		return stage{}, fmt.Errorf("read template: %w", err)
	}
	given := map[string]string{}
	parameters, _ := around.Resources["Operations"].Properties["Parameters"].(map[string]any)
	for name, value := range parameters {
		given[name] = fmt.Sprint(value)
	}
	inside, err := template.Load(filepath.Join(root, "infra", "operations.yaml"), given)
	if err != nil {
		return stage{}, fmt.Errorf("read template: %w", err)
	}
	var s stage
	if _, err := fmt.Sscan(around.Parameters["ThrottlingRateLimit"], &s.requests); err != nil {
		return s, fmt.Errorf("ThrottlingRateLimit: %w", err)
	}
	for _, resources := range []map[string]template.Resource{around.Resources, inside.Resources} {
		for _, r := range resources {
			s.count(r)
		}
	}
	return s, nil
}

func (s *stage) count(r template.Resource) {
	switch {
	case r.Absent:
	case r.Type == "AWS::CloudWatch::Dashboard":
		s.dashboards++
	case r.Type == "AWS::KMS::Key":
		s.keys++
	case r.Type == "AWS::CloudWatch::Alarm":
		s.alarmMetrics += metricsOf(r)
	}
}

// metricsOf counts an alarm's metrics, each of which is charged; expressions are not.
func metricsOf(alarm template.Resource) int {
	terms, ok := alarm.Properties["Metrics"].([]any)
	if !ok {
		return 1
	}
	n := 0
	for _, term := range terms {
		if t, _ := term.(map[string]any); t["MetricStat"] != nil {
			n++
		}
	}
	return n
}
