package metric_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
)

// TestAttributes reads a line as CloudWatch does.
func TestAttributes(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("done", metric.Attributes(
		metric.Count("Done", 3), metric.Milliseconds("Took", []float64{1, 2}), metric.Milliseconds("Waited", nil),
	)...)
	var line struct {
		Done   int
		Took   []float64
		Waited any
		AWS    struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if line.Done != 3 || len(line.Took) != 2 || line.Waited != nil || len(line.AWS.CloudWatchMetrics) != 1 || time.Since(time.UnixMilli(line.AWS.Timestamp)) > time.Minute {
		t.Fatalf("the line is %s", log.String())
	}
	told := line.AWS.CloudWatchMetrics[0]
	if told.Namespace != "Rolecall" || len(told.Dimensions) != 1 || len(told.Metrics) != 2 || told.Metrics[0].Unit != "Count" || told.Metrics[1].Name != "Took" {
		t.Errorf("it tells of %+v", told)
	}
}
