package eventsource

import (
	"errors"
	"fmt"
	"time"
)

// The starting positions of a stream event source.
const (
	TrimHorizon = "TRIM_HORIZON"
	Latest      = "LATEST"
)

// Settings are those of an event source mapping. The zero value of a limit is the default that Lambda has for it, except where
// its comment says otherwise.
type Settings struct {
	FunctionName            string
	StreamARN               string        // the stream; if empty, the latest one of TableName
	TableName               string        // used when StreamARN is empty, and asked again when its stream is gone
	BatchSize               int           // 1 to 10,000; default 100
	Window                  time.Duration // how long a batch that is not full waits for more
	Filters                 []string      // event filter patterns; a record that matches one passes, as all do without any
	Bisect                  bool          // BisectBatchOnFunctionError
	MaximumRetryAttempts    int           // -1 has no limit; 0 means none, as in Lambda's API
	MaximumRecordAge        time.Duration // 0 or less has no limit
	ReportBatchItemFailures bool
	StartingPosition        string // TrimHorizon (default) or Latest
	ParallelizationFactor   int    // 1 to 10; default 1
}

func (s Settings) withDefaults() (Settings, error) {
	if s.BatchSize == 0 {
		s.BatchSize = 100
	}
	if s.ParallelizationFactor == 0 {
		s.ParallelizationFactor = 1
	}
	if s.StartingPosition == "" {
		s.StartingPosition = TrimHorizon
	}
	return s, s.check()
}

func (s Settings) check() error {
	switch {
	case s.FunctionName == "":
		return errors.New("it has no function name")
	case s.StreamARN == "" && s.TableName == "":
		return errors.New("it has neither a stream nor a table")
	case s.BatchSize < 1 || s.BatchSize > 10_000:
		return fmt.Errorf("batch size %d is not from 1 to 10000", s.BatchSize)
	case s.Window < 0 || s.Window > 5*time.Minute:
		return fmt.Errorf("batching window %s is not from 0 to 5m", s.Window)
	case s.MaximumRetryAttempts < -1 || s.MaximumRetryAttempts > 10_000:
		return fmt.Errorf("maximum retry attempts %d is not from -1 to 10000", s.MaximumRetryAttempts)
	case s.ParallelizationFactor < 1 || s.ParallelizationFactor > 10:
		return fmt.Errorf("parallelization factor %d is not from 1 to 10", s.ParallelizationFactor)
	case s.StartingPosition != TrimHorizon && s.StartingPosition != Latest:
		return fmt.Errorf("starting position %q is neither %s nor %s", s.StartingPosition, TrimHorizon, Latest)
	}
	return nil
}
