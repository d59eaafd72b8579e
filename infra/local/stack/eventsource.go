package stack

import (
	"context"
	"path/filepath"
	"slices"
	"time"

	"github.com/rolecall/rolecall/infra/local/engine"
	"github.com/rolecall/rolecall/infra/local/eventsource"
	"github.com/rolecall/rolecall/infra/local/template"
)

// startEventSources polls until ctx ends.
func (s *Stack) startEventSources(ctx context.Context) error {
	for _, e := range s.template.EventSources {
		f, _ := s.template.Function(e.Function)
		store := eventsource.Store{OnFailure: s.queues[e.OnFailure]}
		if s.options.DataDir != "" {
			store.Checkpoints = filepath.Join(s.options.DataDir, "checkpoints")
		}
		source, err := eventsource.New(eventsource.Settings{
			FunctionName: f.Name, TableName: s.tableName(e.Table), BatchSize: e.BatchSize, Window: e.Window,
			Filters: e.Filters, Bisect: e.Bisect, MaximumRetryAttempts: e.MaxRetries, MaximumRecordAge: e.MaxRecordAge,
			ReportBatchItemFailures: e.ReportBatchItemFailures, StartingPosition: e.StartingPosition,
			ParallelizationFactor: e.ParallelizationFactor,
		}, engine.NewStreamsClient(s.database.Endpoint()), s.batchInvoker(f), store, s.log.printf)
		if err != nil {
			return err
		}
		s.sources = append(s.sources, source)
		s.polling.Go(func() { _ = source.Run(ctx) }) // nil once ctx ends
	}
	return nil
}

func (s *Stack) tableName(logicalID string) string {
	i := slices.IndexFunc(s.template.Tables, func(t template.Table) bool { return t.LogicalID == logicalID })
	return s.template.Tables[i].Name
}

// batchInvoker invokes a function with a batch of its event source, and logs it.
func (s *Stack) batchInvoker(f template.Function) eventsource.Invoke {
	return func(ctx context.Context, payload []byte) ([]byte, string, error) {
		if s.options.OnBatch != nil {
			s.options.OnBatch(ctx, f.Folder)
		}
		start := time.Now()
		answer, functionError, err := s.invoke(ctx, f.LogicalID, "", payload)
		if ctx.Err() == nil {
			s.log.batch(f.LogicalID, start, payload, answer, functionError, err)
		}
		return answer, functionError, err
	}
}
