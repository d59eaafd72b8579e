package lambdaenv

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/rolecall/rolecall/pkg/lambdaenv/metric"
	"github.com/rolecall/rolecall/pkg/lambdaenv/trace"
	"github.com/rolecall/rolecall/pkg/lambdaenv/units"
)

// observer tells of a function's invocations: each is one log line, which may carry
// metrics, and one subsegment of X-Ray.
type observer struct {
	operation string // the function's folder
	log       *slog.Logger
	daemon    *trace.Daemon
	warm      atomic.Bool // this process has begun an invocation
}

// newObserver finds out what all invocations have in common.
func newObserver(log *slog.Logger) *observer {
	o := &observer{operation: "unknown", log: log, daemon: trace.DaemonAt(os.Getenv("AWS_XRAY_DAEMON_ADDRESS"))}
	if build, ok := debug.ReadBuildInfo(); ok && build.Path != "" {
		o.operation = path.Base(build.Path) // the folder of the main package
	}
	return o
}

// Observe returns a handler that does what handle does, and tells of it. It is for
// functions beside the API, whose own log lines carry their metrics.
func Observe[Event, Answer any](env Environment, handle func(context.Context, Event) (Answer, error)) func(context.Context, Event) (Answer, error) {
	return func(ctx context.Context, event Event) (Answer, error) {
		ctx, i := env.observer.begin(ctx)
		answer, err := handle(ctx, event)
		i.end(ctx, outcome{err: err})
		return answer, err
	}
}

// invocation is one that is under way.
type invocation struct {
	*observer
	began      time.Time
	cold       bool // the process's first
	meter      units.Meter
	subsegment *trace.Subsegment
}

// begin returns the context for serving an invocation.
func (o *observer) begin(ctx context.Context) (context.Context, *invocation) {
	i := &invocation{observer: o, began: time.Now(), cold: !o.warm.Swap(true)}
	ctx, i.subsegment = o.daemon.Begin(ctx, o.operation)
	return units.WithMeter(ctx, &i.meter), i
}

// outcome is what an invocation came to.
type outcome struct {
	status     int                  // as of HTTP; 0 for none
	err        error                // in place of an answer
	tenant     string               // empty for none
	attributes []any                // of the log line, beside those of every line
	sets       [][]metric.Dimension // by which its metrics are kept; nil for no metrics
}

// end tells of the invocation.
func (i *invocation) end(ctx context.Context, o outcome) {
	took := float64(time.Since(i.began).Microseconds()) / 1000 // ms
	used := i.meter.Take()
	attributes := append([]any{"operation", i.operation}, o.attributes...)
	if o.tenant != "" {
		attributes = append(attributes, "tenant", o.tenant)
		i.subsegment.Annotate("tenant", o.tenant)
	}
	if o.status > 0 {
		attributes = append(attributes, "status", o.status)
		i.subsegment.Annotate("status", o.status)
	}
	if o.err != nil {
		attributes, o.status = append(attributes, "error", o.err.Error()), http.StatusInternalServerError
	}
	attributes = append(attributes, "durationMs", took, "readUnits", used.Read, "writeUnits", used.Write, "calls", used.Calls, "coldStart", i.cold)
	if o.sets != nil {
		attributes = append(attributes, metric.AttributesBy(o.sets, i.metrics(o.status, took, used)...)...)
	}
	i.log.InfoContext(ctx, "answered", attributes...)
	i.subsegment.Annotate("operation", i.operation)
	i.subsegment.Annotate("coldStart", i.cold)
	i.subsegment.End(o.status)
}
