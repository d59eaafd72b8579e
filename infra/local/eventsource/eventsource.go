package eventsource

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"

	"github.com/rolecall/rolecall/infra/local/queue"
)

const (
	pollInterval     = 50 * time.Millisecond // of an idle shard
	discoverInterval = time.Second           // of the list of shards
)

// Invoke runs the function on an event and returns its answer. functionError is what Lambda puts there, such as "Unhandled",
// when the function failed; err is for a function that could not be invoked, which costs no retry attempt.
type Invoke func(ctx context.Context, payload []byte) (response []byte, functionError string, err error)

// Store says where an event source leaves things.
type Store struct {
	Checkpoints string       // a folder with one file per function; empty keeps them in memory
	OnFailure   *queue.Queue // takes failed batches; if nil, they are dropped and logged
}

// EventSource is one event source mapping.
type EventSource struct {
	settings Settings
	filter   Filter
	streams  *dynamodbstreams.Client
	invoke   Invoke
	log      func(format string, arguments ...any)
	marks    *checkpoints
	parked   *queue.Queue // may be nil

	mu         sync.Mutex
	requested  int            // how many times WaitDrained was called
	discovered int            // the value of requested before the latest list of shards
	drained    map[string]int // shard -> the value of requested before a read that found it empty
	wake       chan struct{}  // asks for a new list of shards
}

// New checks the settings and reads the checkpoints. log may be nil.
func New(settings Settings, streams *dynamodbstreams.Client, invoke Invoke, store Store, log func(format string, arguments ...any)) (*EventSource, error) {
	settings, err := settings.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("event source of %s: %w", settings.FunctionName, err)
	}
	source := &EventSource{
		settings: settings, streams: streams, invoke: invoke, log: log,
		parked: store.OnFailure, drained: map[string]int{}, wake: make(chan struct{}, 1),
	}
	if log == nil {
		source.log = func(string, ...any) {}
	}
	if source.filter, err = CompileFilter(settings.Filters); err != nil {
		return nil, fmt.Errorf("event source of %s: %w", settings.FunctionName, err)
	}
	path := ""
	if store.Checkpoints != "" {
		path = filepath.Join(store.Checkpoints, settings.FunctionName+".json")
	}
	if source.marks, err = openCheckpoints(path); err != nil {
		return nil, fmt.Errorf("event source of %s: %w", settings.FunctionName, err)
	}
	return source, nil
}

// Run polls until ctx ends, and returns nil then. Faults of the stream are logged and tried again.
func (s *EventSource) Run(ctx context.Context) error {
	fault := &faultLog{log: s.log, what: "the stream of " + s.settings.FunctionName}
	for ctx.Err() == nil {
		arn, err := s.resolve(ctx)
		if err == nil {
			err = s.runStream(ctx, arn, fault)
		}
		if err != nil && ctx.Err() == nil {
			fault.report(err)
			sleep(ctx, 4*pollInterval)
		}
	}
	return nil
}

// WaitDrained returns when every record written before the call has been processed or parked. The event source must be running.
func (s *EventSource) WaitDrained(ctx context.Context) error {
	s.mu.Lock()
	s.requested++
	wanted := s.requested
	s.mu.Unlock()
	s.wakeUp()
	for !s.drainedSince(wanted) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the stream of %s: %w", s.settings.FunctionName, ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil
}

func (s *EventSource) drainedSince(wanted int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, reached := range s.drained {
		if reached < wanted {
			return false
		}
	}
	return s.discovered >= wanted
}

// resolve finds the stream, which has another ARN after its table was created anew.
func (s *EventSource) resolve(ctx context.Context) (arn string, err error) {
	if s.settings.StreamARN != "" {
		return s.settings.StreamARN, nil
	}
	listed, err := s.streams.ListStreams(ctx, &dynamodbstreams.ListStreamsInput{TableName: &s.settings.TableName})
	if err != nil {
		return "", fmt.Errorf("find the stream of table %s: %w", s.settings.TableName, err)
	}
	label := ""
	for _, stream := range listed.Streams {
		if aws.ToString(stream.TableName) == s.settings.TableName && aws.ToString(stream.StreamLabel) >= label {
			arn, label = aws.ToString(stream.StreamArn), aws.ToString(stream.StreamLabel)
		}
	}
	if arn == "" {
		return "", fmt.Errorf("table %s has no stream", s.settings.TableName)
	}
	return arn, nil
}

// errStreamGone ends the work on a stream that does not exist any more.
var errStreamGone = errors.New("the stream is gone")

// runStream keeps a worker on each shard that is ready, until ctx ends or the stream is gone.
func (s *EventSource) runStream(ctx context.Context, arn string, fault *faultLog) error {
	start := types.ShardIteratorTypeTrimHorizon
	if fresh := s.marks.use(arn); fresh {
		start = types.ShardIteratorType(s.settings.StartingPosition)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var workers sync.WaitGroup
	defer func() {
		cancel(nil)
		workers.Wait()
		s.forgetShards()
	}()
	running := map[string]bool{}
	for {
		shards, wanted, err := s.listShards(ctx, arn)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case isMissing(err):
			return fmt.Errorf("%w: %w", errStreamGone, err)
		case err != nil:
			fault.report(err)
		default:
			fault.clear()
			for _, shard := range s.ready(shards, running) {
				id := aws.ToString(shard.ShardId)
				running[id] = true
				worker := s.newWorker(arn, id, start)
				workers.Go(func() {
					if err := worker.run(ctx); err != nil {
						cancel(err)
					}
					s.wakeUp()
				})
			}
			s.noteDiscovered(shards, wanted)
			// A shard that appears later is the child of another and is read from its beginning.
			start = types.ShardIteratorTypeTrimHorizon
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-time.After(discoverInterval):
		}
	}
}

func (s *EventSource) listShards(ctx context.Context, arn string) (shards []types.Shard, wanted int, err error) {
	s.mu.Lock()
	wanted = s.requested
	s.mu.Unlock()
	input := &dynamodbstreams.DescribeStreamInput{StreamArn: &arn}
	for {
		described, err := s.streams.DescribeStream(ctx, input)
		if err != nil {
			return nil, 0, fmt.Errorf("list the shards: %w", err)
		}
		shards = append(shards, described.StreamDescription.Shards...)
		input.ExclusiveStartShardId = described.StreamDescription.LastEvaluatedShardId
		if input.ExclusiveStartShardId == nil {
			return shards, wanted, nil
		}
	}
}

// ready returns the shards to start on: none before its parent is finished, which keeps the order of each item's changes.
func (s *EventSource) ready(shards []types.Shard, running map[string]bool) []types.Shard {
	listed := map[string]bool{}
	for _, shard := range shards {
		listed[aws.ToString(shard.ShardId)] = true
	}
	s.marks.retain(listed)
	var ready []types.Shard
	for _, shard := range shards {
		id, parent := aws.ToString(shard.ShardId), aws.ToString(shard.ParentShardId)
		parentDone := !listed[parent] || s.marks.get(parent).Finished
		if !running[id] && parentDone && !s.marks.get(id).Finished {
			ready = append(ready, shard)
		}
	}
	return ready
}

// noteDiscovered makes WaitDrained wait for every listed shard that is not finished, started or not.
func (s *EventSource) noteDiscovered(shards []types.Shard, wanted int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	current := map[string]int{}
	for _, shard := range shards {
		if id := aws.ToString(shard.ShardId); !s.marks.get(id).Finished {
			current[id] = s.drained[id]
		}
	}
	s.drained, s.discovered = current, wanted
}

func (s *EventSource) forgetShards() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.drained)
	s.discovered = 0
}

func (s *EventSource) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func isMissing(err error) bool {
	missing := (*types.ResourceNotFoundException)(nil)
	return errors.As(err, &missing)
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// faultLog logs a fault when it begins and when it has passed, not each time it is met.
type faultLog struct {
	log    func(format string, arguments ...any)
	what   string
	failed bool
}

func (f *faultLog) report(err error) {
	if !f.failed {
		f.log("%s cannot be read, trying again: %v", f.what, err)
	}
	f.failed = true
}

func (f *faultLog) clear() {
	if f.failed {
		f.log("%s can be read again", f.what)
	}
	f.failed = false
}
