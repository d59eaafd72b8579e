package metric_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
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

// TestAttributesBy: a line names each value of a dimension once, and which metrics
// are kept by it.
func TestAttributesBy(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("done", metric.AttributesBy(
		[][]metric.Dimension{{}, {{Name: "Kind", Value: "large"}}, {{Name: "Kind", Value: "large"}, {Name: "Place", Value: "here"}}},
		metric.Amount("Used", 0.5), metric.Count("Done", 1),
	)...)
	var line struct {
		Kind, Place string
		Used        float64
		Done        int
		AWS         struct{ CloudWatchMetrics []json.RawMessage } `json:"_aws"`
	}
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	if strings.Count(log.String(), `"Kind":`) != 1 || line.Kind != "large" || line.Place != "here" || line.Used != 0.5 || line.Done != 1 || len(line.AWS.CloudWatchMetrics) != 1 {
		t.Fatalf("the line is %s", log.String())
	}
	const want = `{"Namespace":"Rolecall","Dimensions":[[],["Kind"],["Kind","Place"]],"Metrics":[{"Name":"Used","Unit":"Count"},{"Name":"Done","Unit":"Count"}]}`
	if got := string(line.AWS.CloudWatchMetrics[0]); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
