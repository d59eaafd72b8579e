package simulation

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/rolecall/rolecall/infra/local/engine"
	"github.com/rolecall/rolecall/infra/local/eventsource"
	"github.com/rolecall/rolecall/pkg/lambdaenv/upkeep"
	"github.com/rolecall/rolecall/pkg/store/dynamo"
	"github.com/rolecall/rolecall/pkg/sync"
	"github.com/rolecall/rolecall/pkg/tenant"
)

// Run simulates, and returns a *Violation when the contract was broken, or
// another error when the simulation itself could not go on.
func Run(ctx context.Context, options Options) (Result, error) {
	s, err := newSimulation(ctx, options)
	if err != nil {
		return Result{}, err
	}
	s.live()
	s.drain()
	s.check()
	s.replayAll()
	return Result{s.trace.sum(), s.trace.steps, s.trace.tail(), s.tally.all()}, s.err
}

// simulation is one run. Only parallel reads of the store are not in its one
// thread.
type simulation struct {
	ctx     context.Context
	options Options
	dice    dice
	clock   *clock
	trace   *trace
	tally   *tally
	mood    mood

	store   *dynamo.Store // as the functions have it: everything goes wrong
	clean   *dynamo.Store // past the adversary
	stream  *stream
	filter  eventsource.Filter
	handler handler // gives up at once
	patient handler // tries again by itself
	queue   *queue

	model     *model
	versions  versions
	contents  map[versionName]string // of every version of every set
	mail      deliveries
	shaken    tenant.ID          // in which others got in between in this step
	unsettled map[tenant.ID]bool // tenants in which something was written since they were last checked

	operations int
	commits    int  // of transactions that wrote something
	changes    int  // of roles
	calm       bool // nothing goes wrong any more
	err        error
}

type handler = func(context.Context, upkeep.StreamEvent) (events.DynamoDBEventResponse, error)

func newSimulation(ctx context.Context, options Options) (*simulation, error) {
	s := &simulation{
		ctx: ctx, options: options, dice: diceOf(options.Seed, 0), clock: newClock(), trace: newTrace(), tally: &tally{counts: map[Event]int{}},
		model: newModel(options.Tenants), versions: versions{}, contents: map[versionName]string{}, mail: newDeliveries(), unsettled: map[tenant.ID]bool{},
	}
	s.queue = &queue{simulation: s}
	s.store = dynamo.New(clientThrough(options.Endpoint, &wire{simulation: s, http: newHTTPClient()}), options.Table, s.clock.now)
	s.clean = dynamo.New(engine.NewClient(options.Endpoint), options.Table, s.clock.now)
	log := slog.New(slog.DiscardHandler)
	s.handler = upkeep.SyncHandler(s.store, s.queue, log, sync.Pace{Tenants: 1})
	s.patient = upkeep.SyncHandler(s.store, s.queue, log, sync.Pace{Tenants: 1, Patience: time.Hour})
	var err error
	if s.filter, err = eventsource.CompileFilter(options.Filters); err != nil {
		return nil, err
	}
	s.stream, err = openStream(ctx, options.Endpoint, options.Table)
	return s, err
}

// clientThrough returns a client as the functions have it, except that it tries
// again at once.
func clientThrough(endpoint string, through *wire) *dynamodb.Client {
	return dynamodb.New(engine.NewClient(endpoint).Options(), func(o *dynamodb.Options) {
		o.HTTPClient = through
		o.Retryer = newRetryer()
	})
}

func newHTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
}

// fail notes the first violation; everything stops.
func (s *simulation) fail(invariant Invariant, format string, arguments ...any) {
	if s.err == nil {
		s.err = &Violation{invariant, fmt.Sprintf(format, arguments...)}
		s.trace.note(0, "%v", s.err)
	}
}

// give up notes that the simulation cannot go on.
func (s *simulation) giveUp(err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("simulate: %w", err)
	}
}

func (s *simulation) stopped() bool { return s.err != nil || s.ctx.Err() != nil }
