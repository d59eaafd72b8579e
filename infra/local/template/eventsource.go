package template

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// EventSource is an event source mapping from a table's stream to a function.
type EventSource struct {
	// Function and Table are logical ids, Event the name of the function's event.
	Function, Event, Table string
	// StartingPosition is TRIM_HORIZON or LATEST.
	StartingPosition string
	BatchSize        int
	Window           time.Duration
	// Filters are event patterns; a record passes when one matches, or when there are none.
	Filters []string
	Bisect  bool
	// MaxRetries and MaxRecordAge are -1 when unlimited.
	MaxRetries              int
	MaxRecordAge            time.Duration
	ReportBatchItemFailures bool
	ParallelizationFactor   int
	// OnFailure is the logical id of the queue, empty without one.
	OnFailure string
}

func (t *Template) newEventSource(f Function, name string, properties map[string]any) (EventSource, error) {
	var p struct {
		Stream, StartingPosition       string
		BatchSize                      *number
		MaximumBatchingWindowInSeconds number
		BisectBatchOnFunctionError     bool
		MaximumRetryAttempts           *number
		MaximumRecordAgeInSeconds      *number
		ParallelizationFactor          *number
		TumblingWindowInSeconds        *number
		FunctionResponseTypes          []string
		FilterCriteria                 struct{ Filters []struct{ Pattern string } }
		DestinationConfig              struct {
			OnFailure struct{ Type, Destination string }
		}
	}
	if err := decode(properties, &p); err != nil {
		return EventSource{}, err
	}
	s := EventSource{
		Function: f.LogicalID, Event: name, StartingPosition: p.StartingPosition,
		BatchSize:             or(p.BatchSize, 100),
		Window:                time.Duration(p.MaximumBatchingWindowInSeconds) * time.Second,
		Bisect:                p.BisectBatchOnFunctionError,
		MaxRetries:            or(p.MaximumRetryAttempts, -1),
		MaxRecordAge:          -1,
		ParallelizationFactor: or(p.ParallelizationFactor, 1),
	}
	if age := or(p.MaximumRecordAgeInSeconds, -1); age >= 0 {
		s.MaxRecordAge = time.Duration(age) * time.Second
	}
	for _, filter := range p.FilterCriteria.Filters {
		s.Filters = append(s.Filters, filter.Pattern)
	}
	for _, kind := range p.FunctionResponseTypes {
		if kind != "ReportBatchItemFailures" {
			return s, fmt.Errorf("there is no function response type %s", kind)
		}
		s.ReportBatchItemFailures = true
	}
	if p.TumblingWindowInSeconds != nil {
		return s, errors.New("a tumbling window is not supported locally")
	}
	if s.StartingPosition != "TRIM_HORIZON" && s.StartingPosition != "LATEST" {
		return s, errors.New("the StartingPosition must be TRIM_HORIZON or LATEST")
	}
	for _, table := range t.Tables {
		if strings.HasPrefix(p.Stream, table.ARN+"/stream/") {
			s.Table = table.LogicalID
		}
	}
	if s.Table == "" {
		return s, fmt.Errorf("the stream %s is of no table here", p.Stream)
	}
	destination := p.DestinationConfig.OnFailure.Destination
	for _, queue := range t.Queues {
		if queue.ARN == destination {
			s.OnFailure = queue.LogicalID
		}
	}
	if destination != "" && s.OnFailure == "" {
		return s, fmt.Errorf("the failure destination %s is no queue here", destination)
	}
	return s, nil
}

func or(n *number, fallback int) int {
	if n == nil {
		return fallback
	}
	return int(*n)
}
